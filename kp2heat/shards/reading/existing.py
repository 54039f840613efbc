"""Report a shard that was written before, as it was reported when it was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kp2heat.shards.content_hash import content_of, content_sha256
from kp2heat.shards.manifest import file_sha256
from kp2heat.shards.reading.hdf5_guard import opened
from kp2heat.shards.reading.manifest_entry import head_sha256
from kp2heat.shards.writing.writer import Written


def describe_shard(path: Path) -> Written:
    """Return the sizes and hashes of a shard's file, read from it."""
    size = path.stat().st_size
    with opened(path) as file:
        content, head = content_sha256(content_of(file)), head_bytes(file, size)
    return Written(size, file_sha256(path), content, head, head_sha256(path, head))


def shard_content_sha256(path: Path) -> str:
    """Return the hash of a shard's content (``shards/content_hash.py``)."""
    with opened(path) as file:
        return content_sha256(content_of(file))


def head_bytes(file: Any, size: int) -> int:
    """Return the bytes in front of the streams of an open shard of ``size`` bytes.

    Streams count where they are all there is behind the first of them; else the whole file is the head.
    """
    chunks: list[tuple[int, int]] = []

    def add(_name: str, item: Any) -> None:
        if getattr(item, "chunks", None) and item.id.get_num_chunks() > 1:
            item.id.chunk_iter(lambda chunk: chunks.append((chunk.byte_offset, chunk.size)))

    file.visititems(add)
    first = min((offset for offset, _ in chunks), default=size)
    return first if first + sum(length for _, length in chunks) == size else size
