"""Streams written from windows inflate to the painted maps, whatever lies in them."""

from __future__ import annotations

import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kp2heat.shards.deflate.blocks import SHORTEST, repeats, stored
from kp2heat.shards.deflate.segments import Segments
from kp2heat.shards.deflate.windows import CLOSE, OPEN, compress, fill, room
from kp2heat.sparse import Sparse

sides = st.integers(1, 40)


@st.composite
def maps(draw: st.DrawFn) -> Sparse:
    """Any bytes in windows of any size anywhere, on any background."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    width, height, count = draw(sides), draw(sides), draw(st.integers(1, 8))
    w, h = draw(st.integers(1, width)), draw(st.integers(1, height))
    dtype = np.dtype(draw(st.sampled_from(["<f4", "<f2", "|u1"])))
    index = np.flatnonzero(random.random(count) < draw(st.sampled_from([0, 0.5, 1])))
    values = random.integers(0, 256, (len(index), h, w * dtype.itemsize), np.uint8).view(dtype)
    background = random.integers(0, 256, (count, dtype.itemsize), np.uint8).view(dtype)[:, 0]
    if draw(st.booleans()):
        background[:] = 0
    rows = np.sort(random.integers(0, h, (2, len(index))), axis=0)
    beyond = (np.arange(h) < rows[0][:, None]) | (np.arange(h) > rows[1][:, None])
    values[beyond] = np.broadcast_to(background[index, None, None], values.shape)[beyond]
    x, y = random.integers(0, width - w + 1, len(index)), random.integers(0, height - h + 1, len(index))
    return Sparse((width, height), index, y * width + x, values, rows[0], rows[1], background)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # any bytes: some are signalling NaNs
@settings(max_examples=300)
@given(sparse=maps(), rows=st.integers(1, 4))
def test_streams_inflate_to_the_painted_maps(sparse: Sparse, rows: int) -> None:
    """zlib checks Adler-32 as it inflates; a last chunk is filled up with maps of the last background."""
    dense = sparse.dense().tobytes()
    filling = sparse.background[-1:].tobytes()
    streams = [*compress(sparse, rows)]
    inflated = b"".join(map(zlib.decompress, streams))
    assert len(inflated) == len(streams) * rows * (len(dense) // len(sparse.background))
    assert inflated[: len(dense)] == dense
    assert inflated[len(dense) :] == filling * ((len(inflated) - len(dense)) // len(filling))


def test_rows_too_long_for_sums_in_float32() -> None:
    """Rows of 700 cells, all bytes 255: their weighted sum is above 2^24."""
    values = np.full((3, 5, 700), 0xFFFFFFFF, np.uint32).view(np.float32)
    ends, none = np.full(3, 4), np.zeros(3, np.int64)
    sparse = Sparse((800, 6), np.arange(3), none + 100, values, none, ends, np.zeros(3, np.float32))
    assert zlib.decompress(*compress(sparse, 3)) == sparse.dense().tobytes()


@pytest.mark.parametrize("size", [1, 2, 4])
def test_what_stands_beside_a_window_has_room(size: int) -> None:
    """Runs are not longer the more cells they are of, byte by byte: all up to each number of cells are looked at."""
    framing, longest = len(OPEN) + len(CLOSE) + 4, 0
    for cells in range(6000):
        longest = max(longest, len(fill(cells, bytes(size))))
        assert 2 * longest + framing <= room(cells, size)


@pytest.mark.parametrize("size", [(640, 480), (20000, 10)])
@pytest.mark.parametrize("dtype", ["<f4", "<f2", "|u1"])
def test_maps_of_an_images_size(size: tuple[int, int], dtype: str) -> None:
    """Their runs of zeros are not listed, for the list grows with the square of the cells: gigabytes here."""
    random = np.random.default_rng(0)
    values = random.integers(0, 256, (3, 9, 9 * np.dtype(dtype).itemsize), np.uint8).view(dtype)
    place = random.integers(0, size[1] - 8, 3) * size[0] + random.integers(0, size[0] - 8, 3)
    ends, none = np.full(3, 8), np.zeros(3, np.int64)
    sparse = Sparse(size, np.arange(3), place, values, none, ends, np.zeros(3, dtype))
    tracemalloc.start()
    streams = [*compress(sparse, 1)]
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert b"".join(map(zlib.decompress, streams)) == sparse.dense().tobytes()
    assert most < 4 << 20


@pytest.mark.parametrize("distance", [1, 2, 4])
def test_repeats_of_every_length(distance: int) -> None:
    """Written behind a stored literal, closed by an empty stored block."""
    literal = bytes(range(1, distance + 1))
    for count in [0, *range(SHORTEST, 1200), 65535, 100_000, 1_228_799]:
        raw = b"\0" + stored(distance) + literal + repeats(count, distance) + stored(0) + b"\3\0"
        expected = (literal * (count // distance + 2))[: distance + count]
        assert zlib.decompress(raw, wbits=-15) == expected, count


@settings(max_examples=30)
@given(kinds=st.lists(st.integers(0, 9), min_size=1, max_size=30), rows=st.integers(1, 4))
def test_prepared_segments_join_to_their_maps(kinds: list[int], rows: int) -> None:
    random = np.random.default_rng(0)
    known = random.integers(0, 4, (10, 6, 5)).astype(np.float16)
    segments = Segments(10, known[0].nbytes)
    for part in (kinds[: len(kinds) // 2], kinds):
        streams = segments.compress(np.array(part, np.int64), rows, lambda which: known[which])
        inflated = b"".join(map(zlib.decompress, streams))
        filled = [*part, *[0] * (-len(part) % rows)]
        assert inflated == known[filled].tobytes()
