"""Chunks of sparse maps as zlib streams, written from the windows: the maps themselves are never made.

Outside its window a map repeats one value, which is a few matches; the rows of the window are stored bytes.
Within a batch all windows are of one size, so the bytes between two rows are the same everywhere, and the
whole of a window is one row of a table of bytes whose values are filled in.

Every piece begins and ends in an opened stored block, of which ``stored`` says how long it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from math import lcm
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bytes, Ints
from kp2heat.compiled import loops
from kp2heat.shards.deflate.blocks import (
    ALIKE,
    FAR,
    FINAL,
    HEAD,
    HEADER,
    LONGEST,
    SHORTEST,
    adler32,
    repeats,
    stored,
)
from kp2heat.shards.deflate.map_sums import bytes_of, map_sums, words_of
from kp2heat.shards.deflate.streams import ChunkStreams, join_streams
from kp2heat.sparse import Products, Sparse

OPEN = HEADER + b"\0"
CLOSE = stored(0) + FINAL
LISTED_CELLS = 1 << 14
"""Cells of a map up to which its runs are listed: the list grows with their square."""
MOST_ROW = (1 << 16) - 64
"""Bytes of a window's row that a stored block has room for, with the cells behind it."""
COPIED = 1 << 9
"""Bytes of a window up to which a copy of it is made and joined faster than a view."""
CHEAPEST_RUN = 10
"""Bytes that breaking off a stored row and taking up the next costs: shorter gaps are stored."""


def fill(cells: int, value: bytes) -> bytes:
    """Return ``cells`` times the value: once, or as often as a match needs, and its repeats."""
    if cells == 0:
        return b""
    size = len(value)
    literal = _literal(cells, size)
    return stored(literal * size) + value * literal + repeats((cells - literal) * size, size)


def _literal(cells: int, size: int) -> int:
    """Return how often the value itself is written before a match repeats it."""
    return 1 if cells == 1 or (cells - 1) * size >= SHORTEST else cells


def _fills(most: int, value: bytes) -> Callable[[int], bytes]:
    """Return a function (cells) -> 0 .. most times the value."""
    return _listed(most, value).__getitem__ if most <= LISTED_CELLS else partial(fill, value=value)


@lru_cache(maxsize=8)
def _listed(most: int, value: bytes) -> list[bytes]:
    return [fill(cells, value) for cells in range(most + 1)]


class WindowTemplate(NamedTuple):
    """The bytes of a window except its values: stored blocks, one per row, or one in all.

    window  (4 + h step + 1,) uint8: the header of a stored block, h rows, and the opening of the next block
    step    bytes from a row's values to those of the next: its values, ``more`` cells of background, and if
            rows are blocks of their own the matches up to the next row and its header
    more    cells of background stored behind the values
    apart   rows are blocks of their own
    """

    window: Bytes
    step: int
    more: int
    apart: bool


@lru_cache(maxsize=64)
def _template(rows: int, width: int, gap: int, size: int) -> WindowTemplate:
    """Return the template of windows of ``rows`` rows of ``width`` cells of ``size`` bytes, ``gap`` cells narrower than their map."""
    more = 1 if (gap - 1) * size >= SHORTEST else 2 if (gap - 2) * size >= SHORTEST else gap
    apart = gap * size > more * size + CHEAPEST_RUN or rows * (width + gap) * size > MOST_ROW
    more = more if apart else gap
    row_bytes = (width + more) * size
    row = bytes(row_bytes) + (repeats((gap - more) * size, size) + stored(row_bytes) if apart else b"")
    window = stored(row_bytes) + rows * row + b"\0"
    return WindowTemplate(np.frombuffer(window, np.uint8), len(row), more, apart)


def compress(sparse: Sparse, maps: int) -> ChunkStreams:
    """Return the zlib stream of every ``maps`` maps; the last chunk is filled up with maps of its last background."""
    given = sparse.background
    background = np.concatenate([given, np.repeat(given[-1:], -len(given) % maps)])
    compiled = loops()
    return (
        _joined(sparse, background, maps)
        if compiled is None
        else _compiled(compiled, sparse, background, maps)
    )


def _compiled(compiled: Any, sparse: Sparse, background: NDArray[Any], maps: int) -> ChunkStreams:
    """Return the streams by the compiled loop."""
    cells, size = sparse.size[0] * sparse.size[1], background.itemsize
    count, rows, width = sparse.drawn.shape
    template = _template(rows, width, sparse.size[0] - width, size)
    out = np.empty(len(background) * room(cells, size) + count * len(template.window), np.uint8)
    values, products = _drawn(sparse.drawn)
    sizes = compiled.windows(
        out,
        (sparse.index, sparse.origin, values, products, sparse.first, sparse.last),
        words_of(background),
        (size, width, sparse.size[0], cells, maps),
        tuple(template),
        (np.frombuffer(OPEN, np.uint8), np.frombuffer(CLOSE, np.uint8)),
        _runs(size),
    )
    out.resize(int(sizes.sum()), refcheck=False)  # a fifth is not needed; nobody else has seen the array
    return ChunkStreams(out.data, sizes)


