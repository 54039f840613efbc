"""Predictions are read from the file that was named, and from no other."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from kp2heat.errors import InputError
from kp2heat.pipeline.predictions.files import open_predictions

SHAPE = (2, 3, 4, 4)


def external_link(file: Any, bait: Path) -> None:
    file["maps"] = h5py.ExternalLink(str(bait), "/maps")


def soft_link(file: Any, _bait: Path) -> None:
    file["maps"] = h5py.SoftLink("/elsewhere")


def virtual(file: Any, bait: Path) -> None:
    layout = h5py.VirtualLayout(SHAPE, "f4")
    layout[:] = h5py.VirtualSource(str(bait), "x", shape=SHAPE, dtype="f4")
    file.create_virtual_dataset("maps", layout)


def external_storage(file: Any, bait: Path) -> None:
    file.create_dataset("maps", SHAPE, "f4", external=[(str(bait), 0, h5py.h5f.UNLIMITED)])


def ids_elsewhere(file: Any, bait: Path) -> None:
    file.create_dataset("maps", data=np.ones(SHAPE, "f4"))
    file.create_dataset("annotation_id", (2,), "i8", external=[(str(bait), 0, h5py.h5f.UNLIMITED)])


@pytest.mark.parametrize("name", ["maps.npy", "maps.npz", "maps.h5"])
@pytest.mark.parametrize("rows", [[0], [1, 2], [2, 3, 4], [3, 0, 3], []])
def test_rows_are_those_asked_for(tmp_path: Path, name: str, rows: list[int]) -> None:
    maps = np.random.default_rng(0).random((6, 3, 4, 4), np.float32)
    np.save(tmp_path / "maps.npy", maps)
    np.savez(tmp_path / "maps.npz", maps=maps)
    with h5py.File(tmp_path / "maps.h5", "w") as file:
        file["maps"] = maps
    wanted = np.array(rows, np.int64)
    np.testing.assert_array_equal(open_predictions(str(tmp_path / name)).rows(wanted), maps[wanted])


class Bait:
    """Makes a folder when it is unpickled."""

    def __init__(self, place: Path) -> None:
        self.place = str(place)

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.place,)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    ids = np.array([Bait(tmp_path / "made"), None], object)
    np.savez(tmp_path / "maps.npz", maps=np.ones(SHAPE, "f4"), annotation_id=ids)
    with pytest.raises(InputError, match=r"maps\.npz"):
        open_predictions(str(tmp_path / "maps.npz"))
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("change", [external_link, soft_link, virtual, external_storage, ids_elsewhere])
def test_nothing_outside_the_file_is_opened(tmp_path: Path, change: Callable[..., None]) -> None:
    """Opening the other file would wait for ever: nobody writes into this pipe."""
    os.mkfifo(tmp_path / "bait")
    with h5py.File(tmp_path / "maps.h5", "w") as file:
        change(file, tmp_path / "bait")
    with pytest.raises(InputError, match=r"keeps its data in other files|holds no \(N, K, H, W\) dataset"):
        open_predictions(f"{tmp_path / 'maps.h5'}:maps")
