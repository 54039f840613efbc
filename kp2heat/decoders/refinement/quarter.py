"""Steps of a quarter cell: by the sign of the neighbours' difference, or towards the second maximum."""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement import published
from kp2heat.decoders.refinement.locate import stepped
from kp2heat.decoders.refinement.peak_cells import Maps, PeakCells, Steps, bounded
from kp2heat.peaks import Peaks

STEP = 0.25


def quarter_steps(at: PeakCells, _level: Level) -> Steps:
    """Move x and y each by 0.25 cell towards the larger neighbour; none on an axis where one is missing.

    The rule of HRNet's ``get_final_preds``, which leaves out two cells at every side, taken wherever both
    neighbours exist. ``refined`` says that some axis had both.
    """
    (which, x, y), (_, height, width) = at.place, at.maps.shape
    wide, high = (x > 0) & (x < width - 1), (y > 0) & (y < height - 1)
    right, left = np.where(wide, x + 1, x), np.where(wide, x - 1, x)
    below, above = np.where(high, y + 1, y), np.where(high, y - 1, y)
    dx = STEP * _sign(at.maps[which, y, right], at.maps[which, y, left])
    dy = STEP * _sign(at.maps[which, below, x], at.maps[which, above, x])
    return dx, dy, wide | high


def _sign(ahead: Maps, behind: Maps) -> Floats:
    """Return the sign of ahead - behind without subtracting: unsigned maps would wrap; NaN gives 0."""
    return (ahead > behind).astype(np.float64) - (ahead < behind)


def standard_steps(at: PeakCells, _level: Level) -> Steps:
    """Return p + 0.25 (s - m) / |s - m|, from the maximum m towards the second maximum s of the whole map.

    Newell, Yang and Deng, "Stacked hourglass networks", 2016, in the form of Zhang et al., "Distribution-aware
    coordinate representation" (DARK), 2020, section 3.1. No step where nothing else in the map is above 0.
    """
    (which, x, y), (_, height, width) = at.place, at.maps.shape
    others = at.maps[which].reshape(len(which), height * width)
    rows = np.arange(len(which))
    others[rows, y * width + x] = 0
    others[np.isnan(others)] = 0
    second = others.argmax(axis=1)
    u, v = (second % width - x).astype(np.float64), (second // width - y).astype(np.float64)
    far = np.hypot(u, v)
    some = (others[rows, second] > 0) & (far > 0)
    scale = STEP / np.where(some, far, 1)
    return bounded(u * scale, v * scale, some)


def quarter(
    planes: Planes,
    level: Level,
    *,
    top: int = 1,
    threshold: float = 0.0,
    literal: bool = False,
    rule: str = "hrnet",
) -> Peaks:
    """Return integer peaks a quarter cell nearer to the larger neighbour; ``literal``: as HRNet or mmpose, by ``rule``.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32))
    >>> kp2heat.decode(planes, method="quarter", input_size=(96, 128)).xy.round(1).tolist()
    [[[30.5, 52.5]]]
    """
    if literal:
        return published.quarter(planes["heatmaps"], rule)
    return stepped(planes, level, quarter_steps, top, threshold)


def standard(planes: Planes, level: Level, *, top: int = 1, threshold: float = 0.0) -> Peaks:
    """Return integer peaks a quarter cell nearer to the second maximum.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32))
    >>> kp2heat.decode(planes, method="standard", input_size=(96, 128)).xy.round(1).tolist()
    [[[30.5, 53.5]]]
    """
    return stepped(planes, level, standard_steps, top, threshold)


STANDARD = Decoder(
    "standard",
    standard,
    "a quarter cell towards the second maximum: Newell et al. 2016, as in DARK section 3.1",
)
QUARTER = Decoder("quarter", quarter, "a quarter cell towards the larger neighbour: HRNet get_final_preds")
