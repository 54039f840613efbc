"""Where the peaks of a map are, to the cell; the sub-cell steps of the other files start from here.

A peak is a value above the threshold (0). Maps without one (empty, negative, all NaN) have no peak in any
decoder: xy NaN, score 0. NaN cells count as -inf.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from kp2heat.arrays import Floats, Ints
from kp2heat.compiled import loops
from kp2heat.contracts import Level, Planes
from kp2heat.decoders.refinement.peak_cells import Maps, PeakCells, Steps, stack, words
from kp2heat.decoders.refinement.plateaus import plateau_middles
from kp2heat.peaks import Peaks


def locate(
    heatmaps: Maps, top: int = 1, threshold: float = 0.0, plateau: Literal["middle", "first"] = "middle"
) -> PeakCells:
    """Integer peaks of (N, K, H, W) maps.

    top = 1: the greatest value of each map, the first in row-major order on a tie; of a plateau the middle cell,
    or the first where the plateau may belong to several people, as the discs of location refinement may.
    top = P > 1: the best P local maxima of each map over 3x3 cells, best first; a plateau counts once, at its
    first cell.
    """
    maps = stack(heatmaps)
    (n, k), width = heatmaps.shape[:2], maps.shape[2]
    if top == 1 and (cells := _by_loops(maps, threshold, plateau)) is not None:
        return PeakCells(maps, *cells, cells[0], (n, k))
    if top == 1:
        which, cell, score = _greatest(maps, threshold)
        if plateau == "middle":
            cell = plateau_middles(maps, which, cell)
        slot = which
    else:
        which, cell, score, rank = _local(maps, top, threshold)
        slot = which * top + rank
    shape = (n, k) if top == 1 else (n, k, top)
    return PeakCells(maps, which, cell % width, cell // width, score, slot, shape)


def _by_loops(maps: Maps, threshold: float, plateau: str) -> tuple[Ints, Ints, Ints, Floats] | None:
    """Return map, x, y and score of each peak; None where NumPy is to look: without loops, at NaN, and at infinity."""
    compiled, cells = loops(), words(maps)
    if compiled is None or cells is None or not maps.size:
        return None
    count, height, width = maps.shape
    (which, x, y), score = np.empty((3, count), np.int64), np.empty(count)
    bits = maps.reshape(count, height * width).view(f"i{maps.itemsize}")
    values = bits if maps.dtype == np.float16 else maps.reshape(count, height * width)
    middle = plateau == "middle"
    peaks = compiled.peak_cells(bits, values, width, threshold, middle, which, x, y, score)
    return None if peaks < 0 else (which[:peaks], x[:peaks], y[:peaks], score[:peaks])


def _greatest(maps: Maps, threshold: float) -> tuple[Ints, Ints, Floats]:
    """Find the greatest cell of each map, where it is above the threshold, which is 0 or more.

    A map whose greatest is negative has no peak, whichever cell the integers of ``_first_greatest`` take.
    """
    flat = maps.reshape(len(maps), maps.shape[1] * maps.shape[2])
    cell, greatest = _first_greatest(flat)
    score = greatest.astype(np.float64)
    odd = np.flatnonzero(~np.isfinite(score))
    if len(odd):
        values = _numbers(flat[odd])
        cell[odd] = values.argmax(axis=1)
        score[odd] = np.where(np.isfinite(values).any(axis=1), values.max(axis=1), -np.inf)
    which = np.flatnonzero(score > threshold)
    return which, cell[which], score[which]


def _first_greatest(flat: Maps) -> tuple[Ints, Maps]:
    """Return (M, n) -> the first greatest of each row: its place and itself, (M,) each.

    Floats that are not negative are ordered as the integers of their bits, which are faster to compare, halves
    30 times as fast.
    """
    words = flat.view(f"i{flat.itemsize}") if flat.dtype in (np.float16, np.float32) else flat
    cell = np.asarray(words.argmax(axis=1))
    return cell, flat[np.arange(len(flat)), cell]


def _local(maps: Maps, top: int, threshold: float) -> tuple[Ints, Ints, Floats, Ints]:
    count, height, width = maps.shape
    values = np.full((count, height + 2, width + 2), -np.inf, np.result_type(maps, np.float32))
    values[:, 1:-1, 1:-1] = _numbers(maps)
    middle = values[:, 1:-1, 1:-1]
    peak = middle > np.float64(threshold)
    for place in range(9):
        row, column = divmod(place, 3)
        other = values[:, row : row + height, column : column + width]
        if place != 4:
            peak &= middle > other if place < 4 else middle >= other
    which, cell = np.nonzero(peak.reshape(count, height * width))
    score = middle[peak].astype(np.float64)
    order = np.lexsort((cell, -score, which))
    which, cell, score = which[order], cell[order], score[order]
    rank = np.arange(len(which)) - np.searchsorted(which, which)
    keep = rank < top
    return which[keep], cell[keep], score[keep], rank[keep]


def _numbers(values: Maps) -> Maps:
    return np.where(np.isnan(values), -np.inf, values)


def stepped(
    planes: Planes,
    level: Level,
    steps: Callable[[PeakCells, Level], Steps],
    top: int = 1,
    threshold: float = 0.0,
    *,
    sigma: float | None = None,
) -> Peaks:
    """Return the integer peaks of the heatmaps moved by ``steps``; sigma: as of ``peaks``."""
    located = locate(planes["heatmaps"], top, threshold)
    return located.peaks(located.stepped(steps, level), sigma)
