"""The content of ``manifest.json``."""

from __future__ import annotations

from typing import Any

from kp2heat import __version__
from kp2heat.pipeline.encoding.plan import Plan
from kp2heat.pipeline.encoding.report import ShardReport, joint_counts
from kp2heat.shards.schema import FORMAT
from kp2heat.spec import FORMAT_VERSION


def manifest_content(plan: Plan, shards: tuple[ShardReport, ...]) -> dict[str, Any]:
    """Return what the manifest of a finished encoding says."""
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "generator": f"kp2heat {__version__}",
        "fingerprint": plan.fingerprint,
        "settings": plan.settings(),
        "per_joint": joint_counts(plan.annotations.skeleton.names, shards),
        "skipped": len(plan.skipped),
        "totals": {
            "samples": len(plan.samples),
            "people": len(plan.samples.row),
            "bytes": sum(shard.bytes for shard in shards),
            "dense_bytes": plan.row_bytes * len(plan.samples),
        },
        "shards": [shard.to_json() for shard in shards],
    }
