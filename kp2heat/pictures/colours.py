"""Colours: one perceptually uniform map for values, one palette for joints, one wheel for directions. RGB uint8."""

from __future__ import annotations

from functools import cache

import numpy as np

from kp2heat.arrays import Bytes, Floats
from kp2heat.libraries import opencv
from kp2heat.skeleton import Skeleton

PAPER = (21, 23, 28)
PANEL = (36, 39, 46)
INK = (236, 238, 242)
FAINT = (150, 156, 166)
LEFT, RIGHT, MIDDLE = (77, 187, 255), (255, 158, 64), (173, 232, 120)
"""Sides of a body in blue and orange, which every kind of colour vision tells apart, and what has no side."""
TRUTH, DECODED = (120, 240, 150), (255, 92, 138)


@cache
def heat_table() -> Bytes:
    """Return (256, 3): OpenCV's inferno, whose lightness grows evenly from black to pale yellow."""
    cv2 = opencv()
    table = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_INFERNO)
    return np.asarray(table[:, 0, ::-1])


def joint_colours(skeleton: Skeleton) -> Bytes:
    """Return (K, 3): by side where joints have mirror partners, else around the wheel in the order of the joints.

    >>> joint_colours(Skeleton(("left_eye", "right_eye", "nose"))).tolist() == [[*LEFT], [*RIGHT], [*MIDDLE]]
    True
    """
    count, swap = len(skeleton), skeleton.swap
    partners = [k != p for k, p in enumerate(swap)]
    if not any(partners):
        return wheel_colours(np.arange(count) / max(1, count), np.ones(count), saturation=0.6)
    sides = [_side(skeleton, k) if paired else MIDDLE for k, paired in enumerate(partners)]
    return np.array(sides, np.uint8).reshape(count, 3)


def _side(skeleton: Skeleton, k: int) -> tuple[int, int, int]:
    """Return a paired joint's colour: by its name, or the lower number of a pair is left."""
    name, partner = skeleton.names[k].lower(), skeleton.names[skeleton.swap[k]].lower()
    for left, right in (("left", "right"), ("l", "r")):
        if left in name and right in partner and name.replace(left, right, 1) == partner:
            return LEFT
        if right in name and left in partner and name.replace(right, left, 1) == partner:
            return RIGHT
    return LEFT if k < skeleton.swap[k] else RIGHT


def wheel_colours(turns: Floats, strength: Floats, saturation: float = 0.85) -> Bytes:
    """Return (..., 3): the hue of an angle in turns (0 is along x, towards y), as bright as the strength 0..1."""
    hue = (np.asarray(turns) % 1)[..., None] * 6 + np.array([0.0, 4.0, 2.0])
    pure = np.clip(np.abs(hue % 6 - 3) - 1, 0, 1)
    shade = np.clip(strength, 0, 1)[..., None] * (1 - saturation + saturation * pure)
    return np.asarray(shade * 255 + 0.5, np.uint8)
