"""A shard's groups, attributes and datasets, created by HDF5 in memory.

In memory, because HDF5 cannot close a file whose disk is full, and would try again for as long as the process lives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.files.input_file import HDF5_MAGIC
from kp2heat.shards.deflate.streams import ChunkStreams
from kp2heat.shards.schema import LevelLayout, Place, PlaneLayout
from kp2heat.shards.writing.checksum import seal

SUPERBLOCK_V3 = HDF5_MAGIC + b"\x03"
SUPERBLOCK, END_OF_FILE = 44, 28
"""Bytes of the superblock before its checksum; where it holds the file's length."""
GROWTH = 1 << 20
"""Bytes by which the file grows in memory."""
MOST_ATTRIBUTES = 1000
"""Attributes that an object header holds itself, under its checksum; by default HDF5 moves more than 8 elsewhere."""


@dataclass(frozen=True)
class Shape:
    """Everything that the layout of a shard depends on.

    attrs    of the file
    single   the streams of planes that have only one chunk, which HDF5 stores itself
    columns  dtype and shape of each column of the tables
    """

    rows: int
    attrs: Mapping[str, Any]
    levels: tuple[LevelLayout, ...]
    single: Mapping[Place, bytes]
    columns: Mapping[Place, tuple[str, tuple[int, ...]]]


def write_chunk_by_chunk(
    shape: Shape, columns: Mapping[Place, NDArray[Any]], streams: Mapping[Place, list[ChunkStreams]]
) -> bytearray:
    """Return the whole file, written by HDF5: slower, with the same content."""
    with new_file() as file:
        create(file, shape, {})
        for place, pieces in streams.items():
            data, row = file["/".join(place)], 0
            for stream in (stream for piece in pieces for stream in piece):
                data.id.write_direct_chunk((row, *(0,) * (data.ndim - 1)), bytes(stream))
                row += data.chunks[0]
        for place, values in columns.items():
            data = file["/".join(place)]
            if values.size:
                data[...] = values.view(data.dtype)  # text is marked as UTF-8 there
        return image_of(file)


def new_file() -> Any:
    """Return an h5py file in memory that will not be on the disk."""
    import h5py

    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_fapl_core(GROWTH, False)
    access.set_libver_bounds(h5py.h5f.LIBVER_V110, h5py.h5f.LIBVER_V110)
    properties = _compact(h5py.h5p.create(h5py.h5p.FILE_CREATE))
    return h5py.File(h5py.h5f.create(b"shard", fapl=access, fcpl=properties))


def image_of(file: Any) -> bytearray:
    """Return the bytes of the open file as those of a closed one.

    HDF5 takes the mark of an open file out of the image, but older versions (1.14.2) leave the checksum as it was.
    """
    file.flush()
    image = bytearray(file.id.get_file_image())
    if image[: len(SUPERBLOCK_V3)] == SUPERBLOCK_V3:
        end_at(image, len(image))
    return image


def end_at(image: bytearray, length: int) -> None:
    """Set in the superblock, version 3, that the file is ``length`` bytes long."""
    image[END_OF_FILE : END_OF_FILE + 8] = length.to_bytes(8, "little")
    seal(image, 0, SUPERBLOCK)


def _compact(properties: Any) -> Any:
    """Set that an object's header holds all attributes of it, and no times."""
    properties.set_attr_phase_change(MOST_ATTRIBUTES, 0)
    properties.set_obj_track_times(False)
    return properties


def create(file: Any, shape: Shape, first: Mapping[Place, bytes]) -> dict[Place, int]:
    """Create all that a shard of this shape holds; return where the ``first`` chunks of the planes are stored.

    ``complete`` is set last: a file without it is not a shard.
    """
    import h5py

    properties = _compact(h5py.h5p.create(h5py.h5p.GROUP_CREATE))
    _set(file, shape.attrs)
    chunks: dict[Place, int] = {}
    for level in shape.levels:
        _set(h5py.Group(h5py.h5g.create(file.id, level.name.encode(), gcpl=properties)), level.attrs)
        for key, layout in level.planes.items():
            data = _dataset(file, f"{level.name}/{key}", layout, level.rows or shape.rows)
            if (level.name, key) in first:
                origin = (0,) * data.ndim
                data.id.write_direct_chunk(origin, first[level.name, key])
                chunks[level.name, key] = data.id.get_chunk_info_by_coord(origin).byte_offset
    for place, (dtype, size) in shape.columns.items():
        kind = np.dtype(dtype)
        stored = h5py.string_dtype("utf-8", kind.itemsize) if kind.kind == "S" else kind
        file.create_dataset("/".join(place), data=np.zeros(size, stored), track_times=False)
    _set(file, {"complete": True})
    return chunks


def _set(group: Any, attrs: Mapping[str, Any]) -> None:
    """Write attributes; text as UTF-8 of one length, which lies under the checksum of the object header."""
    import h5py

    for key, value in attrs.items():
        if isinstance(value, str):
            text = value.encode()
            value = np.array(text, h5py.string_dtype("utf-8", max(1, len(text))))
        group.attrs[key] = value


def _dataset(file: Any, path: str, layout: PlaneLayout, rows: int) -> Any:
    return file.create_dataset(
        path,
        shape=(rows, *layout.row),
        dtype=layout.dtype,
        chunks=layout.chunks(rows),
        compression="gzip",
        compression_opts=1,
        shuffle=layout.shuffle,
        track_times=False,
    )
