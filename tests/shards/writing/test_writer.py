"""A head that is kept and filled in is the head that HDF5 would lay out anew."""

from __future__ import annotations

import weakref
import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from kp2heat.shards.deflate.streams import join_streams
from kp2heat.shards.reading.existing import describe_shard
from kp2heat.shards.schema import LevelLayout, PlaneLayout
from kp2heat.shards.writing import hdf5_layout, writer
from kp2heat.shards.writing.past_cache import LARGE, write_pieces
from kp2heat.shards.writing.writer import ComposedShard, SharedPieces, Written, compose_shard

ASCII = ["a.jpg", "longer.jpg", ""]
OTHER = ["ä.jpg", "図.jpg", "plain.jpg"]
LEVELS = (LevelLayout("4x4", {"sigma": 1.0}, {"heatmaps": PlaneLayout((2, 4, 4), "<f4", 1)}),)


def shard(path: Path, seed: int, names: list[str], fingerprint: str = "0" * 64) -> Written:
    """Three rows of whatever the seed says."""
    random = np.random.default_rng(seed)
    maps = random.random((3, 2, 4, 4), np.float32)
    columns: dict[str, dict[str, np.ndarray[Any, Any]]] = {
        "samples": {
            "file_name": np.array(names),
            "xy": random.random((3, 2)),
            "crowd": np.array([True, False, True]),
        },
        "people": {"sample": np.empty(0, np.int64), "annotation_id": np.empty(0, np.str_)},
    }
    with h5py.File("maps", "w", driver="core", backing_store=False) as file:
        data = file.create_dataset("maps", data=maps, chunks=(1, 2, 4, 4), compression="gzip")
        streams = join_streams([data.id.read_direct_chunk((n, 0, 0, 0))[1] for n in range(3)])
    attrs = {"fingerprint": fingerprint, "rows": 3}
    return compose_shard(3, attrs, LEVELS, [("4x4", "heatmaps", 0, streams)], columns).write(path)


@pytest.mark.parametrize("names", [ASCII, OTHER])
def test_the_second_of_a_shape_is_as_if_it_were_the_first(tmp_path: Path, names: list[str]) -> None:
    hdf5_layout._laid_out.cache_clear()
    alone = shard(tmp_path / "alone.h5", 1, names, "f" * 64)
    hdf5_layout._laid_out.cache_clear()
    shard(tmp_path / "before.h5", 0, names[::-1])
    after = shard(tmp_path / "after.h5", 1, names, "f" * 64)
    assert hdf5_layout._laid_out.cache_info().hits == 1
    assert after == alone
    assert (tmp_path / "after.h5").read_bytes() == (tmp_path / "alone.h5").read_bytes()
    assert describe_shard(tmp_path / "after.h5") == after


