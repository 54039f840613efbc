"""A shard in an object store, of which only the head is kept here: streams of chunks are read from there by ranges."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from kp2heat.files.atomic import write_whole
from kp2heat.files.storage import Store
from kp2heat.shards.reading.chunks.chunk_place import ChunkPlace

ORIGIN = "origin.json"
"""Stored with the heads: the URL of the folder they are of."""
GAP = 1 << 16
"""Bytes between two chunks that are fetched along rather than by a request of their own."""
MOST_SPAN = 1 << 26
"""Bytes of the longest range that is fetched at a time."""


class RemoteFile(NamedTuple):
    """A shard in a store, and how many bytes at its beginning are kept in the local file."""

    store: Store
    name: str
    head: int

    def holds(self, place: ChunkPlace) -> bool:
        """Return whether the local file holds a chunk."""
        return place.offset + place.size <= self.head

    def streams(self, places: Sequence[ChunkPlace]) -> Iterator[tuple[ChunkPlace, bytes]]:
        """Yield the stored bytes of chunks; adjacent ones come by one request."""
        for span in spans(place for place in places if place.size and not self.holds(place)):
            start = span[0].offset
            data = self.store.read_range(self.name, start, span[-1].offset + span[-1].size)
            for place in span:
                yield place, data[place.offset - start : place.offset - start + place.size]


def spans(places: Iterable[ChunkPlace]) -> list[list[ChunkPlace]]:
    """Return chunks in the order of the file, put together where little lies between them.

    >>> near, far = ChunkPlace(0, 100, 50), ChunkPlace(8, 9_000_000, 50)
    >>> [len(span) for span in spans([far, near, ChunkPlace(4, 150, 70)])]
    [2, 1]
    """
    joined: list[list[ChunkPlace]] = []
    for place in sorted(places, key=lambda place: place.offset):
        end = place.offset + place.size
        if joined and place.offset - _end(joined[-1]) <= GAP and end - joined[-1][0].offset <= MOST_SPAN:
            joined[-1].append(place)
        else:
            joined.append([place])
    return joined


def _end(span: Sequence[ChunkPlace]) -> int:
    return span[-1].offset + span[-1].size


def set_origin(folder: Path, store: Store) -> None:
    """Record the store that a folder's heads are of."""
    if not (folder / ORIGIN).is_file():
        write_whole(folder / ORIGIN, json.dumps({"url": store.url}))


@lru_cache(maxsize=64)
def origin(folder: Path) -> Store | None:
    """Return the store that a folder's heads are of; None for a folder of whole shards."""
    try:
        return Store(str(json.loads((folder / ORIGIN).read_text(encoding="utf-8"))["url"]))
    except FileNotFoundError:
        return None
