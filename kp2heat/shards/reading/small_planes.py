"""Planes small enough to be read whole, such as the weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kp2heat.shards.reading.chunks.chunk_place import ChunkPlace
from kp2heat.shards.reading.hdf5_guard import opened
from kp2heat.shards.schema import IMAGES, LEVEL_NAME

MOST_KEPT = 1 << 20
"""Bytes of a plane of a shard that is read whole and kept while the file is open."""


def is_small(data: Any) -> bool:
    """Return whether a dataset is read whole."""
    return bool(data.size * data.dtype.itemsize <= MOST_KEPT)


def small_chunks(path: Path) -> list[ChunkPlace]:
    """Return where the chunks of a shard's small planes lie; its head suffices."""
    places: list[ChunkPlace] = []

    def add(chunk: Any) -> None:
        places.append(ChunkPlace(chunk.chunk_offset[0], chunk.byte_offset, chunk.size))

    with opened(path) as file:
        for group in (name for name in file if LEVEL_NAME.fullmatch(name) or name == IMAGES):
            for data in file[group].values():
                if data.chunks is not None and is_small(data):
                    data.id.chunk_iter(add)
    return places
