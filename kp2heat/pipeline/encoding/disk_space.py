"""Estimate the size of an encoding, and check that the disk has room for it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from kp2heat.drawing.samples import scene_of
from kp2heat.errors import OutputError
from kp2heat.pipeline.encoding.compress import level_streams
from kp2heat.pipeline.encoding.planning.plan import Plan
from kp2heat.pipeline.encoding.planning.stored_images import image_bytes
from kp2heat.pipeline.sampling import evenly_spaced
from kp2heat.spec.fields import COMPRESSIONS

PROBED = 64
"""Samples encoded on trial to learn how well the maps compress."""
CERTAIN = 0.8
"""Share of the estimate that must be free: below it the disk is certainly too small."""
TABLE_BYTES = 300
"""Bytes of a sample in the tables, in addition to 17 bytes per joint."""
SHARD_BYTES = 16_000
"""Bytes of a shard without samples."""


def estimated_bytes(planned: Plan, rows: int, shards: int) -> int:
    """Return the bytes on disk of this many samples in this many shards, estimated from a trial encode of a few."""
    known = range(len(planned.samples)) if planned.held is None else planned.held
    if not known or not rows:
        return 0
    probed = known.start + evenly_spaced(len(known), PROBED)
    scene = scene_of(planned.annotations, planned.samples.pick(probed), planned.spec)
    stored = sum(
        int(streams.sizes.sum())
        for level, layout in zip(planned.levels, planned.stored_layouts, strict=True)
        for _, _, streams in level_streams(planned.spec, level, layout, scene)
    )
    pictures = image_bytes(planned.annotations, planned.samples, planned.spec)
    tables = pictures + TABLE_BYTES + 17 * len(planned.annotations.skeleton)
    return int(rows * (stored / len(probed) + tables)) + shards * SHARD_BYTES


def estimated_sizes(planned: Plan) -> dict[str, int]:
    """Return the estimated bytes on disk of the whole encoding, for each way to compress it."""
    return {
        name: estimated_bytes(planned.compressed(name), len(planned.samples), planned.shards)
        for name in COMPRESSIONS
    }


def check_space(planned: Plan, folder: Path, shards: Sequence[int]) -> int:
    """Return the bytes these shards will need, estimated; OutputError where the disk clearly has no room."""
    needed, free = estimated_bytes(planned, planned.rows(shards), len(shards)), shutil.disk_usage(folder).free
    if CERTAIN * needed > free:
        raise OutputError(
            str(folder),
            f"has {free / 1e6:,.0f} MB free, and about {needed / 1e6:,.0f} MB are still to be written",
            "free the disk, choose another OUT, a smaller map or --dtype f16",
        )
    return needed
