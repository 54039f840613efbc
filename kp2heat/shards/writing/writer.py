"""Write one shard, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Ints
from kp2heat.files.atomic import whole_or_absent
from kp2heat.machine.cores import threads
from kp2heat.shards.content_hash import Dataset, Group, StreamHash, array_sha256, content_sha256
from kp2heat.shards.deflate.streams import ChunkStreams
from kp2heat.shards.schema import TABLES_SHA256, LevelLayout, Place
from kp2heat.shards.text import to_utf8
from kp2heat.shards.writing.hdf5_file import Shape, write_chunk_by_chunk
from kp2heat.shards.writing.hdf5_layout import UnexpectedLayout, fill_in
from kp2heat.shards.writing.past_cache import write_pieces

Chunks = Iterable[tuple[str, str, int, ChunkStreams]]
"""(level, plane, first row, streams): the zlib streams of the chunks from that row on, which is a chunk border.
All chunks of a plane come, in their order."""


@dataclass(frozen=True)
class Written:
    """A file that was written: its size, the sha256 of its bytes, and that of its content.

    head_bytes, head_sha256: of the bytes in front of the streams, which are all that HDF5 reads but for the maps.
    """

    bytes: int
    sha256: str
    content_sha256: str
    head_bytes: int
    head_sha256: str


class PlaneStreams:
    """The streams of one dataset's chunks, of ``rows`` rows each, as they arrive; ``single``: there is one chunk."""

    def __init__(self, rows: int, *, single: bool) -> None:
        self.hash = StreamHash()
        self.pieces: list[ChunkStreams] = []
        self.single = single
        self._rows = rows
        self._starts: list[Ints] = []

    def add(self, row: int, start: int, streams: ChunkStreams) -> None:
        """Take the chunks from this row on, whose streams begin at byte ``start`` behind the head."""
        self.pieces.append(streams)
        self._starts.append(start + np.cumsum(streams.sizes) - streams.sizes)
        self.hash.update(row, self._rows, streams)

    @property
    def starts(self) -> Ints:
        """Where each begins, (n,) bytes behind the head."""
        return np.concatenate(self._starts)

    @property
    def sizes(self) -> Ints:
        """Bytes of each, (n,)."""
        return np.concatenate([piece.sizes for piece in self.pieces])


class SharedPieces:
    """Buffers that some threads go through, each at its own speed; one is let go of as soon as all have had it.

    >>> pieces = SharedPieces([b"ab", b"c"], 2)
    >>> [*pieces], [*pieces], [*pieces]
    ([b'ab', b'c'], [b'ab', b'c'], [])
    """

    def __init__(self, pieces: Iterable[Any], readers: int) -> None:
        self._pieces = dict(enumerate(pieces))
        self._left = dict.fromkeys(self._pieces, readers)
        self._lock = Lock()

    def __iter__(self) -> Iterator[Any]:
        for number in sorted(self._pieces):
            yield self._pieces[number]
            with self._lock:
                self._left[number] -= 1
                if not self._left[number]:
                    del self._pieces[number]


@dataclass(frozen=True, eq=False)
class ComposedShard:
    """A whole shard in memory: its head, and the streams that follow in the file, of which only ``write`` knows."""

    head: bytearray
    streams: list[Any]
    content_sha256: str

    def write(self, path: Path) -> Written:
        """Write the file, whole or not at all, and hash it meanwhile; once, for the streams are let go of."""
        size = len(self.head) + sum(map(len, self.streams))
        pieces = SharedPieces([self.head, *self.streams], 2)
        self.streams.clear()
        with threads(1, "hash") as thread:
            digests = thread.submit(self._digests, pieces)
            with whole_or_absent(path) as part:
                write_pieces(part, pieces, size)
            head, whole = digests.result()
        return Written(size, whole, self.content_sha256, len(self.head), head)

    def _digests(self, pieces: SharedPieces) -> tuple[str, str]:
        """Return the sha256 of the head and of the whole file; hashing large pieces holds up no other thread."""
        digest = sha256()
        for piece in pieces:
            digest.update(piece)
            del piece
        return sha256(self.head).hexdigest(), digest.hexdigest()


def compose_shard(
    rows: int,
    attrs: Mapping[str, Any],
    levels: tuple[LevelLayout, ...],
    chunks: Chunks,
    columns: Mapping[str, Mapping[str, NDArray[Any]]],
) -> ComposedShard:
    """Return a whole shard in memory.

    attrs: of the file; columns: group -> name -> (rows, ...) table columns; chunks: of the planes of the levels.
    """
    planes = {
        (level.name, key): PlaneStreams(
            min(plane.chunk, level.rows or rows), single=(level.rows or rows) <= plane.chunk
        )
        for level in levels
        for key, plane in level.planes.items()
    }
    streams: list[Any] = []
    length = 0
    for level, plane, first, piece in chunks:
        planes[level, plane].add(first, length, piece)
        if not planes[level, plane].single:
            streams.append(piece.data)
            length += len(piece.data)
    tables = {
        (table, key): to_utf8(values) if values.dtype.kind == "U" else np.ascontiguousarray(values)
        for table, of in columns.items()
        for key, values in of.items()
    }
    groups = _table_groups(tables)
    attrs = {**attrs, TABLES_SHA256: content_sha256(Group({}, groups))}
    content = Group({**attrs, "complete": True}, {**_level_groups(rows, levels, planes), **groups})
    shape = Shape(
        rows,
        attrs,
        levels,
        {place: bytes(plane.pieces[0].data) for place, plane in planes.items() if plane.single},
        {place: (values.dtype.str, values.shape) for place, values in tables.items()},
    )
    starts = {place: plane.starts for place, plane in planes.items()}
    sizes = {place: plane.sizes for place, plane in planes.items()}
    try:
        head: bytearray = fill_in(shape, tables, starts, sizes, length)
    except UnexpectedLayout:
        head, streams = write_chunk_by_chunk(shape, tables, {k: p.pieces for k, p in planes.items()}), []
    return ComposedShard(head, streams, content_sha256(content))


def _level_groups(
    rows: int, levels: tuple[LevelLayout, ...], planes: Mapping[Place, PlaneStreams]
) -> dict[str, Group | Dataset]:
    """Return the content of the levels, for its hash."""
    return {
        level.name: Group(
            level.attrs,
            {
                key: Dataset(
                    dtype=np.dtype(plane.dtype).str,
                    shape=(level.rows or rows, *plane.row),
                    chunks=plane.chunks(level.rows or rows),
                    stored=planes[level.name, key].hash.hexdigest(),
                )
                for key, plane in level.planes.items()
            },
        )
        for level in levels
    }


def _table_groups(tables: Mapping[Place, NDArray[Any]]) -> dict[str, Group | Dataset]:
    """Return the content of the tables, for its hash."""
    groups: dict[str, dict[str, Group | Dataset]] = {}
    for (table, key), values in tables.items():
        column = Dataset(values.dtype.str, values.shape, None, array_sha256(values))
        groups.setdefault(table, {})[key] = column
    return {table: Group({}, columns) for table, columns in groups.items()}
