"""Chunks inflated here hold what HDF5 reads, one by one and many in one call; damage is refused."""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from kp2heat.shards.deflate.windows import compress
from kp2heat.shards.reading.chunks import chunk_reader
from kp2heat.shards.reading.chunks.chunk_index import ChunkPlace
from kp2heat.sparse import Sparse


def windows(dtype: str) -> Sparse:
    """Seven maps of 12x9, five with a window of 4x3."""
    values = np.random.default_rng(0).integers(1, 250, (5, 3, 4)).astype(dtype)
    place, none = np.array([0, 5, 30, 49, 80]), np.zeros(5, np.int64)
    background = np.array([0, 0, 3, 3, 0, 7, 0], dtype)
    return Sparse((12, 9), np.array([0, 1, 2, 4, 5]), place, values, none, none + 2, background)


def dataset(path: Path, values: np.ndarray[Any, Any], rows: int, **more: Any) -> h5py.Dataset:
    file = h5py.File(path / "a.h5", "w")
    shape = (rows, *values.shape[1:])
    return file.create_dataset("a", data=values, chunks=shape, **{"compression": "gzip", **more})


def chunk_of(source: chunk_reader.Plane, stream: bytes) -> np.ndarray[Any, Any]:
    """What is read of a plane whose first chunk is stored as this stream."""
    source.index.stream = lambda _: stream  # type: ignore[method-assign]
    return source.chunk(ChunkPlace(0, 0, max(1, len(stream))))


