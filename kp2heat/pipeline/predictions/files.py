"""A network's output on the disk: HDF5, .npy or .npz, read a few rows at a time."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Ints
from kp2heat.errors import InputError
from kp2heat.files.input_file import HDF5_MAGIC, damage_reported

IDS = ("annotation_id", "image_id")


@dataclass(frozen=True, eq=False)
class Predictions:
    """(N, C, H, W) maps. ids: what each row is of, or None for "in the order of the shards"."""

    name: str
    shape: tuple[int, ...]
    rows: Callable[[Ints], NDArray[Any]]
    ids: NDArray[np.generic] | None = None
    channels: tuple[str, ...] | None = None


def open_predictions(text: str) -> Predictions:
    """Open ``FILE.npy``, ``FILE.npz[:NAME]`` or ``FILE.h5[:DATASET]``; InputError where there are no maps in it."""
    path, dataset = split_dataset(text)
    if not path.is_file():
        raise InputError(str(path), "no such file", "check the path given to --predictions")
    with path.open("rb") as file:
        magic = file.read(8)
    with damage_reported(path.name, "cannot be read", "save the maps again"):
        if magic.startswith(b"\x93NUMPY"):
            with path.open("rb") as file:
                predictions = _mapped(file, path.name)
        elif magic.startswith(b"PK"):
            predictions = _from_npz(path, dataset)
        elif magic == HDF5_MAGIC:
            predictions = _from_hdf5(path, dataset)
        else:
            raise InputError(
                path.name, "is neither HDF5 nor .npy nor .npz", "save the maps with numpy.save, as .npy"
            )
    if len(predictions.shape) != 4 or 0 in predictions.shape[1:]:
        raise InputError(predictions.name, f"has shape {predictions.shape}", "give (N, K, H, W) maps")
    return predictions


def split_dataset(text: str) -> tuple[Path, str | None]:
    """Return the path and the name of the dataset of ``FILE[:DATASET]``."""
    path, mark, name = text.rpartition(":")
    if mark and not Path(text).exists() and Path(path).exists():
        return Path(path), name
    return Path(text), None


def _mapped(file: IO[bytes], name: str, ids: Any = None) -> Predictions:
    """Map an .npy stream, at its beginning, into memory; rows are read when they are used."""
    version = np.lib.format.read_magic(file)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = header(file)
    _check_dtype(dtype, name)
    order: Literal["C", "F"] = "F" if fortran else "C"
    if 0 in shape:
        raise InputError(name, f"has shape {shape}", "give (N, K, H, W) maps")
    held = os.fstat(file.fileno()).st_size - file.tell()
    if min(shape, default=1) < 0 or prod(shape) * dtype.itemsize > held:
        raise InputError(name, f"claims shape {shape}, and holds {held} bytes", "save the maps again")
    maps = np.memmap(file, dtype, "r", file.tell(), shape, order)
    return Predictions(name, shape, lambda rows: np.asarray(maps[rows]), ids)


def _from_npz(path: Path, dataset: str | None) -> Predictions:
    """Unpack a member to a nameless temporary file and map it: memory stays bounded."""
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryFile() as unpacked:
        members = [n.removesuffix(".npy") for n in archive.namelist() if n.endswith(".npy")]
        if not members:
            torch = any(n.endswith("data.pkl") for n in archive.namelist())
            kind = "is a file of torch.save" if torch else "is a zip file without arrays"
            raise InputError(path.name, kind, "save the maps with numpy.save, as .npy")
        names = [n for n in members if n not in IDS]
        name = dataset or (names[0] if len(names) == 1 else None)
        if name not in members:
            first = names[0] if names else ""
            raise InputError(path.name, f"holds {', '.join(members)}", f"name one: {path.name}:{first}")
        with archive.open(f"{name}.npy") as packed:
            shutil.copyfileobj(packed, unpacked)
        unpacked.seek(0)
        ids = None
        if set(IDS) & set(members):
            with np.load(path, allow_pickle=False) as arrays:
                ids = arrays[next(n for n in IDS if n in members)]
        return _mapped(unpacked, f"{path.name}:{name}", ids)


def _from_hdf5(path: Path, dataset: str | None) -> Predictions:
    import h5py

    file = h5py.File(path, "r", locking=False)
    names: list[str] = []
    file.visititems(
        lambda n, item: names.append(n) if isinstance(item, h5py.Dataset) and item.ndim == 4 else None
    )
    name = dataset or (names[0] if len(names) == 1 else None)
    if name is None or not _holds(file, name):
        listed = ", ".join(names[:8]) or "no (N, K, H, W) dataset"
        raise InputError(
            path.name, f"holds {listed}", f"name one: {path.name}:{names[0] if names else 'DATASET'}"
        )
    data = file[name]
    _check_inside(data, f"{path.name}:{name}")
    _check_dtype(data.dtype, f"{path.name}:{name}")
    id_column = next((data.parent[n] for n in IDS if _holds(data.parent, n)), None)
    ids = None
    if id_column is not None:
        _check_inside(id_column, f"{path.name}:{id_column.name}")
        ids = np.asarray(id_column.asstr()[:] if id_column.dtype.kind in "SO" else id_column[:])
    named = data.attrs.get("channels")
    channels = None if named is None else tuple(str(n) for n in np.atleast_1d(named))
    return Predictions(f"{path.name}:{name}", data.shape, lambda rows: _read_rows(data, rows), ids, channels)


def _holds(group: Any, name: str) -> bool:
    """Return whether the name is that of a dataset of the file itself: no link on the way to it is followed."""
    import h5py

    for part in filter(None, name.split("/")):
        if not isinstance(group, h5py.Group) or not isinstance(group.get(part, getlink=True), h5py.HardLink):
            return False
        group = group[part]
    return isinstance(group, h5py.Dataset)


def _check_inside(data: Any, where: str) -> None:
    """Raise an InputError where a dataset keeps its data in other files."""
    import h5py

    properties = data.id.get_create_plist()
    if properties.get_layout() == h5py.h5d.VIRTUAL or properties.get_external_count():
        raise InputError(where, "keeps its data in other files", "save the maps in the file itself")


def _read_rows(data: Any, rows: Ints) -> NDArray[Any]:
    """Return rows in any order: a run of neighbours in one piece, else each once."""
    if len(rows) and (np.diff(rows) == 1).all():
        return np.asarray(data[rows[0] : rows[-1] + 1])
    wanted, back = np.unique(rows, return_inverse=True)
    return np.asarray(data[wanted])[back]


def _check_dtype(dtype: np.dtype[Any], name: str) -> None:
    if dtype.kind != "f" and dtype != np.uint8:
        raise InputError(name, f"holds {dtype}", "give float16, float32 or uint8 maps")


def row_order(predictions: Predictions, ids: NDArray[np.generic]) -> Ints:
    """Return (N,): the row of the predictions for each sample with these ids; -1 where there is none.

    Without ids in the predictions, rows are in the order of the shards, and must be as many.
    """
    if predictions.ids is None:
        if predictions.shape[0] != len(ids):
            counts = f"holds {predictions.shape[0]} rows for {len(ids)} samples"
            todo = "give one per sample, or a dataset 'annotation_id' next to the maps"
            raise InputError(predictions.name, counts, todo)
        return np.arange(len(ids))
    if len(predictions.ids) != predictions.shape[0]:
        raise InputError(
            predictions.name,
            f"has {len(predictions.ids)} ids for {predictions.shape[0]} rows",
            "give one per row",
        )
    theirs, first, count = np.unique(predictions.ids.astype(ids.dtype), return_index=True, return_counts=True)
    if (count > 1).any():
        raise InputError(predictions.name, f"names id {theirs[count > 1][0]} twice", "give each sample once")
    rows = dict(zip(theirs.tolist(), first.tolist(), strict=True))
    return np.array([rows.get(wanted, -1) for wanted in ids.tolist()], np.int64)
