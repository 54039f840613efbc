"""A shard as a NumPy archive: an array per plane and column, compressed, streamed in pieces."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from kp2heat.shards.reading.shard import Shard
from kp2heat.shards.schema import PERSON_COLUMNS

ROWS = 64
"""Samples read at a time."""


def write_shard(shard: Shard, _first: int, path: Path) -> None:
    """Write ``48x64/heatmaps``, ``48x64/weights``, ..., ``samples/frame``, ... and ``people/xy``, ... of a shard.

    ``np.load`` reads them by these names. Counts of uint8 are in units of the level's ``scale_factor``.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, info in shard.levels.items():
            for plane, (row, dtype) in info.planes.items():
                pieces = (
                    shard.read(name, plane, start, min(start + ROWS, len(shard)))
                    for start in range(0, len(shard), ROWS)
                )
                _stream(archive, f"{name}/{plane}", (len(shard), *row), np.dtype(dtype), pieces)
            _put(archive, f"{name}/scale_factor", np.float64(info.scale_factor))
        for column, values in shard.columns.items():
            _put(archive, f"samples/{column}", values)
        for column in (*PERSON_COLUMNS, "sample"):
            _put(archive, f"people/{column}", getattr(shard.truth, column))


def _put(archive: zipfile.ZipFile, name: str, values: NDArray[np.generic] | np.float64) -> None:
    array = np.asarray(values)
    array = array.astype(np.str_) if array.dtype.kind == "O" else array
    _stream(archive, name, array.shape, array.dtype, [array])


def _stream(
    archive: zipfile.ZipFile,
    name: str,
    shape: tuple[int, ...],
    dtype: np.dtype[np.generic],
    pieces: Iterable[NDArray[np.generic]],
) -> None:
    """Write an array of this shape from pieces of its rows; no time of day, so that the bytes repeat."""
    entry = zipfile.ZipInfo(f"{name}.npy")
    entry.compress_type = zipfile.ZIP_DEFLATED
    header = {"descr": npy.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    with archive.open(entry, "w", force_zip64=True) as file:
        npy.write_array_header_2_0(file, header)
        for piece in pieces:
            file.write(np.ascontiguousarray(piece).tobytes())
