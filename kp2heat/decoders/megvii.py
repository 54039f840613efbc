"""Megvii's decoder (CPN, MSPN, RSN; mmpose 1.3.2 codecs/megvii_heatmap.py): blur, maximum, quarter step by sign.

It was made for maps whose cells are floors; the half cell that undoes the floor is the codec's shift here.
"""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement.locate import locate
from kp2heat.decoders.refinement.peak_cells import Maps, window
from kp2heat.decoders.refinement.published import modulated
from kp2heat.decoders.refinement.taylor import blur
from kp2heat.gaussian import opencv_kernel
from kp2heat.peaks import Peaks

STEP = 0.25
EQUAL = 1e-6
"""Differences below this share of the peak are rounding noise: a symmetric map is not stepped."""


def megvii(
    planes: Planes,
    _level: Level,
    *,
    kernel: int = 11,
    literal: bool = False,
    top: int = 1,
    threshold: float = 0.0,
) -> Peaks:
    """Return integer peaks and quarter steps by the sign of the blurred neighbours' difference.

    By default the maximum is that of the map, the blur of ``kernel`` taps decides the sign only, and no step
    is taken on an axis where it reaches over a side, or where the difference is rounding noise.
    ``literal=True``: the maximum of the blurred map, zeros beyond its sides (which draws peaks inward);
    a peak in the two outer cells is not stepped and loses its half cell; the score is max / 255 + 0.5.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32), codec="megvii")
    >>> kp2heat.decode(planes, method="megvii", input_size=(96, 128), codec="megvii").xy.round(1).tolist()
    [[[30.0, 54.0]]]
    """
    if literal:
        return _published(modulated(planes["heatmaps"], kernel))
    located = locate(planes["heatmaps"], top, threshold)
    half = kernel // 2 + 1
    near = blur(window(located, half), opencv_kernel(kernel))
    least = EQUAL * near[:, 1, 1]
    wide, high = (inside.all(axis=1) for inside in located.on_map(half))
    with np.errstate(invalid="ignore"):
        dx = STEP * _sign(near[:, 1, 2] - near[:, 1, 0], least) * wide
        dy = STEP * _sign(near[:, 2, 1] - near[:, 0, 1], least) * high
    return located.peaks((dx, dy, np.asarray(wide | high)))


def _sign(difference: Floats, least: Floats | float) -> Floats:
    return (difference > least).astype(np.float64) - (difference < -least)


def _published(blurred: Maps) -> Peaks:
    located = locate(blurred, plateau="first")
    maps, (which, x, y), (_, height, width) = located.maps, located.place, located.maps.shape
    inner = (x > 1) & (x < width - 1) & (y > 1) & (y < height - 1)
    right, below = np.minimum(x + 1, width - 1), np.minimum(y + 1, height - 1)
    dx = STEP * np.sign(maps[which, y, right] - maps[which, y, x - 1])
    dy = STEP * np.sign(maps[which, below, x] - maps[which, y - 1, x])
    scored = located._replace(score=located.score / 255 + 0.5)
    return scored.peaks((np.where(inner, dx, -0.5), np.where(inner, dy, -0.5), inner))


DECODER = Decoder("megvii", megvii, "Chen et al. 2018 (CPN); mmpose 1.3.2 MegviiHeatmap.decode")