@pytest.mark.parametrize("mode", ["w", "r"])
@pytest.mark.parametrize("userblock", [0, 512])
@pytest.mark.parametrize("threads", [False, True])
@pytest.mark.parametrize("rows", [1, 3, 16])
def test_every_range_is_what_hdf5_reads(
    tmp_path: Path, rows: int, threads: bool, userblock: int, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read without HDF5, or by it where it may still hold what is not in the file, or counts from elsewhere."""
    monkeypatch.setattr(chunk_reader, "LEAST_SHARED", 1 if threads else 1 << 30)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    values = np.random.default_rng(0).random((16, 2, 5), np.float32)
    path = tmp_path / "a.h5"
    file = h5py.File(path, "w", userblock_size=userblock)
    file.create_dataset("a", data=values, chunks=(rows, 2, 5), compression="gzip")
    if mode == "r":
        file.close()
        file = h5py.File(path)
    source = chunk_reader.open_plane(file["a"])
    assert source is not None
    assert (source.index._descriptor is not None) == (mode == "r" and not userblock)
    for start in range(16):
        for stop in (start, start + 1, start + 4, 16, 99):
            np.testing.assert_array_equal(
                chunk_reader.read_rows(source, start, stop, threads=threads), values[start:stop]
            )


@pytest.mark.parametrize("dtype", ["<f4", "<f2", "|u1"])
@pytest.mark.parametrize("rows", [1, 3])
def test_windows_are_read_as_hdf5_reads_them(tmp_path: Path, dtype: str, rows: int) -> None:
    sparse = windows(dtype)
    values = sparse.dense()
    data = dataset(tmp_path, np.zeros_like(values), rows)
    for number, stream in enumerate(compress(sparse, rows)):
        data.id.write_direct_chunk((number * rows, 0, 0), bytes(stream))
    source = chunk_reader.open_plane(data)
    assert source is not None
    np.testing.assert_array_equal(data[:], values)
    for start in range(7):
        for stop in range(start, 9):
            found = chunk_reader.read_rows(source, start, stop, threads=False)
            np.testing.assert_array_equal(found, values[start:stop])
            assert found.flags.writeable


@pytest.mark.parametrize("at_once", [0, chunk_reader.AT_ONCE])
@pytest.mark.parametrize("rows", [1, 7])
def test_a_turned_bit_is_refused_or_changes_nothing(
    tmp_path: Path, rows: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every bit of a stream of windows: as zlib has it. A few are of no consequence: the padding of a block."""
    monkeypatch.setattr(chunk_reader, "AT_ONCE", at_once)
    sparse = windows("<f4")
    stream = bytearray(next(iter(compress(sparse, rows))))
    source = chunk_reader.open_plane(dataset(tmp_path, sparse.dense(), rows))
    assert source is not None
    refused = 0
    for bit in range(8 * len(stream)):
        stream[bit >> 3] ^= 1 << (bit & 7)
        try:
            found = chunk_of(source, bytes(stream))
        except ValueError:
            refused += 1
            with pytest.raises(zlib.error):
                zlib.decompress(stream)
        else:
            assert found.tobytes() == zlib.decompress(stream)
        stream[bit >> 3] ^= 1 << (bit & 7)
    assert refused > 0.9 * 8 * len(stream)


@pytest.mark.parametrize("at_once", [0, chunk_reader.AT_ONCE])
@pytest.mark.parametrize("held", [0, 47, 49, 1 << 22])
def test_a_stream_of_another_length_is_refused(
    tmp_path: Path, held: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds too little or too much for its chunk, which is of 48 bytes, or ends too early."""
    monkeypatch.setattr(chunk_reader, "AT_ONCE", at_once)
    source = chunk_reader.open_plane(dataset(tmp_path, np.zeros((4, 6), np.float32), 2))
    assert source is not None
    with pytest.raises(ValueError, match="other than 48 bytes"):
        chunk_of(source, zlib.compress(bytes(held)))
    with pytest.raises(ValueError):
        chunk_of(source, zlib.compress(bytes(48))[:-3])


def test_a_chunk_read_row_by_row_is_inflated_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what is handed out is nobody else's."""
    data = dataset(tmp_path, np.arange(12, dtype=np.float32).reshape(6, 2), 3)
    source = chunk_reader.open_plane(data)
    assert source is not None
    stream, asked = source.index.stream, []
    monkeypatch.setattr(source.index, "stream", lambda place: asked.append(place) or stream(place))
    for row in (0, 1, 2, 0, 3, 5, 4):
        found = chunk_reader.read_rows(source, row, row + 1, threads=False)
        np.testing.assert_array_equal(found, data[row : row + 1])
        found[...] = -1
    assert len(asked) == 2


@pytest.mark.parametrize("fill", [0, 7])
def test_a_chunk_that_was_never_written_holds_the_fill_value(tmp_path: Path, fill: int) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        data = file.create_dataset("a", (4, 3), "f4", chunks=(1, 3), compression="gzip", fillvalue=fill)
        source = chunk_reader.open_plane(data)
        assert source is not None
        np.testing.assert_array_equal(chunk_reader.read_rows(source, 0, 4), data[:])
        assert (data[:] == fill).all()


@pytest.mark.parametrize("dtype", ["<f4", "<f2", "|u1"])
def test_shuffled_chunks_are_what_hdf5_reads(tmp_path: Path, dtype: str) -> None:
    values = np.random.default_rng(0).integers(0, 200, (7, 3, 5)).astype(dtype)
    data = dataset(tmp_path, values, 3, shuffle=True)
    source = chunk_reader.open_plane(data)
    assert source is not None
    for start in range(7):
        found = chunk_reader.read_rows(source, start, start + 4)
        np.testing.assert_array_equal(found, values[start : start + 4])
        assert found.flags.writeable


def test_other_layouts_are_left_to_hdf5(tmp_path: Path) -> None:
    values = np.zeros((4, 6), np.float32)
    for number, more in enumerate(
        (
            {"shuffle": True, "fletcher32": True},
            {"compression": None},
            {"compression": "lzf"},
            {"fletcher32": True},
        )
    ):
        (tmp_path / str(number)).mkdir()
        assert chunk_reader.open_plane(dataset(tmp_path / str(number), values, 2, **more)) is None
    with h5py.File(tmp_path / "b.h5", "w") as file:
        assert (
            chunk_reader.open_plane(file.create_dataset("a", data=values, chunks=(2, 3), compression="gzip"))
            is None
        )
        assert chunk_reader.open_plane(file.create_dataset("b", data=values)) is None


def test_one_damaged_chunk_among_many_is_refused(tmp_path: Path) -> None:
    """Those that are read at once with it are not trusted for it."""
    sparse = windows("<f4")
    values = sparse.dense()
    data = dataset(tmp_path, np.zeros_like(values), 1)
    for number, stream in enumerate(compress(sparse, 1)):
        data.id.write_direct_chunk((number, 0, 0), bytes(stream))
    spoilt = bytearray(data.id.read_direct_chunk((4, 0, 0))[1])
    spoilt[-1] ^= 1
    data.id.write_direct_chunk((4, 0, 0), bytes(spoilt))
    data.file.close()
    source = chunk_reader.open_plane(h5py.File(tmp_path / "a.h5")["a"])
    assert source is not None
    for start, stop in ((0, 4), (5, 7)):
        np.testing.assert_array_equal(
            chunk_reader.read_rows(source, start, stop, threads=False), values[start:stop]
        )
    with pytest.raises(ValueError):
        chunk_reader.read_rows(source, 0, 7, threads=False)


def test_chunks_that_lie_apart_are_read_apart(tmp_path: Path) -> None:
    """Two datasets written by turns, and more that is none of theirs between them."""
    sparse = windows("<f2")
    values = sparse.dense()
    with h5py.File(tmp_path / "a.h5", "w") as file:
        data = file.create_dataset("a", values.shape, "<f2", chunks=(1, 9, 12), compression="gzip")
        for number, stream in enumerate(compress(sparse, 1)):
            data.id.write_direct_chunk((number, 0, 0), bytes(stream))
            file.create_dataset(str(number), data=np.ones(5000))
    source = chunk_reader.open_plane(h5py.File(tmp_path / "a.h5")["a"])
    assert source is not None
    np.testing.assert_array_equal(chunk_reader.read_rows(source, 0, 7, threads=False), values)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda stream: stream[:-1],
        lambda stream: stream[:-1] + bytes([stream[-1] ^ 1]),
        lambda _: zlib.compress(bytes(1 << 24)),
        lambda _: zlib.compress(bytes(8)),
        lambda _: b"",
    ],
    ids=["cut", "flipped", "too long", "too short", "empty"],
)
@pytest.mark.parametrize("level", [0, 4])
def test_damage_is_refused(tmp_path: Path, spoil: Any, level: int) -> None:
    """Level 0 is of stored blocks, which the compiled loop takes."""
    data = dataset(tmp_path, np.ones((2, 100), np.float32), 1, compression_opts=level)
    stream = data.id.read_direct_chunk((1, 0))[1]
    source = chunk_reader.open_plane(data)
    assert source is not None
    np.testing.assert_array_equal(chunk_reader.read_rows(source, 0, 2, threads=False), np.ones((2, 100)))
    with pytest.raises(ValueError):
        chunk_of(source, spoil(stream))
    source.index.find = lambda _: [  # type: ignore[method-assign]
        ChunkPlace(0, 0, len(stream)),
        ChunkPlace(1, len(stream), max(1, len(spoil(stream)))),
    ]
    source.index.stored = lambda _: stream + spoil(stream)  # type: ignore[method-assign]
    with pytest.raises(ValueError):
        chunk_reader.read_rows(source, 0, 2, threads=False)
