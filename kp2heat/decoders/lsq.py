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
from numpy.typing import NDArray

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


AGREES = 0.02
"""How far a cell's logarithm may lie from a blob's plane and still be its own: float16 rounds by 0.0005, uint8
by 0.02 at a fifth of the peak."""


def steps(
    maps: Maps,
    which: Indices,
    x: Indices,
    y: Indices,
    level: Level,
    *,
    credible: float = 1.0,
    crowded: bool = False,
) -> Steps:
    """Steps in cells for P peaks at (x, y) of maps[which]; maps (M, H, W).

    Refused where the system is singular or a step over ``credible``: on a label, whose greatest cell is at most
    half a cell away, such a step is another blob's doing. ``crowded``: maps hold several blobs merged by their
    maximum, so that some cells of a window are another's; they are found by ``own_cells`` and left out.
    """
    half = half_width(level.sigma)
    values = window(maps, which, x, y, half)
    peak = values[:, half, half].copy()
    with np.errstate(divide="ignore", invalid="ignore"):
        values /= peak[:, None, None]
        used = values > 0
        values[~used] = 1
        logs = np.log(values)
    reach = np.arange(-half, half + 1.0)
    logs += (reach[:, None] ** 2 + reach**2) / (2 * level.sigma**2)
    weights = np.where(used, values * values, 0)
    if crowded:
        weights = weights * own_cells(logs, weights, np.log(peak), level.sigma)
    return slopes(logs, weights, level.sigma, credible)


def own_cells(logs: Floats, weights: Floats, peak: Floats, sigma: float) -> NDArray[np.bool_]:
    """(P, n, n): cells on this blob's own plane, in windows of maps that merge several blobs by maximum.

    The peak's cell is the blob's own, and of its two neighbours on an axis at least one, else it would be no
    peak of a blob this wide: so its slope is one of two an axis, and its plane one of four. A blob of peak 1
    also says how far it is from its greatest cell, d^2 = -2 sigma^2 log h: the plane that agrees with that is
    taken, and where none does (another amplitude), the one that most cells agree with.
    """
    half = logs.shape[1] // 2
    reach = np.arange(-half, half + 1.0)
    middle = logs[:, half, half]
    across = [logs[:, half, half + 1] - middle, middle - logs[:, half, half - 1]]
    down = [logs[:, half + 1, half] - middle, middle - logs[:, half - 1, half]]
    seen_x = [weights[:, half, half + 1] > 0, weights[:, half, half - 1] > 0]
    seen_y = [weights[:, half + 1, half] > 0, weights[:, half - 1, half] > 0]
    best = np.full(len(logs), -np.inf)
    own = weights > 0
    for bx, has_x in zip(across, seen_x, strict=True):
        for by, has_y in zip(down, seen_y, strict=True):
            fitted = middle[:, None, None] + by[:, None, None] * reach[:, None] + bx[:, None, None] * reach
            agree = (np.abs(logs - fitted) < AGREES) & (weights > 0)
            share = (agree * weights).sum(axis=(1, 2)) / weights.sum(axis=(1, 2))
            known = np.abs(sigma**2 * (bx**2 + by**2) / 2 + peak) < AGREES
            score = np.where(has_x & has_y, share + known, -np.inf)
            better = score > best
            best = np.where(better, score, best)
            own = np.where(better[:, None, None], agree, own)
    return own


def moments(weights: Floats) -> Floats:
    """(3, 3, P): the sums of weights (P, n, n) times v^j u^k, u and v counted from the middle."""
    half = weights.shape[1] // 2
    powers = np.arange(-half, half + 1.0) ** np.arange(3)[:, None]
    return np.asarray(np.einsum("kpy,jy->jkp", np.einsum("pyx,kx->kpy", weights, powers), powers))


def plane(logs: Floats, weights: Floats) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """a, bx, by (P,) of the weighted planes a + bx u + by v through logs (P, n, n), and where there is one."""
    w, z = moments(weights), moments(weights * logs)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_x, mean_y, level = w[0, 1] / w[0, 0], w[1, 0] / w[0, 0], z[0, 0] / w[0, 0]
        xx, yy = w[0, 2] - w[0, 1] * mean_x, w[2, 0] - w[1, 0] * mean_y
        xy = w[1, 1] - w[0, 1] * mean_y
        xz, yz = z[0, 1] - w[0, 1] * level, z[1, 0] - w[1, 0] * level
        flat_x, flat_y = xx <= 0, yy <= 0
        xx, yy = np.where(flat_x, 1, xx), np.where(flat_y, 1, yy)
        det = xx * yy - xy * xy
        bx, by = (yy * xz - xy * yz) / det, (xx * yz - xy * xz) / det
        solvable = (det > SINGULAR * xx * yy) & ~(flat_x & flat_y)
        return level - bx * mean_x - by * mean_y, bx, by, solvable


def slopes(logs: Floats, weights: Floats, sigma: float, credible: float = 1.0) -> Steps:
    """The step to the top of each fitted Gaussian: sigma^2 (bx, by)."""
    _, bx, by, solvable = plane(logs, weights)
    scale = sigma * sigma
    return bounded(scale * bx, scale * by, solvable, credible)


def decode(planes: Planes, level: Level, *, top: int = 1, threshold: float = 0.0) -> Peaks:
    """The decoder: integer peaks and their fitted steps."""
    found = locate(planes["heatmaps"], top, threshold)
    return found.peaks(steps(stack(planes), found.which, found.x, found.y, level, crowded=top > 1))


DECODER = Decoder(
    "lsq",
    decode,
    "weighted least squares on the log map, sigma known, after Guo 2011; exact on clean maps",
    COMMON,
    halves=True,
)
