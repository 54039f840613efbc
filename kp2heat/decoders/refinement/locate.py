"""Where the peaks of a map are, to the cell; the sub-cell steps of the other files start from here.

A peak is a value above the threshold (0). Maps without one (empty, negative, all NaN) have no peak in any
decoder: xy NaN, score 0. NaN cells count as -inf.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.compiled import loops
from kp2heat.contracts import Level, Planes
from kp2heat.decoders.refinement.plateaus import plateau_middles
from kp2heat.peaks import Peaks

Maps = NDArray[Any]
Steps = tuple[Floats, Floats, Bools]
"""dx (P,), dy (P,) in cells, refined (P,): what a sub-cell method answers for P peaks."""

PART = 4096
"""Peaks at a time."""
STRETCH = 1.01
"""How much longer than credible a step may be: a centre rounded to the cell behind the last is one cell away."""


class PeakCells(NamedTuple):
    """P integer peaks in the maps of a batch.

    which   (P,) the map, an index into (N K, H, W)
    x, y    (P,) the cell
    score   (P,) float64, the map's value there
    slot    (P,) the place in the flattened answer
    shape   of the answer: (N, K), or (N, K, top)
    """

    which: Ints
    x: Ints
    y: Ints
    score: Floats
    slot: Ints
    shape: tuple[int, ...]

    def peaks(self, steps: Steps, sigma: float | None = None) -> Peaks:
        """Return the answer: cells plus steps, NaN and 0 where there is no peak.

        sigma in cells: the score is the value of a blob of that width at its centre, not at the nearest cell.
        """
        dx, dy, taken = steps
        score = self.score if sigma is None else self.score / _share_at_cell(dx, dy, sigma)
        xy = np.empty((len(dx), 2))
        np.add(self.x, dx, out=xy[:, 0])
        np.add(self.y, dy, out=xy[:, 1])
        count = math.prod(self.shape)
        if len(xy) < count:
            xy, score, taken = (
                self._filled(values, blank, count)
                for values, blank in ((xy, np.nan), (score, 0.0), (taken, False))
            )
        shape = self.shape
        return Peaks(xy.reshape(*shape, 2), score.reshape(shape), taken.reshape(shape), "cell")

    def unrefined(self) -> Peaks:
        """Return the cells themselves as the answer."""
        still = np.zeros(len(self.x))
        return self.peaks((still, still, still > 0))

    def _filled(self, values: NDArray[Any], blank: float, count: int) -> NDArray[Any]:
        """Return the values of the peaks in their slots of ``count``, and ``blank`` in the others."""
        out = np.full((count, *values.shape[1:]), blank, values.dtype)
        out[self.slot] = values
        return out


def _share_at_cell(dx: Floats, dy: Floats, sigma: float) -> Floats:
    """Return what a blob's greatest cell, at most half a cell away on each axis, has of its peak."""
    u, v = np.minimum(np.abs(dx), 0.5), np.minimum(np.abs(dy), 0.5)
    return np.asarray(np.exp((u * u + v * v) / (-2 * sigma * sigma)))


def locate(
    heatmaps: Maps, top: int = 1, threshold: float = 0.0, plateau: Literal["middle", "first"] = "middle"
) -> PeakCells:
    """Integer peaks of (N, K, H, W) maps.

    top = 1: the greatest value of each map, the first in row-major order on a tie; of a plateau the middle cell,
    or the first where the plateau may belong to several people, as the discs of location refinement may.
    top = P > 1: the best P local maxima of each map over 3x3 cells, best first; a plateau counts once, at its
    first cell.
    """
    n, k, height, width = heatmaps.shape
    maps = heatmaps.reshape(n * k, height, width)
    if top == 1 and (cells := _by_loops(maps, threshold, plateau)) is not None:
        which, x, y, score = cells
        return PeakCells(which, x, y, score, which, (n, k))
    if top == 1:
        which, cell, score = _greatest(maps, threshold)
        if plateau == "middle":
            cell = plateau_middles(maps, which, cell)
        slot = which
    else:
        which, cell, score, rank = _local(maps, top, threshold)
        slot = which * top + rank
    shape = (n, k) if top == 1 else (n, k, top)
    return PeakCells(which, cell % width, cell // width, score, slot, shape)


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
    steps: Callable[..., Steps],
    top: int = 1,
    threshold: float = 0.0,
    *,
    sigma: float | None = None,
) -> Peaks:
    """Return the integer peaks of the heatmaps moved by ``steps(maps, which, x, y, level)``; sigma: as of ``peaks``."""
    located = locate(planes["heatmaps"], top, threshold)
    return located.peaks(steps(stack(planes), located.which, located.x, located.y, level), sigma)


def stack(planes: Planes) -> Maps:
    """Return the heatmaps (N, K, H, W) as one stack (N K, H, W), C order."""
    n, k, height, width = planes["heatmaps"].shape
    return np.ascontiguousarray(planes["heatmaps"]).reshape(n * k, height, width)


def window(maps: Maps, which: Ints, x: Ints, y: Ints, half: int) -> Floats:
    """Return (P, n, n) float64 cells round each peak, n = 2 half + 1; 0 beyond the map's sides."""
    compiled, cells = loops(), words(maps)
    if compiled is not None and cells is not None:
        out = np.empty((len(which), 2 * half + 1, 2 * half + 1))
        compiled.around(cells, which, x, y, out)
        return out
    _, height, width = maps.shape
    if ((x >= half) & (x < width - half) & (y >= half) & (y < height - half)).all() and len(x):
        every = sliding_window_view(maps, (2 * half + 1, 2 * half + 1), axis=(1, 2))
        return np.asarray(every[which, y - half, x - half], np.float64)
    reach = np.arange(-half, half + 1)
    rows, columns = y[:, None] + reach, x[:, None] + reach
    row_in = (rows >= 0) & (rows < height)
    column_in = (columns >= 0) & (columns < width)
    start = (which[:, None] * height + np.clip(rows, 0, height - 1)) * width
    places = start[:, :, None] + np.clip(columns, 0, width - 1)[:, None, :]
    values: Floats = maps.reshape(-1).take(places, mode="clip").astype(np.float64, copy=False)
    if not (row_in.all() and column_in.all()):
        values[~(row_in[:, :, None] & column_in[:, None, :])] = 0
    return values


def words(maps: Maps) -> Maps | None:
    """Return (M, H, W) maps as the compiled loops take them: float32, or the integers of halves' bits; else None."""
    if not maps.flags.c_contiguous or maps.dtype not in (np.float16, np.float32):
        return None
    return maps.view(np.uint16) if maps.dtype == np.float16 else maps


def by_parts(steps: Callable[[slice], Steps], count: int) -> Steps:
    """Compute the steps of ``count`` peaks, some at a time, so that their windows stay in the cache of one core."""
    if count <= PART:
        return steps(slice(None))
    some = [steps(slice(start, start + PART)) for start in range(0, count, PART)]
    dx, dy, taken = (np.concatenate(column) for column in zip(*some, strict=True))
    return dx, dy, taken


def bounded(dx: Floats, dy: Floats, possible: Bools, credible: float = 1.0) -> Steps:
    """Return steps of at most ``credible`` cells per axis; none, and not refined, where one is longer or not ``possible``."""
    with np.errstate(invalid="ignore"):
        taken = possible & (np.abs(dx) <= STRETCH * credible) & (np.abs(dy) <= STRETCH * credible)
        steps = np.where(taken, np.clip([dx, dy], -credible, credible), 0.0)
    return steps[0], steps[1], taken
