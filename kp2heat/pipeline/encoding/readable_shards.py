"""Find the shards of a folder without a manifest that an encoding need not write again."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from kp2heat.pipeline.encoding.planning.plan import Plan
from kp2heat.pipeline.encoding.shard_job import make_job
from kp2heat.pipeline.verification.isolation import read_whole
from kp2heat.shards.reading.shard import Shard


def readable_shards(folder: Path, names: Collection[str], plan: Plan) -> Iterator[str]:
    """Yield those of the named shards that are of this encoding and can be read to their last chunk."""
    settings = plan.settings()
    for number, name in enumerate(plan.names):
        if name not in names or read_whole(folder / name).error is not None:
            continue
        attrs = Shard(folder / name).attrs
        fingerprint = make_job(plan, number, folder).fingerprint
        written = attrs["spec"].get("compress"), attrs["format_version"], attrs["fingerprint"]
        if written == (settings["compress"], settings["format_version"], fingerprint):
            yield name