@pytest.mark.parametrize("names", [ASCII, OTHER])
def test_where_hdf5_lays_a_file_out_otherwise_it_writes_the_same_content_itself(
    tmp_path: Path, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = shard(tmp_path / "fast.h5", 1, names)
    hdf5_layout._laid_out.cache_clear()
    monkeypatch.setattr(hdf5_layout, "ARRAY", b"????")
    slow = shard(tmp_path / "slow.h5", 1, names)
    assert slow.content_sha256 == fast.content_sha256
    assert slow.sha256 != fast.sha256
    assert slow.head_bytes == slow.bytes == (tmp_path / "slow.h5").stat().st_size
    assert describe_shard(tmp_path / "slow.h5") == slow
    with h5py.File(tmp_path / "slow.h5") as one, h5py.File(tmp_path / "fast.h5") as other:
        for name in ("4x4/heatmaps", "samples/xy", "samples/file_name", "samples/crowd"):
            np.testing.assert_array_equal(one[name][:], other[name][:])
        assert dict(one.attrs) == dict(other.attrs)


@pytest.mark.parametrize("count", [1, 40])
def test_texts_are_patched_under_their_checksum_whatever_else_the_header_holds(
    tmp_path: Path, count: int
) -> None:
    """In the first part of the object header, and in one that continues it."""
    path = tmp_path / "a.h5"
    levels = tuple(
        LevelLayout(f"{n}x4", {"sigma": 1.0, "channels": "x" * 300}, LEVELS[0].planes) for n in range(1, 3)
    )
    attrs = {f"a{n}": "long " * n for n in range(count)} | {"fingerprint": "ab" * 32, "rows": 3}
    streams = join_streams([zlib.compress(bytes(2 * 4 * 4 * 4))] * 3)
    chunks = [(level.name, "heatmaps", 0, streams) for level in levels]
    hdf5_layout._laid_out.cache_clear()
    written = compose_shard(3, attrs, levels, chunks, {"samples": {"xy": np.ones((3, 2))}}).write(path)
    assert written.head_bytes < written.bytes
    with h5py.File(path) as file:
        assert file.attrs["fingerprint"] == b"ab" * 32
        assert all(file.attrs[key] == value.encode() for key, value in attrs.items() if key.startswith("a"))


@pytest.mark.parametrize("names", [ASCII, OTHER])
def test_what_is_filled_in_is_read_by_plain_h5py(tmp_path: Path, names: list[str]) -> None:
    for seed in (0, 1):
        shard(tmp_path / "a.h5", seed, names, f"{seed}" * 64)
        random = np.random.default_rng(seed)
        with h5py.File(tmp_path / "a.h5") as file:
            assert file.attrs["fingerprint"] == f"{seed}".encode() * 64
            assert [name.decode() for name in file["samples/file_name"][:]] == names
            np.testing.assert_array_equal(file["4x4/heatmaps"][:], random.random((3, 2, 4, 4), np.float32))
            np.testing.assert_array_equal(file["samples/xy"][:], random.random((3, 2)))
            assert file["samples/crowd"][:].tolist() == [True, False, True]
            assert file["people/sample"].shape == (0,)


def test_texts_that_hdf5_keeps_in_a_heap_are_not_patched(tmp_path: Path) -> None:
    """One text of more than 64 kB, as the skeleton of some thousand joints, moves all attributes out of the header."""
    attrs = {"skeleton": "x" * 70_000, "fingerprint": "ab" * 32, "rows": 3}
    streams = join_streams([zlib.compress(bytes(2 * 4 * 4 * 4))] * 3)
    hdf5_layout._laid_out.cache_clear()
    shard = compose_shard(
        3, attrs, LEVELS, [(LEVELS[0].name, "heatmaps", 0, streams)], {"samples": {"xy": np.ones((3, 2))}}
    )
    shard.write(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5") as file:
        assert file.attrs["fingerprint"] == b"ab" * 32
        assert len(file.attrs["skeleton"]) == 70_000
        assert file["4x4/heatmaps"].shape == (3, 2, 4, 4)


def test_a_piece_is_let_go_of_as_soon_as_both_have_had_it() -> None:
    pieces = [np.zeros(5), np.ones(3)]
    alive = [weakref.ref(piece) for piece in pieces]
    shared = SharedPieces(pieces, 2)
    del pieces
    hashing, writing = iter(shared), iter(shared)
    assert [len(next(hashing)), len(next(hashing))] == [5, 3]
    assert alive[0]() is not None
    assert [len(next(writing)), len(next(writing))] == [5, 3]
    assert alive[0]() is None
    assert alive[1]() is not None
    assert [*hashing, *writing] == []
    assert alive[1]() is None


def test_a_large_shard_is_written_past_the_page_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``dark`` takes two thirds longer through it: tests/benchmarks/README.md."""
    asked = list[int]()
    monkeypatch.setattr(
        writer,
        "write_pieces",
        lambda path, pieces, size: asked.append(size) or write_pieces(path, pieces, size),
    )
    shard = ComposedShard(bytearray(b"head"), [bytes(LARGE)], "0")
    written = shard.write(tmp_path / "a.h5")
    assert asked == [written.bytes] == [LARGE + 4]
    assert (tmp_path / "a.h5").read_bytes() == b"head" + bytes(LARGE)
