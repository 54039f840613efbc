"""``nms``: every peak of a map by the rules that multi-person systems find them with.

=========  ==========================================================  ==========================================
rule       a cell is a peak if it exceeds the threshold and            position, source
=========  ==========================================================  ==========================================
openpose   it exceeds its 8 neighbours (equals count in the second     centroid of the 7x7 cells round it;
           and last but one row and column; the outermost are out)     OpenPose nmsBase.cpp
matlab     it exceeds its 4 neighbours, 0 outside                      the cell; ZheC applyModel.m findPeaks
demo       blurred by sigma 3, it is no less than its 4 neighbours;    the cell; the Python demo of the same
           the score is the unblurred value
maxpool    it is no less than its 8 neighbours                         the cell; CenterNet decode.py, CPM demo
=========  ==========================================================  ==========================================

They are the published rules as they are. ``lsq`` with ``top`` finds several people to a fraction of a cell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from kp2heat.arrays import Bools
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement.moments import mean
from kp2heat.decoders.refinement.peak_cells import Maps, PeakCells, Steps, stack, window
from kp2heat.decoders.refinement.taylor import blur
from kp2heat.errors import check_choice
from kp2heat.peaks import Peaks

CENTROID = 3
"""Half-width of OpenPose's centroid window, cells."""
DEMO_SIGMA, DEMO_REACH = 3.0, 12
"""scipy's gaussian_filter: cut at 4 sigma, cells mirrored beyond the sides."""
FOUR = ((0, 1), (1, 0), (1, 2), (2, 1))
EIGHT = tuple((row, column) for row in range(3) for column in range(3) if (row, column) != (1, 1))


def _neighbours(maps: Maps, outside: float, which: tuple[tuple[int, int], ...]) -> list[Maps]:
    """Return each neighbour's value at every cell, ``outside`` beyond the sides."""
    _, height, width = maps.shape
    wide = np.pad(maps, ((0, 0), (1, 1), (1, 1)), constant_values=outside)
    return [wide[:, row : row + height, column : column + width] for row, column in which]


def _openpose(maps: Maps, threshold: float) -> Bools:
    others = np.maximum.reduce(_neighbours(maps, threshold, EIGHT))
    _, height, width = maps.shape
    x, y = np.arange(width), np.arange(height)[:, None]
    inner = (x > 1) & (x < width - 2) & (y > 1) & (y < height - 2)
    ring = (x == 1) | (x == width - 2) | (y == 1) | (y == height - 2)
    return np.asarray((maps > threshold) & ((inner & (maps > others)) | (ring & (maps >= others))))


def _matlab(maps: Maps, threshold: float) -> Bools:
    kept = np.where(maps < threshold, 0, maps)
    return np.asarray(kept > np.maximum.reduce(_neighbours(kept, 0, FOUR)))


def _demo(maps: Maps, threshold: float) -> Bools:
    taps = np.exp(-0.5 * (np.arange(-DEMO_REACH, DEMO_REACH + 1.0) / DEMO_SIGMA) ** 2)
    sides = ((0, 0), (DEMO_REACH, DEMO_REACH), (DEMO_REACH, DEMO_REACH))
    smooth = blur(np.pad(maps.astype(np.float64), sides, mode="symmetric"), taps / taps.sum())
    others = np.maximum.reduce(_neighbours(smooth, 0, FOUR))
    return np.asarray((smooth >= others) & (smooth > threshold))


def _maxpool(maps: Maps, threshold: float) -> Bools:
    others = np.maximum.reduce(_neighbours(maps, -np.inf, EIGHT))
    return np.asarray((maps >= others) & (maps > threshold))


RULES: Mapping[str, Callable[[Maps, float], Bools]] = {
    "openpose": _openpose,
    "matlab": _matlab,
    "demo": _demo,
    "maxpool": _maxpool,
}


def peak_cells(heatmaps: Maps, rule: str, threshold: float, top: int) -> PeakCells:
    """Find the best ``top`` peaks of each of (N, K, H, W) maps, best first; SpecError on an unknown rule."""
    check_choice("rule", rule, RULES)
    (n, k), maps = heatmaps.shape[:2], stack(heatmaps)
    which, y, x = np.nonzero(RULES[rule](maps, threshold))
    score = maps[which, y, x].astype(np.float64)
    order = np.lexsort((-score, which))
    rank = np.arange(len(which)) - np.searchsorted(which, which)
    order, rank = order[rank < top], rank[rank < top]
    shape = (n, k) if top == 1 else (n, k, top)
    which, x, y = (column[order] for column in (which, x, y))
    return PeakCells(maps, which, x, y, score[order], which * top + rank, shape)


def centroid_steps(at: PeakCells) -> Steps:
    """Return steps to the mean of the 7x7 cells round each peak, weighted with their positive values."""
    u, v = mean(np.maximum(window(at, CENTROID), 0))
    return u - CENTROID, v - CENTROID, np.ones(len(u), bool)


def nms(
    planes: Planes, _level: Level, *, rule: str = "openpose", top: int = 1, threshold: float = 0.05
) -> Peaks:
    """Return the peaks of heatmaps (N, K, H, W): (N, K), or (N, K, top) best first.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32))
    >>> kp2heat.decode(planes, method="nms", input_size=(96, 128)).xy.round(1).tolist()
    [[[31.1, 52.9]]]
    """
    located = peak_cells(planes["heatmaps"], rule, threshold, top)
    if rule == "openpose":
        return located.peaks(centroid_steps(located))
    return located.unrefined()


DECODER = Decoder(
    "nms", nms, "Cao et al. 2017 and its ports: peaks by 8 or 4 neighbours; OpenPose nmsBase.cpp"
)
