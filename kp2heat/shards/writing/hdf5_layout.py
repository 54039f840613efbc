"""A shard but for the streams of its chunks, which stand behind it: the head of its shape with its own content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Ints
from kp2heat.shards.content_hash import Dataset, Group, StreamHash, array_sha256, content_sha256
from kp2heat.shards.disk import PAGE
from kp2heat.shards.schema import LevelLayout
from kp2heat.shards.writing import chunk_index
from kp2heat.shards.writing.buffers import Stretch
from kp2heat.shards.writing.head import FINGERPRINT, Place, Shape, blanked
from kp2heat.shards.writing.text import to_utf8


class Plane:
    """The chunks of one dataset, of ``rows`` rows each: where they lie among the streams, and all their hash."""

    def __init__(self, rows: int) -> None:
        self.hashed = StreamHash()
        self._rows = rows
        self._starts: list[Ints] = []
        self._sizes: list[Ints] = []

    def add(self, row: int, start: int, stretch: Stretch) -> None:
        """The chunks from this row on begin at ``start``; all of a plane come in their order."""
        ends = start + np.cumsum(stretch.sizes)
        self._starts.append(ends - stretch.sizes)
        self._sizes.append(stretch.sizes)
        self.hashed.update(row, self._rows, stretch)

    @property
    def starts(self) -> Ints:
        """(n,) where each begins."""
        return np.concatenate(self._starts)

    @property
    def first(self) -> slice:
        """Where the first one lies."""
        start = int(self._starts[0][0])
        return slice(start, start + int(self._sizes[0][0]))

    @property
    def sizes(self) -> Ints:
        """(n,) bytes of each."""
        return np.concatenate(self._sizes)


def lay_out(
    rows: int,
    attrs: Mapping[str, Any],
    levels: tuple[LevelLayout, ...],
    planes: Mapping[Place, Plane],
    streams: memoryview,
    columns: Mapping[str, Mapping[str, NDArray[Any]]],
) -> tuple[bytearray, str]:
    """The bytes in front of the streams, whole pages of them, and the content's hash.

    ``complete`` is set last: a file without it is not a shard. The hash is of what is written here, and not read
    back, which would take as long again.
    """
    tables = {
        (table, key): to_utf8(values) if values.dtype.kind == "U" else np.ascontiguousarray(values)
        for table, of in columns.items()
        for key, values in of.items()
    }
    shapes = {place: (values.dtype.str, values.shape) for place, values in tables.items()}
    alone = {place: bytes(streams[plane.first]) for place, plane in planes.items() if len(plane.sizes) == 1}
    head = Shape(rows, blanked(attrs), levels, alone, shapes).head()
    image = bytearray(head.image)
    image.extend(bytes(-len(image) % PAGE))
    own = {place: values.reshape(-1).view(np.uint8).data for place, values in tables.items()}
    if FINGERPRINT in attrs:
        own["", FINGERPRINT] = memoryview(attrs[FINGERPRINT].encode())
    for place, start in head.blanks.items():
        image[start : start + len(own[place])] = own[place]
    for place, index in head.indexes.items():
        chunk_index.fill(image, index, len(image) + planes[place].starts, planes[place].sizes)
    chunk_index.end_at(image, len(image) + len(streams))
    return image, content_sha256(_content(rows, attrs, levels, planes, tables))


def _content(
    rows: int,
    attrs: Mapping[str, Any],
    levels: tuple[LevelLayout, ...],
    planes: Mapping[Place, Plane],
    tables: Mapping[Place, NDArray[Any]],
) -> Group:
    """What the file holds, for its hash."""
    members: dict[str, Group | Dataset] = {}
    for level in levels:
        of = {
            key: Dataset(
                np.dtype(plane.dtype).str, (rows, *plane.row), plane.chunks(rows), planes[level.name, key].hashed.hexdigest()
            )
            for key, plane in level.planes.items()
        }  # fmt: skip
        members[level.name] = Group(level.attrs, of)
    columns: dict[str, dict[str, Group | Dataset]] = {}
    for (table, key), values in tables.items():
        column = Dataset(values.dtype.str, values.shape, None, array_sha256(values))
        columns.setdefault(table, {})[key] = column
    members |= {table: Group({}, of) for table, of in columns.items()}
    return Group({**attrs, "complete": True}, members)
