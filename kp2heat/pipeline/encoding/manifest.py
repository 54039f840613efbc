"""The content of ``manifest.json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kp2heat import __version__
from kp2heat.pipeline.encoding.planning.plan import Plan
from kp2heat.pipeline.encoding.report import ShardReport, joint_counts
from kp2heat.shards.schema import FORMAT


def manifest_content(plan: Plan, shards: Sequence[ShardReport]) -> dict[str, Any]:
    """Return what the manifest of this encoding says when these shards are finished."""
    planned = {
        "format": FORMAT,
        "format_version": plan.spec.format_version,
        "generator": f"kp2heat {__version__}",
        "fingerprint": plan.fingerprint,
        "settings": plan.settings(),
        "sources": plan.annotations.sources(),
        "per_joint": dict.fromkeys(plan.annotations.skeleton.names),
        "skipped": len(plan.skipped),
        "totals": {
            "samples": len(plan.samples),
            "people": len(plan.samples.row),
            "bytes": 0,
            "dense_bytes": plan.row_bytes * len(plan.samples),
        },
        "shards": [],
    }
    return with_shards(planned, shards)


def with_shards(manifest: Mapping[str, Any], shards: Sequence[ShardReport]) -> dict[str, Any]:
    """Return a manifest of the same encoding that lists these shards, with their sums."""
    return {
        **manifest,
        "per_joint": joint_counts(tuple(manifest["per_joint"]), shards),
        "totals": {**manifest["totals"], "bytes": sum(shard.bytes for shard in shards)},
        "shards": [shard.to_json() for shard in shards],
    }
