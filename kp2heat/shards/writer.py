"""Write one shard, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.shards.atomic import whole_or_absent
from kp2heat.shards.content import StreamHash, content_sha256
from kp2heat.shards.schema import LevelLayout

LIBVER = ("v110", "v110")
"""Readers from HDF5 1.10 on; chunk indexes of 20 bytes a chunk rather than 66."""

GROWTH = 1 << 20
"""Bytes by which the file's image grows."""

Chunks = Iterator[tuple[str, str, int, list[bytes]]]
"""(level, plane, first row, streams): the zlib streams of the chunks from that row on, a chunk border."""


@dataclass(frozen=True)
class Written:
    """A file that was written: its size, the sha256 of its bytes, and that of its content."""

    bytes: int
    sha256: str
    content_sha256: str


def write_shard(
    path: Path,
    rows: int,
    attrs: Mapping[str, Any],
    levels: tuple[LevelLayout, ...],
    chunks: Chunks,
    columns: Mapping[str, Mapping[str, NDArray[Any]]],
) -> Written:
    """Write a whole shard.

    The file is built in memory, as large as it will be on the disk: HDF5 cannot close a file whose disk is
    full, and would try again for as long as the process lives. attrs of the file; ``columns``: group -> name -> (rows, ...) table columns; ``chunks``: the level planes.
    ``complete`` is set last: a file without it is not a shard.
    """
    import h5py

    with h5py.File(
        path.name, "w", driver="core", backing_store=False, block_size=GROWTH, libver=LIBVER
    ) as file:
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
        content = content_sha256(file, written)
        file.flush()
        image = file.id.get_file_image()
    with whole_or_absent(path) as part:
        part.write_bytes(image)
    return Written(len(image), sha256(image).hexdigest(), content)


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
