"""What the planes of a codec show: joints' maps, further maps, and vectors with their unit in input px."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Floats
from kp2heat.pipeline.decoding.map_sharing import map_groups
from kp2heat.pipeline.decoding.undo_normalisation import raw
from kp2heat.pipeline.seeing.source import Planes, undone
from kp2heat.shards.reading.header import LevelInfo
from kp2heat.skeleton import Skeleton

FURTHER_MAPS = {"limbs": "limbs", "hm": "centres of boxes"}
"""Planes of values from 0 to 1 beside the joints' maps -> their caption."""
FROM_CENTRES = ("displacements", "dense_hps")
"""Vectors from the cells round a person's centre to all joints; so are DEKR's ``offsets``, the other way round."""
OF_NO_PICTURE = ("weights", "mask", "count", "valid")
"""Ends of the names of planes that only say where another one counts."""


def map_names(info: LevelInfo, skeleton: Skeleton) -> tuple[str, ...]:
    """Return the joints or groups that a level's maps are of; all channels where none is of a joint (centres)."""
    names = map_groups(info, skeleton).names
    unnamed = "heatmaps" in info.planes and set(names).isdisjoint(info.channels)
    return info.channels if unnamed else names


def shown(info: LevelInfo, stored: Planes, skeleton: Skeleton) -> dict[str, NDArray[Any]]:
    """Return the planes with their normalisation undone, heatmaps (n, C, H, W) as :func:`map_names` names them."""
    if "heatmaps" not in stored or map_names(info, skeleton) != info.channels:
        return undone(info, stored, skeleton)
    maps = raw(
        stored["heatmaps"],
        scale=info.scale_factor,
        normalized=info.normalize,
        params=info.normalize_params,
    )
    return {**stored, "heatmaps": maps}


def vector_units(info: LevelInfo) -> dict[str, Floats]:
    """Return input px, (2,) x and y, of a step of 1 in each plane of vectors that a level has, towards the joint."""
    stride, codec = np.asarray(info.level.alignment.stride), info.codec
    radius = float(info.params.get("radius_factor", 0.0546875)) * max(info.level.size)
    if not info.params.get("literal"):
        radius = max(radius, sqrt(0.5))
    units: Mapping[str, Floats] = {
        "offsets": -stride if codec == "dekr" else radius * stride,
        "locref": np.full(2, float(info.params.get("locref_std", 7.2801))),
        "cell_offsets": stride,
        **dict.fromkeys(FROM_CENTRES, stride),
    }
    return {plane: unit for plane, unit in units.items() if plane in info.planes}


def from_centres(info: LevelInfo) -> Sequence[str]:
    """Return the planes of vectors that go from a person's centre to every joint."""
    return ("offsets",) if info.codec == "dekr" else FROM_CENTRES


def undrawn(info: LevelInfo) -> list[str]:
    """Return the planes of a level that no picture shows."""
    drawn = {"heatmaps", "pafs", "simcc_x", "simcc_y", *FURTHER_MAPS, *vector_units(info)}
    return [name for name in info.planes if name not in drawn and not name.endswith(OF_NO_PICTURE)]
