"""What HDF5 lays out of a shard, in memory: everything but the streams of its chunks, which stand behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.shards import chunk_index
from kp2heat.shards.content import Dataset, Group, StreamHash, array_sha256, content_sha256
from kp2heat.shards.disk import PAGE
from kp2heat.shards.schema import LevelLayout, PlaneLayout
from kp2heat.shards.stretch import Stretch

LIBVER = ("v110", "v110")
"""Readers from HDF5 1.10 on; chunk indexes of 20 bytes a chunk rather than 66."""
GROWTH = 1 << 20
"""Bytes by which the head of the file grows."""


class Plane:
    """The chunks of one dataset, of ``rows`` rows each: where they lie among the streams, and all their hash."""

    def __init__(self, rows: int) -> None:
        self.hashed = StreamHash()
        self._rows = rows
        self._starts: list[NDArray[np.int64]] = []
        self._sizes: list[NDArray[np.int64]] = []

    def add(self, row: int, start: int, stretch: Stretch) -> None:
        """The chunks from this row on begin at ``start``; all of a plane come in their order."""
        ends = start + np.cumsum(stretch.sizes)
        self._starts.append(ends - stretch.sizes)
        self._sizes.append(stretch.sizes)
        self.hashed.update(row, self._rows, stretch)

    @property
    def starts(self) -> NDArray[np.int64]:
        """(n,) where each begins."""
        return np.concatenate(self._starts)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """(n,) bytes of each."""
        return np.concatenate(self._sizes)


def lay_out(
    name: str,
    rows: int,
    attrs: Mapping[str, Any],
    levels: tuple[LevelLayout, ...],
    planes: Mapping[tuple[str, str], Plane],
    streams: memoryview,
    columns: Mapping[str, Mapping[str, NDArray[Any]]],
) -> tuple[bytearray, str]:
    """The bytes in front of the streams, whole pages of them, and the content's hash.

    ``complete`` is set last: a file without it is not a shard. The hash is of what is written here, and not read
    back, which would take as long again.
    """
    import h5py

    stand_ins: dict[int, Plane] = {}
    members: dict[str, Group | Dataset] = {}
    with h5py.File(name, "w", driver="core", backing_store=False, block_size=GROWTH, libver=LIBVER) as file:
        _set(file, attrs)
        for level in levels:
            group = file.create_group(level.name)
            _set(group, level.attrs)
            members[level.name] = Group(
                level.attrs,
                {
                    key: _chunked(group, key, rows, layout, planes[level.name, key], streams, stand_ins)
                    for key, layout in level.planes.items()
                },
            )
        for table, values in columns.items():
            group = file.create_group(table)
            members[table] = Group({}, {key: _column(group, key, column) for key, column in values.items()})
        _set(file, {"complete": True})
        file.flush()
        image = bytearray(file.id.get_file_image())
    image.extend(bytes(-len(image) % PAGE))
    for address, of in stand_ins.items():
        chunk_index.fill(image, address, len(image) + of.starts, of.sizes)
    chunk_index.end_at(image, len(image) + len(streams))
    return image, content_sha256(Group({**attrs, "complete": True}, members))


def _set(group: Any, attrs: Mapping[str, Any]) -> None:
    for key, value in attrs.items():
        group.attrs[key] = value


def _chunked(
    group: Any,
    name: str,
    rows: int,
    layout: PlaneLayout,
    plane: Plane,
    streams: memoryview,
    stand_ins: dict[int, Plane],
) -> Dataset:
    """A dataset of one chunk; of several, one with a stand-in, noted by its address, for ``chunk_index`` to fill."""
    shape, chunks = (rows, *layout.row), (min(layout.chunk, rows), *layout.row)
    data = group.create_dataset(
        name, shape=shape, dtype=layout.dtype, chunks=chunks,
        compression="gzip", compression_opts=1, track_times=False,
    )  # fmt: skip
    origin = (0,) * data.ndim
    if len(plane.sizes) == 1:
        start = int(plane.starts[0])
        data.id.write_direct_chunk(origin, bytes(streams[start : start + int(plane.sizes[0])]))
    else:
        data.id.write_direct_chunk(origin, chunk_index.STAND_IN)
        stand_ins[data.id.get_chunk_info_by_coord(origin).byte_offset] = plane
    return Dataset(np.dtype(layout.dtype).str, shape, chunks, plane.hashed.hexdigest())


def _column(group: Any, name: str, values: NDArray[Any]) -> Dataset:
    import h5py

    if values.dtype.kind == "U":
        encoded = np.char.encode(values, "utf-8") if len(values) else np.empty(0, "S1")
        values = encoded.astype(h5py.string_dtype("utf-8", max(1, encoded.dtype.itemsize)))
    group.create_dataset(name, data=values, track_times=False)
    return Dataset(values.dtype.str, values.shape, None, array_sha256(values))
