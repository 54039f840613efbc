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
"""Planes of values from 0 to 1 other than the joints' maps -> their caption."""
FIELDS = {"cif": {"cif": 1}, "caf": {"caf to the first joint": 1, "caf to the second joint": 3}}
"""OpenPifPaf's planes -> the vectors in each of their fields, and the place of their x in it."""
FIELD_WIDTHS = {"cif": 5, "caf": 9}
ROWS_OF_PEOPLE = "hps"
"""CenterNet's vectors from a person's centre to all joints, one row per person."""
FROM_CENTRES = ("displacements", "dense_hps", ROWS_OF_PEOPLE)
"""Vectors from the cells round a person's centre to all joints; so are DEKR's ``offsets``, the other way round."""
OF_NO_PICTURE = ("weights", "mask", "count", "valid", "coords")
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
    return {**stored, "heatmaps": raw(stored["heatmaps"], info, scale=info.scale_factor)}


def vector_planes(info: LevelInfo, planes: Planes) -> dict[str, NDArray[Any]]:
    """Return the planes of vectors (n, 2V, H, W), x then y of each, by the names of :func:`vector_units`.

    Those that are part of a wider plane are cut out of it, NaN as 0; rows of people are put at their centres' cells.
    """
    vectors = {name: planes[name] for name in vector_units(info) if name in planes}
    for plane in FIELDS.keys() & planes:
        fields = np.nan_to_num(planes[plane])
        n, _, height, width = fields.shape
        fields = fields.reshape(n, -1, FIELD_WIDTHS[plane], height, width)
        for name, x in FIELDS[plane].items():
            vectors[name] = fields[:, :, x : x + 2].reshape(n, -1, height, width)
    if ROWS_OF_PEOPLE in vectors:
        vectors[ROWS_OF_PEOPLE] = _at_centres(planes, info.level.size)
    return vectors


def _at_centres(planes: Planes, size: tuple[int, int]) -> NDArray[Any]:
    """Return CenterNet's rows of people as (n, 2K, H, W), 0 in every cell that is no centre."""
    rows = planes[ROWS_OF_PEOPLE]
    sample, row = np.nonzero(planes["reg_mask"])
    out = np.zeros((len(rows), rows.shape[2], size[0] * size[1]), rows.dtype)
    out[sample, :, planes["ind"][sample, row].astype(np.int64)] = rows[sample, row]
    return out.reshape(*out.shape[:2], size[1], size[0])


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
    fields = [name for plane in info.planes for name in FIELDS.get(plane, ())]
    named = {plane: unit for plane, unit in units.items() if plane in info.planes}
    return {**named, **dict.fromkeys(fields, stride)}


def from_centres(info: LevelInfo) -> Sequence[str]:
    """Return the planes of vectors that go from a person's centre to every joint."""
    return ("offsets",) if info.codec == "dekr" else FROM_CENTRES


def undrawn(info: LevelInfo) -> list[str]:
    """Return the planes of a level that no picture shows."""
    drawn = {"heatmaps", "pafs", "simcc_x", "simcc_y", *FURTHER_MAPS, *FIELDS, *vector_units(info)}
    return [name for name in info.planes if name not in drawn and not name.endswith(OF_NO_PICTURE)]
