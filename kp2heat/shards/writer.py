"""Write one shard, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.shards.atomic import hdf5_write_errors, whole_or_absent
from kp2heat.shards.content import StreamHash, content_sha256
from kp2heat.shards.schema import LevelLayout

LIBVER = ("v110", "v110")
"""Readers from HDF5 1.10 on; chunk indexes of 20 bytes a chunk rather than 66."""

Chunks = Iterator[tuple[str, str, int, list[bytes]]]
"""(level, plane, first row, streams): the zlib streams of the chunks from that row on, a chunk border."""


def write_shard(
    path: Path,
    rows: int,
    attrs: Mapping[str, Any],
    levels: tuple[LevelLayout, ...],
    chunks: Chunks,
    columns: Mapping[str, Mapping[str, NDArray[Any]]],
) -> str:
    """Write a whole shard; returns the hash of its content (``shards/content.py``).

    attrs of the file; ``columns``: group -> name -> (rows, ...) table columns; ``chunks``: the level planes.
    ``complete`` is set last: a file without it is not a shard.
    """
    import h5py

    with whole_or_absent(path) as part, hdf5_write_errors(), h5py.File(part, "w", libver=LIBVER) as file:
        for name, value in attrs.items():
            file.attrs[name] = value
        targets = {}
        written: dict[str, StreamHash] = {}
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
        for level_name, plane, first, streams in chunks:
            hashed = written.setdefault(f"/{level_name}/{plane}", StreamHash())
            _write_chunks(targets[level_name, plane], first, streams, hashed)
        for group_name, table in columns.items():
            group = file.create_group(group_name)
            for name, values in table.items():
                _write_column(group, name, values)
        file.attrs["complete"] = True
        return content_sha256(file, written)


def _write_chunks(dataset: Any, first: int, streams: list[bytes], hashed: StreamHash) -> None:
    """The chunks from row ``first`` on."""
    rows, behind = dataset.chunks[0], (0,) * (dataset.ndim - 1)
    for place, stream in enumerate(streams):
        row = first + place * rows
        dataset.id.write_direct_chunk((row, *behind), stream)
        hashed.update(row, stream)


def _write_column(group: Any, name: str, values: NDArray[Any]) -> None:
    import h5py

    if values.dtype.kind == "U":
        encoded = np.char.encode(values, "utf-8") if len(values) else np.empty(0, "S1")
        text = h5py.string_dtype("utf-8", max(1, encoded.dtype.itemsize))
        group.create_dataset(name, data=encoded.astype(text), track_times=False)
    else:
        group.create_dataset(name, data=values, track_times=False)
