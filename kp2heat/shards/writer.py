"""Write one shard: into ``NAME.part``, flushed to the disk, then renamed, so that it is whole or absent."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.errors import OutputError
from kp2heat.shards.deflate import deflate
from kp2heat.shards.schema import LevelLayout

LIBVER = ("v110", "v110")
"""Readers from HDF5 1.10 on; chunk indexes of 20 bytes a chunk rather than 66."""

Chunks = Iterator[tuple[str, str, int, NDArray[Any]]]
"""(level, plane, first row, rows): each block starts on a chunk border of its dataset."""


@contextmanager
def whole_or_absent(path: Path) -> Iterator[Path]:
    """Give a ``.part`` beside ``path``; rename it when the block ends well, remove it when it does not."""
    part = path.with_name(path.name + ".part")
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(
            str(path.name),
            f"cannot be written ({error.strerror or error})",
            "free the disk or mend its rights; finished shards are kept",
        ) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a power cut (no-op where folders cannot be opened)."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_shard(
    path: Path,
    rows: int,
    attrs: Mapping[str, Any],
    levels: tuple[LevelLayout, ...],
    chunks: Chunks,
    columns: Mapping[str, Mapping[str, NDArray[Any]]],
) -> None:
    """Write a whole shard.

    attrs of the file; ``columns``: group -> name -> (rows, ...) table columns; ``chunks``: the level planes.
    ``complete`` is set last: a file without it is not a shard.
    """
    import h5py

    with whole_or_absent(path) as part, h5py.File(part, "w", libver=LIBVER) as file:
        for name, value in attrs.items():
            file.attrs[name] = value
        targets = {}
        for level in levels:
            group = file.create_group(level.name)
            for name, value in level.attrs.items():
                group.attrs[name] = value
            for plane, layout in level.planes.items():
                targets[level.name, plane] = group.create_dataset(
                    plane,
                    shape=(rows, *layout.row),
                    dtype=layout.dtype,
                    chunks=(min(layout.chunk, rows), *layout.row),
                    compression="gzip",
                    compression_opts=1,
                    track_times=False,
                )
        for level_name, plane, first, block in chunks:
            _write_rows(targets[level_name, plane], first, block)
        for group_name, table in columns.items():
            group = file.create_group(group_name)
            for name, values in table.items():
                _write_column(group, name, values)
        file.attrs["complete"] = True


def _write_rows(dataset: Any, first: int, block: NDArray[Any]) -> None:
    """Rows from ``first`` on, a chunk border, as finished chunks; the last one is padded with zeros."""
    size = dataset.chunks[0]
    for start in range(0, len(block), size):
        rows = block[start : start + size]
        if len(rows) < size:
            rows = np.concatenate([rows, np.zeros((size - len(rows), *rows.shape[1:]), rows.dtype)])
        dataset.id.write_direct_chunk((first + start, *(0,) * (block.ndim - 1)), deflate(rows))


def _write_column(group: Any, name: str, values: NDArray[Any]) -> None:
    import h5py

    if values.dtype.kind == "U":
        encoded = np.char.encode(values, "utf-8") if len(values) else np.empty(0, "S1")
        text = h5py.string_dtype("utf-8", max(1, encoded.dtype.itemsize))
        group.create_dataset(name, data=encoded.astype(text), track_times=False)
    else:
        group.create_dataset(name, data=values, track_times=False)
