"""Where decoded maps came from: shards, what those were made from, and files of predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kp2heat.annotations import SourceFile
from kp2heat.pipeline.predictions.align import Settings
from kp2heat.pipeline.predictions.files import split_dataset
from kp2heat.shards.manifest import file_sha256, read_manifest


def decoded_from(shards: Sequence[Path], predictions: Settings | None) -> dict[str, Any]:
    """Return names, sizes and hashes, as plain values: of the shards, what they were made from, and predictions.

    The manifest next to the first shard says what they were made from, and the hashes of the shards.
    """
    manifest = read_manifest(shards[0].parent) or {} if shards else {}
    listed = {entry.get("file"): entry for entry in manifest.get("shards", ())}
    texts = () if predictions is None else (*predictions.files, *predictions.flipped)
    paths = [split_dataset(text)[0] for text in texts]
    return {
        **manifest.get("sources", {}),
        "shards": [_shard(path, listed.get(path.name)) for path in shards],
        "predictions": [SourceFile(p.name, p.stat().st_size, file_sha256(p)).to_json() for p in paths],
    }


def _shard(path: Path, listed: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a shard as its manifest lists it, of which a store's local copy may hold a part only."""
    if listed is None:
        return {"name": path.name, "bytes": path.stat().st_size, "sha256": None}
    return {"name": path.name, "bytes": listed["bytes"], "sha256": listed["sha256"]}
