"""List what is known of shards before they are decoded: from their manifest, else from each file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kp2heat.shards.manifest import read_manifest
from kp2heat.shards.reading.shard import Shard


class ListedShard(NamedTuple):
    """A shard: its samples, its labelled joints, and its fingerprint."""

    path: Path
    rows: int
    joints: int
    fingerprint: str


def inventory(files: Sequence[Path]) -> list[ListedShard]:
    """Return what is known of these files; a manifest spares opening them."""
    entries = {folder: _entries(folder) for folder in {file.parent for file in files}}
    return [_listed(file, entries[file.parent].get(file.name)) for file in files]


def _entries(folder: Path) -> dict[str, Mapping[str, Any]]:
    manifest = read_manifest(folder) or {}
    return {str(entry.get("file")): entry for entry in manifest.get("shards", ())}


def _listed(file: Path, entry: Mapping[str, Any] | None) -> ListedShard:
    if entry is not None:
        rows, labelled = entry.get("rows"), entry.get("labelled")
        if isinstance(rows, int) and isinstance(labelled, list) and all(isinstance(n, int) for n in labelled):
            return ListedShard(file, rows, sum(labelled), str(entry.get("fingerprint")))
    shard = Shard(file)
    labelled_joints = int((shard.truth.visible > 0).sum())
    return ListedShard(file, len(shard), labelled_joints, shard.attrs["fingerprint"])
