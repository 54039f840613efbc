"""``lsq``: the known Gaussian fitted to the logarithm of the map by weighted least squares.

With (u, v) the cell relative to the integer peak, a Gaussian of known sigma centred at (dx, dy) obeys

    log h + (u^2 + v^2) / (2 sigma^2)  =  a + bx u + by v,      (dx, dy) = sigma^2 (bx, by),

which is linear, so one 3x3 system a peak gives the centre, exactly on a clean map and at any cell of it:
a side only takes cells away. The weights h^2 are the inverse variance of log h under white noise (the
weighting of Guo, "A simple algorithm for fitting a Gaussian function", IEEE Signal Processing Magazine
28(5), 2011, here with the width known). Cells h <= 0 say nothing and are left out.
"""

from __future__ import annotations

import numpy as np

from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.locate import COMMON, Floats, Indices, Maps, Steps, bounded, locate, stack, window
from kp2heat.peaks import Peaks

REACH = 1.5
"""Half-width of the window in sigmas, rounded up to whole cells and at least 2."""

SINGULAR = 1e-12
"""Determinant, relative to the product of the diagonal, below which the cells lie on a line."""


def half_width(sigma: float) -> int:
    """Cells from the peak to the window's side."""
    return max(2, int(np.ceil(REACH * sigma)))


def steps(maps: Maps, which: Indices, x: Indices, y: Indices, level: Level) -> Steps:
    """Steps in cells for P peaks at (x, y) of maps[which]; maps (M, H, W). Refused: singular, or over 1 cell."""
    half = half_width(level.sigma)
    values = window(maps, which, x, y, half)
    with np.errstate(divide="ignore", invalid="ignore"):
        values /= values[:, half, half][:, None, None]
        used = values > 0
        values[~used] = 1
        logs = np.log(values)
    reach = np.arange(-half, half + 1.0)
    logs += (reach[:, None] ** 2 + reach**2) / (2 * level.sigma**2)
    return slopes(logs, np.where(used, values * values, 0), level.sigma)


def slopes(logs: Floats, weights: Floats, sigma: float) -> Steps:
    """Weighted planes a + bx u + by v through logs (P, n, n); the step is sigma^2 (bx, by)."""
    half = logs.shape[1] // 2
    u = np.arange(-half, half + 1.0)
    columns, rows = weights.sum(axis=-2), weights.sum(axis=-1)
    pull = weights * logs
    pull_columns, pull_rows = pull.sum(axis=-2), pull.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        total = rows.sum(axis=-1)
        mean_x, mean_y = (columns * u).sum(axis=-1) / total, (rows * u).sum(axis=-1) / total
        level = pull_rows.sum(axis=-1) / total
        xx = (columns * u * u).sum(axis=-1) - total * mean_x**2
        yy = (rows * u * u).sum(axis=-1) - total * mean_y**2
        xy = ((weights * u).sum(axis=-1) * u).sum(axis=-1) - total * mean_x * mean_y
        xz = (pull_columns * u).sum(axis=-1) - total * mean_x * level
        yz = (pull_rows * u).sum(axis=-1) - total * mean_y * level
        flat_x, flat_y = xx <= 0, yy <= 0
        xx, yy = np.where(flat_x, 1, xx), np.where(flat_y, 1, yy)
        det = xx * yy - xy * xy
        dx, dy = (yy * xz - xy * yz) / det, (xx * yz - xy * xz) / det
        solvable = (det > SINGULAR * xx * yy) & ~(flat_x & flat_y)
    scale = sigma * sigma
    return bounded(scale * dx, scale * dy, solvable)


def decode(planes: Planes, level: Level, *, top: int = 1, threshold: float = 0.0) -> Peaks:
    """The decoder: integer peaks and their fitted steps."""
    found = locate(planes["heatmaps"], top, threshold)
    return found.peaks(steps(stack(planes), found.which, found.x, found.y, level))


DECODER = Decoder(
    "lsq",
    decode,
    "weighted least squares on the log map, sigma known, after Guo 2011; exact on clean maps",
    COMMON,
)
