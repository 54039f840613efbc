"""Chunks inflated here hold what HDF5 reads; damage is refused."""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from kp2heat.shards import inflate


def dataset(path: Path, values: np.ndarray[Any, Any], rows: int, **more: Any) -> h5py.Dataset:
    file = h5py.File(path / "a.h5", "w")
    shape = (rows, *values.shape[1:])
    return file.create_dataset("a", data=values, chunks=shape, **{"compression": "gzip", **more})


@pytest.mark.parametrize("mode", ["w", "r"])
@pytest.mark.parametrize("userblock", [0, 512])
@pytest.mark.parametrize("threads", [False, True])
@pytest.mark.parametrize("rows", [1, 3, 16])
def test_every_range_is_what_hdf5_reads(
    tmp_path: Path, rows: int, threads: bool, userblock: int, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read beside HDF5, or by it where it may still hold what is not in the file, or counts from elsewhere."""
    monkeypatch.setattr(inflate, "SHARED", 1 if threads else 1 << 30)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    values = np.random.default_rng(0).random((16, 2, 5), np.float32)
    path = tmp_path / "a.h5"
    file = h5py.File(path, "w", userblock_size=userblock)
    file.create_dataset("a", data=values, chunks=(rows, 2, 5), compression="gzip")
    if mode == "r":
        file.close()
        file = h5py.File(path)
    source = inflate.plane(file["a"])
    assert source is not None
    assert (source._descriptor is not None) == (mode == "r" and not userblock)
    for start in range(16):
        for stop in (start, start + 1, start + 4, 16, 99):
            np.testing.assert_array_equal(inflate.read_rows(source, start, stop), values[start:stop])


def test_a_chunk_that_was_never_written_is_zeros(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        source = inflate.plane(file.create_dataset("a", (4, 3), "f4", chunks=(1, 3), compression="gzip"))
        assert source is not None
        np.testing.assert_array_equal(inflate.read_rows(source, 0, 4), np.zeros((4, 3)))


def test_other_layouts_are_left_to_hdf5(tmp_path: Path) -> None:
    values = np.zeros((4, 6), np.float32)
    for number, more in enumerate(
        ({"shuffle": True}, {"compression": None}, {"compression": "lzf"}, {"fletcher32": True})
    ):
        (tmp_path / str(number)).mkdir()
        assert inflate.plane(dataset(tmp_path / str(number), values, 2, **more)) is None
    with h5py.File(tmp_path / "b.h5", "w") as file:
        assert inflate.plane(file.create_dataset("a", data=values, chunks=(2, 3), compression="gzip")) is None
        assert inflate.plane(file.create_dataset("b", data=values)) is None


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
def test_damage_is_refused(tmp_path: Path, spoil: Any) -> None:
    data = dataset(tmp_path, np.ones((2, 100), np.float32), 1)
    stream = data.id.read_direct_chunk((1, 0))[1]
    source = inflate.plane(data)
    assert source is not None
    with pytest.raises(ValueError):
        inflate._inflated(spoil(stream), source.size)
    np.testing.assert_array_equal(inflate.read_rows(source, 0, 2), np.ones((2, 100)))
