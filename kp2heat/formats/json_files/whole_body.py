"""COCO-WholeBody: foot, face and hands beside the 17 body joints, joined to 133 (Jin et al., ECCV 2020)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.formats.columns import flat, matrix
from kp2heat.formats.json_files.rows import Lists
from kp2heat.skeletons import SKELETONS

PARTS = {"foot_kpts": 6, "face_kpts": 68, "lefthand_kpts": 21, "righthand_kpts": 21}
NAMES = SKELETONS["coco-wholebody"].names


def is_whole_body(lists: Mapping[str, Lists]) -> bool:
    """Some annotation has at least one of the further parts."""
    return any(
        not np.isnan(part).all() if isinstance(part, np.ndarray) else any(v is not None for v in part)
        for part in map(lists.__getitem__, PARTS)
    )


def join(lists: Mapping[str, Lists], *, scores: bool = False) -> Lists:
    """The 133 triplets of each row, body first; a part that is absent is not labelled.

    The further parts may carry a reliability between 0 and 1 in the place of v, and any v above 0 means
    "labelled" (COCO-WholeBody, data_format.md): such fractions become 2, unless they are ``scores`` of results.
    """
    body = lists["keypoints"]
    extra = np.concatenate([_part(lists[part], count) for part, count in PARTS.items()], axis=1)
    v = extra[..., 2]
    if not scores:
        extra[..., 2] = np.where(v == np.rint(v), v, 2.0 * (v > 0))
    tails = extra.reshape(len(body), -1)
    if isinstance(body, np.ndarray):
        return np.concatenate([body, tails], axis=1)
    return [flat(row) + tail for row, tail in zip(body, tails.tolist(), strict=True)]


def _part(values: Lists, count: int) -> Floats:
    if not isinstance(values, np.ndarray):
        values = [v or [0.0] * (3 * count) for v in values]
    return np.nan_to_num(matrix(values, 3 * count)).reshape(-1, count, 3)
