"""COCO-WholeBody: foot, face and hands with the 17 body joints, joined to 133 (Jin et al., ECCV 2020)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.formats.columns import matrix
from kp2heat.formats.json_files.rows import Lists
from kp2heat.skeleton.named import SKELETONS

PARTS = {"foot_kpts": 6, "face_kpts": 68, "lefthand_kpts": 21, "righthand_kpts": 21}
NAMES = SKELETONS["coco-wholebody"].names
BODY = len(NAMES) - sum(PARTS.values())
"""Joints of the body, which come first."""


def has_parts(lists: Mapping[str, Lists]) -> bool:
    """Return whether some annotation has at least one of the further parts."""
    return any(
        not np.isnan(part).all() if isinstance(part, np.ndarray) else any(v is not None for v in part)
        for part in map(lists.__getitem__, PARTS)
    )


def join_parts(
    xy: Floats, third: Floats, lists: Mapping[str, Lists], *, scores: bool = False
) -> tuple[Floats, Floats]:
    """Return (N, 133, 2) xy and (N, 133) third numbers: the body's 17, then the parts; an absent part is unlabelled.

    The further parts may carry a reliability between 0 and 1 in the place of v, and any v above 0 means
    "labelled" (COCO-WholeBody, data_format.md): such fractions become 2, unless they are ``scores`` of results.
    """
    parts = np.concatenate([_part(lists[part], count) for part, count in PARTS.items()], axis=1)
    v = parts[..., 2]
    if not scores:
        v = np.where(v == np.rint(v), v, 2.0 * (v > 0))
    return np.concatenate([xy, parts[..., :2]], axis=1), np.concatenate([third, v], axis=1)


def _part(values: Lists, count: int) -> Floats:
    if not isinstance(values, np.ndarray):
        values = [v or [0.0] * (3 * count) for v in values]
    return np.nan_to_num(matrix(values, 3 * count)).reshape(-1, count, 3)