def room(cells: int, size: int) -> int:
    """Return the bytes that a map needs at most besides its window: a run before it, one behind it, and a chunk's framing.

    The compiled loop does not look where its memory ends.
    """
    return 2 * (len(fill(cells, bytes(size))) + size) + 32


def _drawn(drawn: NDArray[Any] | Products) -> tuple[NDArray[Any], tuple[Any, ...]]:
    """Return the windows (P, h w) as unsigned integers, or none, and what they are products of, or nothing."""
    count, rows, width = drawn.shape
    if isinstance(drawn, Products):
        one = np.empty(rows * width, np.float32)
        return np.empty((0, len(one)), np.uint32), (drawn.y, drawn.x, drawn.floor, one.view(np.uint32), one)
    nothing, words = np.empty((0, 0)), words_of(drawn).reshape(count, rows * width)
    return words, (
        nothing,
        nothing,
        0.0,
        np.empty_like(words, shape=words.shape[1:]),
        np.empty(0, np.float32),
    )


class Runs(NamedTuple):
    """Runs of zeros, which the compiled loop fills from: of n cells, and for long ones how they go on.

    fills          their bytes joined, of 0, 1, 2 ... cells
    starts         (n + 2,) where each begins
    literals       (n + 1,) how often the value itself occurs in it, behind 4 bytes
    alike, period  from ``alike`` cells on, ``period`` more cells are ``again`` bytes repeated, behind the
                   first ``head`` ones
    """

    fills: Bytes
    starts: Ints
    literals: Ints
    alike: int
    period: int
    head: int
    again: int


@lru_cache(maxsize=4)
def _runs(size: int) -> Runs:
    """Return the runs of values of ``size`` bytes."""
    period = lcm(LONGEST, size)
    alike = -(-(FAR + ALIKE * LONGEST) // size) + 1
    counts = range(alike + period // size)
    pieces = [fill(cells, bytes(size)) for cells in counts]
    return Runs(
        fills=np.frombuffer(b"".join(pieces), np.uint8),
        starts=np.cumsum([0, *map(len, pieces)]),
        literals=np.array([_literal(cells, size) for cells in counts]),
        alike=alike,
        period=period // size,
        head=4 + size + HEAD,
        again=2 * (period // LONGEST),
    )


def _joined(sparse: Sparse, background: NDArray[Any], maps: int) -> ChunkStreams:
    """Return the streams by joining pieces."""
    (width, height), drawn = sparse.size, sparse.values
    cells, index = width * height, sparse.index
    count = len(background)
    start = sparse.origin + sparse.first * width
    end = sparse.origin + sparse.last * width + drawn.shape[2]
    before, behind = np.full(count, cells), np.zeros(count, np.int64)
    before[index], behind[index] = start, cells - end
    pieces: list[Any] = [b""] * (3 * count)
    for place, window in zip((3 * index + 1).tolist(), _windows(sparse, drawn), strict=True):
        pieces[place] = window
    values = background.view(f"V{background.itemsize}").tolist()
    for place, run in ((0, before), (2, behind)):
        if values.count(values[0]) == count:
            pieces[place::3] = map(_fills(cells, values[0]), run.tolist())
        else:
            pieces[place::3] = map(fill, run.tolist(), values)
    checks = adler32(map_sums(sparse, drawn, background), cells * background.itemsize, maps)
    return join_streams(
        [
            b"".join([OPEN, *pieces[3 * maps * i : 3 * maps * (i + 1)], CLOSE, check])
            for i, check in enumerate(checks)
        ]
    )


def _windows(sparse: Sparse, drawn: NDArray[Any]) -> Sequence[bytes | memoryview]:
    """Return (P,) pieces: the rows first..last of each window, and what lies between them."""
    count, rows, width = drawn.shape
    size, first, last = drawn.itemsize, sparse.first, sparse.last
    template = _template(rows, width, sparse.size[0] - width, size)
    values, length = width * size, len(template.window)
    table = np.empty((count, length), np.uint8)
    table.view(f"V{length}")[:] = template.window.view(f"V{length}")
    inside = table[:, 4 : 4 + rows * template.step].reshape(count, rows, template.step)
    inside[:, :, :values].view(f"V{values}")[:] = bytes_of(drawn).view(f"V{values}")
    if template.more and words_of(sparse.background).any():
        behind = np.tile(bytes_of(sparse.background[sparse.index, None]), template.more)
        inside[:, :, values : values + template.more * size] = behind[:, None]
    each, block = np.arange(count), last if template.apart else first
    headers = _headers((last - block) * template.step + values)
    table[each[:, None], (block * template.step)[:, None] + np.arange(4)] = headers
    end = 4 + last * template.step + values
    table[each, end] = 0
    start, end = (each * length + place for place in (first * template.step, end + 1))
    flat = table.tobytes() if length <= COPIED else table.reshape(-1).data
    return list(map(flat.__getitem__, map(slice, start.tolist(), end.tolist())))


def _headers(counts: Ints) -> Bytes:
    """Return the headers (P, 4) of stored blocks of ``counts`` (P,) bytes."""
    return (counts | (counts ^ 0xFFFF) << 16).astype("<u4")[:, None].view(np.uint8)
