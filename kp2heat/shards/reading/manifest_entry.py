"""What a manifest says of a shard's head, checked before HDF5 sees the file.

One flipped bit in the head of a shard of format 1.0 can make HDF5 loop for ever: its texts lie where no checksum is.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from kp2heat.errors import ShardError
from kp2heat.shards.manifest import read_manifest
from kp2heat.shards.reading.chunks.remote_file import RemoteFile, origin
from kp2heat.shards.reading.hdf5_guard import AGAIN
from kp2heat.shards.schema import MANIFEST

MOST_HEAD = 1 << 28
"""Bytes of the largest head that is hashed: a shard that HDF5 wrote itself is all head."""


class Head(NamedTuple):
    """The first bytes of a shard: their number, and their sha256."""

    size: int
    sha256: str


def check_head(path: Path) -> bool:
    """Return whether a manifest next to the shard lists it; ShardError where the file begins otherwise than that says."""
    head = _recorded_head(path)
    if head is not None and path.is_file() and head_sha256(path, head.size) != head.sha256:
        raise ShardError(path.name, f"differs in its head from what {MANIFEST} says was written", AGAIN)
    return head is not None


def head_sha256(path: Path, count: int) -> str:
    """Return the sha256 of the first bytes of a file, in hex."""
    with path.open("rb") as file:
        return sha256(file.read(count)).hexdigest()


def remote_file(path: Path) -> RemoteFile | None:
    """Return where the rest of a shard is of which this file is the head; None where the file is the shard."""
    store, head = origin(path.parent), _recorded_head(path)
    return None if store is None or head is None else RemoteFile(store, path.name, head.size)


def _recorded_head(path: Path) -> Head | None:
    try:
        stamp = (path.parent / MANIFEST).stat()
        return _recorded_heads(path.parent, stamp.st_mtime_ns, stamp.st_size).get(path.name)
    except (OSError, ShardError):
        return None


@lru_cache(maxsize=8)
def _recorded_heads(folder: Path, _modified: int, _size: int) -> dict[str, Head]:
    """Return the heads by file name, from the manifest of a folder, read once while it is unchanged.

    Manifests of format 1.0 record none.
    """
    manifest = read_manifest(folder) or {}
    return {
        str(entry.get("file")): Head(entry["head_bytes"], str(entry.get("head_sha256")))
        for entry in manifest.get("shards", ())
        if isinstance(entry.get("head_bytes"), int) and 0 < entry["head_bytes"] <= MOST_HEAD
    }
