"""Where the chunks of a dataset lie in its file."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from kp2heat.shards.reading.chunks.chunk_place import ChunkPlace as ChunkPlace
from kp2heat.shards.reading.chunks.remote_file import RemoteFile

MOST_GROWTH = 1 << 10
"""Bytes that deflating may add to a chunk, besides doubling it; a stream that claims to be longer is not read."""
MOST_SINGLE = 16
"""Chunks looked up one by one, before all are listed: finding one takes HDF5 as long as listing some ten."""


class ChunkIndex:
    """The chunks of whole rows of an h5py dataset whose chunks hold ``size`` bytes; open as long as its file.

    remote: where streams are read from that the file's local copy does not hold.
    """

    def __init__(self, data: Any, size: int, remote: RemoteFile | None = None) -> None:
        self._data = data.id
        self._remote = remote
        self._fetched: dict[int, bytes] = {}
        self._most = MOST_GROWTH + 2 * size
        self._descriptor = _descriptor(data)
        self._behind = (0,) * (data.ndim - 1)
        self._looked_up = 0
        self._rows, self._count = data.chunks[0], -(-data.shape[0] // data.chunks[0])
        self._listed: tuple[array[int], array[int]] | None = None

    def find(self, rows: Sequence[int]) -> list[ChunkPlace]:
        """Return the chunks that begin with these rows; ValueError where one is stored without its filters."""
        if self._listed is None and self._looked_up + len(rows) > MOST_SINGLE:
            self._listed = self._list()
        self._looked_up += len(rows)
        return [self._place(row) for row in rows]

    def fetch(self, places: Sequence[ChunkPlace]) -> None:
        """Fetch the chunks that are in a store only, a few requests for all; each is kept until it is asked for."""
        if self._remote is not None:
            self._fetched.update((place.row, data) for place, data in self._remote.streams(places))

    def stored(self, places: Sequence[ChunkPlace]) -> bytes:
        """Return the stored bytes of these chunks, one behind the other; ValueError where the file ends before.

        Those that follow each other in a local file are read at once.
        """
        if self._remote is not None or self._descriptor is None:
            data = b"".join(map(self.stream, places))
        else:
            pieces = [
                os.pread(self._descriptor, _end(run) - run[0].offset, run[0].offset) for run in _runs(places)
            ]
            data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        if len(data) != sum(place.size for place in places):
            raise ValueError("the file ends before its chunks do")
        return data

    def stream(self, place: ChunkPlace) -> bytes:
        """Return the stored bytes of a chunk."""
        if self._remote is not None and not self._remote.holds(place):
            return self._fetched.pop(place.row, None) or next(self._remote.streams([place]))[1]
        if self._descriptor is not None:
            return os.pread(self._descriptor, place.size, place.offset)
        return bytes(self._data.read_direct_chunk((place.row, *self._behind))[1])

    def _list(self) -> tuple[array[int], array[int]]:
        """Return where each chunk lies and its bytes; complete before another thread sees it."""
        offsets, sizes = array("q", bytes(8 * self._count)), array("q", bytes(8 * self._count))

        def add(chunk: Any) -> None:
            number = chunk.chunk_offset[0] // self._rows
            offsets[number] = chunk.byte_offset
            sizes[number] = self._most + 1 if chunk.filter_mask else chunk.size

        self._data.chunk_iter(add)
        return offsets, sizes

    def _place(self, row: int) -> ChunkPlace:
        if self._listed is None:
            chunk = self._data.get_chunk_info_by_coord((row, *self._behind))
            unfiltered = chunk.size and chunk.filter_mask
            offset, size = chunk.byte_offset or 0, self._most + 1 if unfiltered else chunk.size
        else:
            offset, size = (column[row // self._rows] for column in self._listed)
        if size > self._most:
            raise ValueError("a chunk is not deflated")
        return ChunkPlace(row, offset, size)


def _runs(places: Sequence[ChunkPlace]) -> Iterator[Sequence[ChunkPlace]]:
    """Yield chunks that follow each other in the file together."""
    first = 0
    for number in range(1, len(places) + 1):
        last = places[number - 1]
        if number == len(places) or places[number].offset != last.offset + last.size:
            yield places[first:number]
            first = number


def _end(run: Sequence[ChunkPlace]) -> int:
    return run[-1].offset + run[-1].size


def _descriptor(data: Any) -> int | None:
    """Return the file descriptor if it can be read without HDF5: nobody writes, and HDF5's offsets are the file's."""
    file = data.file
    plain = file.mode == "r" and file.driver == "sec2" and not file.userblock_size and hasattr(os, "pread")
    return file.id.get_vfd_handle() if plain else None
