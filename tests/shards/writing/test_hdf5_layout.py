"""Chunks whose addresses are filled into HDF5's own index are read by HDF5 as if it had written them."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

from kp2heat.shards.deflate.streams import join_streams
from kp2heat.shards.reading.existing import describe_shard
from kp2heat.shards.schema import LevelLayout, PlaneLayout
from kp2heat.shards.writing import hdf5_file, hdf5_layout
from kp2heat.shards.writing.checksum import lookup3
from kp2heat.shards.writing.hdf5_layout import UnexpectedLayout
from kp2heat.shards.writing.writer import compose_shard


def test_checksums_are_those_published() -> None:
    """The two values that lookup3.c itself gives."""
    assert lookup3(b"") == 0xDEADBEEF
    assert lookup3(b"Four score and seven years ago") == 0x17770551


def laid_out(count: int, streams: list[bytes]) -> tuple[bytearray, list[int]]:
    """A file of ``count`` chunks, the first of which are written; and their addresses."""
    name = f"{count} {len(streams)}"
    with h5py.File(name, "w", driver="core", backing_store=False, libver=("v110", "v110")) as file:
        maps = file.create_dataset(
            "maps", (count * 4, 100), "u1", chunks=(4, 100), compression="gzip", track_times=False
        )
        for n, stream in enumerate(streams):
            maps.id.write_direct_chunk((4 * n, 0), stream)
        file.flush()
        own: list[int] = []
        maps.id.chunk_iter(lambda chunk: own.append(chunk.byte_offset))
        return bytearray(file.id.get_file_image()), own


@pytest.mark.parametrize("count", [2, 3, 1024, 1025, 2048, 9 * 1024 + 5])
def test_an_index_filled_at_once_is_the_one_hdf5_fills_chunk_by_chunk(count: int) -> None:
    """All of one page and many, more than eight too."""
    streams = [zlib.compress(bytes([n % 251]) * 400) for n in range(count)]
    sizes = np.array([*map(len, streams)])
    theirs, own = laid_out(count, streams)
    ours, stand_in = laid_out(count, [hdf5_layout.PLACEHOLDER])
    behind = bytearray(ours)
    index = hdf5_layout.find_index(bytes(ours), stand_in[0])
    hdf5_layout.fill_index(ours, index, np.array(own), sizes)
    at, same = theirs.find(b"FADB"), ours.find(b"FADB")
    entry = theirs[theirs.find(b"FAHD") + hdf5_layout.ENTRY_SIZE]
    length = hdf5_layout.PREFIX + entry * count + 4 * (count // 1024)
    assert ours[same : same + length] == theirs[at : at + length]

    hdf5_layout.fill_index(behind, index, len(behind) + np.cumsum(sizes) - sizes, sizes)
    hdf5_file.end_at(behind, len(behind) + int(sizes.sum()))
    with h5py.File(io.BytesIO(behind + b"".join(streams))) as file:
        assert (file["maps"][:] == np.arange(count).repeat(4)[:, None] % 251).all()


def test_what_is_not_laid_out_as_expected_is_refused() -> None:
    with h5py.File("none", "w", driver="core", backing_store=False, libver=("v110", "v110")) as file:
        file.create_dataset("maps", (4, 100), "u1")
        file.flush()
        image = file.id.get_file_image()
    with pytest.raises(UnexpectedLayout, match="no fixed array"):
        hdf5_layout.find_index(image, 2048)
    ours, stand_in = laid_out(5, [hdf5_layout.PLACEHOLDER])
    with pytest.raises(UnexpectedLayout, match="of 5 chunks, not 2"):
        hdf5_layout.fill_index(
            ours,
            hdf5_layout.find_index(bytes(ours), stand_in[0]),
            np.zeros(2, np.int64),
            np.zeros(2, np.int64),
        )


@pytest.mark.parametrize("rows", [1, 7, 3000])
def test_a_shard_s_planes_are_read_by_plain_h5py_and_by_the_reader(tmp_path: Path, rows: int) -> None:
    """Two levels, chunks of one row and of several, the last one filled up."""
    random = np.random.default_rng(rows)
    arrays = {
        ("9x5", "heatmaps", 1): random.integers(0, 9, (rows, 3, 5, 9)).astype("<f4"),
        ("9x5", "weights", 64): random.random((rows, 3)).astype("<f4"),
        ("4x4", "heatmaps", 8): random.integers(0, 9, (rows, 3, 4, 4)).astype("<f2"),
    }
    levels = tuple(
        LevelLayout(
            level,
            {},
            {p: PlaneLayout(a.shape[1:], a.dtype.str, c) for (v, p, c), a in arrays.items() if v == level},
        )
        for level in ("9x5", "4x4")
    )

    def chunks() -> Iterator[tuple[str, str, int, object]]:
        for (level, plane, chunk), array in arrays.items():
            height = min(chunk, rows)
            padded = np.concatenate([array, np.zeros((-rows % height, *array.shape[1:]), array.dtype)])
            parts = [zlib.compress(padded[n : n + height].tobytes()) for n in range(0, rows, height)]
            half = len(parts) // 2
            for first, some in ((0, parts[:half]), (half * height, parts[half:])):
                if some:
                    yield level, plane, first, join_streams(some)

    path = tmp_path / "a.h5"
    table = {"samples": {"image_id": np.arange(rows)}}
    written = compose_shard(rows, {"format": "test"}, levels, chunks(), table).write(path)  # type: ignore[arg-type]
    assert path.stat().st_size == written.bytes
    assert describe_shard(path) == written
    with h5py.File(path) as file:
        for (level, plane, _), array in arrays.items():
            np.testing.assert_array_equal(file[level][plane][:], array)
        assert bool(file.attrs["complete"])
        assert (file["samples/image_id"][:] == np.arange(rows)).all()
