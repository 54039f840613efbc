"""People to draw: boxes of people in pictures, joints spread over them, as a COCO file holds them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from kp2heat.annotations import Annotations, Images
from kp2heat.formats.writers import coco
from kp2heat.skeleton import Skeleton

JOINTS = 17
UNLABELLED = 0.2
"""Share of joints without a label; person annotations of COCO with keypoints have a little more."""


def people(count: int, seed: int = 0) -> Annotations:
    """Return ``count`` people, one a picture of 640x480 px, 17 joints; the same for the same seed."""
    random = np.random.default_rng(seed)
    wh = random.uniform(60, 300, (count, 2))
    corner = random.uniform(0, 1, (count, 2)) * ([640, 480] - wh)
    xy = corner[:, None] + random.uniform(0.02, 0.98, (count, JOINTS, 2)) * wh[:, None]
    visible = np.where(random.random((count, JOINTS)) < UNLABELLED, 0, 2).astype(np.uint8)
    visible[:, 0] = 2
    xy[visible == 0] = np.nan
    names = np.array([f"{row:012d}.jpg" for row in range(count)], np.str_)
    return Annotations(
        Skeleton.numbered(JOINTS),
        Images(np.arange(count), names, np.tile(np.array([640, 480], np.int32), (count, 1))),
        xy=xy,
        visible=visible,
        bbox=np.concatenate([corner, wh], axis=1),
        area=wh.prod(axis=1),
        crowd=np.zeros(count, bool),
        image=np.arange(count),
        id=np.arange(count),
    )


def write_coco(rows: Annotations, path: Path) -> None:
    """Write these people as a COCO keypoints file, px to two decimals, as COCO has them."""
    rounded = {name: getattr(rows, name).round(2) for name in ("xy", "bbox", "area")}
    path.write_bytes(coco(replace(rows, **rounded)))
