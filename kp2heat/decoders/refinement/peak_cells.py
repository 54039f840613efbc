"""Peaks to the cell: the cells round them, and the steps from there that make an answer."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.compiled import loops
from kp2heat.contracts import Level
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

    maps    (M, H, W), M = N K, C order
    which   (P,) the map of each peak
    x, y    (P,) its cell
    score   (P,) float64, the map's value there
    slot    (P,) its place in the flattened answer
    shape   of the answer: (N, K), or (N, K, top)
    """

    maps: Maps
    which: Ints
    x: Ints
    y: Ints
    score: Floats
    slot: Ints
    shape: tuple[int, ...]

    @property
    def place(self) -> tuple[Ints, Ints, Ints]:
        """The map, column and row of each peak."""
        return self.which, self.x, self.y

    def take(self, rows: Ints | Bools | slice) -> PeakCells:
        """Return some of the peaks."""
        which, x, y = (column[rows] for column in self.place)
        return PeakCells(self.maps, which, x, y, self.score[rows], self.slot[rows], self.shape)

    def on_map(self, half: int) -> tuple[Bools, Bools]:
        """Return which columns and which rows (P, n) of the windows of ``half`` cells to each side lie on the map."""
        reach, (height, width) = np.arange(-half, half + 1), self.maps.shape[1:]
        columns, rows = self.x[:, None] + reach, self.y[:, None] + reach
        return (columns >= 0) & (columns < width), (rows >= 0) & (rows < height)

    def stepped(self, steps: Callable[[PeakCells, Level], Steps], level: Level) -> Steps:
        """Return ``steps`` of all peaks, some at a time, so that their windows stay in the cache of one core."""
        if len(self.x) <= PART:
            return steps(self, level)
        some = [steps(self.take(slice(i, i + PART)), level) for i in range(0, len(self.x), PART)]
        dx, dy, taken = (np.concatenate(column) for column in zip(*some, strict=True))
        return dx, dy, taken

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

    def moved_to(self, x: Floats, y: Floats) -> Peaks:
        """Return these places (P,) as the answer of peaks in all maps."""
        xy, score = np.stack([x, y], axis=-1), self.score.reshape(self.shape)
        return Peaks(xy.reshape(*self.shape, 2), score, np.ones(self.shape, bool), "cell")

    def _filled(self, values: NDArray[Any], blank: float, count: int) -> NDArray[Any]:
        """Return the values of the peaks in their slots of ``count``, and ``blank`` in the others."""
        out = np.full((count, *values.shape[1:]), blank, values.dtype)
        out[self.slot] = values
        return out


def _share_at_cell(dx: Floats, dy: Floats, sigma: float) -> Floats:
    """Return what a blob's greatest cell, at most half a cell away on each axis, has of its peak."""
    u, v = np.minimum(np.abs(dx), 0.5), np.minimum(np.abs(dy), 0.5)
    return np.asarray(np.exp((u * u + v * v) / (-2 * sigma * sigma)))


def stack(heatmaps: Maps) -> Maps:
    """Return maps (N, K, H, W) as one stack (N K, H, W), C order."""
    n, k, height, width = heatmaps.shape
    return np.ascontiguousarray(heatmaps).reshape(n * k, height, width)


def window(at: PeakCells, half: int) -> Floats:
    """Return (P, n, n) float64 cells round each peak, n = 2 half + 1; 0 beyond the map's sides."""
    compiled, cells = loops(), words(at.maps)
    if compiled is not None and cells is not None:
        out = np.empty((len(at.x), 2 * half + 1, 2 * half + 1))
        compiled.around(cells, *at.place, out)
        return out
    which, x, y = at.place
    _, height, width = at.maps.shape
    column_in, row_in = at.on_map(half)
    inside = column_in.all() and row_in.all()
    if inside and len(x):
        every = sliding_window_view(at.maps, (2 * half + 1, 2 * half + 1), axis=(1, 2))
        return np.asarray(every[which, y - half, x - half], np.float64)
    reach = np.arange(-half, half + 1)
    rows, columns = np.clip(y[:, None] + reach, 0, height - 1), np.clip(x[:, None] + reach, 0, width - 1)
    places = ((which[:, None] * height + rows) * width)[:, :, None] + columns[:, None, :]
    values: Floats = at.maps.reshape(-1).take(places, mode="clip").astype(np.float64, copy=False)
    if not inside:
        values[~(row_in[:, :, None] & column_in[:, None, :])] = 0
    return values


def words(maps: Maps) -> Maps | None:
    """Return (M, H, W) maps as the compiled loops take them: float32, or the integers of halves' bits; else None."""
    if not maps.flags.c_contiguous or maps.dtype not in (np.float16, np.float32):
        return None
    return maps.view(np.uint16) if maps.dtype == np.float16 else maps


def bounded(dx: Floats, dy: Floats, possible: Bools, credible: float = 1.0) -> Steps:
    """Return steps of at most ``credible`` cells per axis; none, and not refined, where one is longer or not ``possible``."""
    taken = possible & (np.abs(dx) <= STRETCH * credible) & (np.abs(dy) <= STRETCH * credible)
    steps = np.where(taken, np.clip([dx, dy], -credible, credible), 0.0)
    return steps[0], steps[1], taken
