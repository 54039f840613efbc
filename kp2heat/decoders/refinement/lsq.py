"""``lsq``: the known Gaussian fitted to the logarithm of the map by weighted least squares.

With (u, v) the cell relative to the integer peak, a Gaussian of known sigma centred at (dx, dy) obeys

    log h + (u^2 + v^2) / (2 sigma^2)  =  a + bx u + by v,      (dx, dy) = sigma^2 (bx, by),

which is linear, so one 3x3 system a peak gives the centre, exactly on a clean map and at any cell of it:
a side only takes cells away. The weights h^2 are the inverse variance of log h under white noise (the
weighting of Guo, "A simple algorithm for fitting a Gaussian function", IEEE Signal Processing Magazine
28(5), 2011, here with the width known). Cells h <= 0 say nothing and are left out.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.compiled import loops
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement.locate import stepped
from kp2heat.decoders.refinement.peak_cells import STRETCH, PeakCells, Steps, bounded, window, words
from kp2heat.peaks import Peaks

REACH = 1.5
"""Half-width of the window in sigmas, rounded up to whole cells and at least 2."""

SINGULAR = 1e-12
"""Determinant, relative to the product of the diagonal, below which the cells lie on a line."""


def half_width(sigma: float) -> int:
    """Return cells from the peak to the window's side."""
    return max(2, int(np.ceil(REACH * sigma)))


AGREES = 0.02
"""How far a cell's logarithm may lie from a blob's plane and still be its own: float16 rounds by 0.0005, uint8
by 0.02 at a fifth of the peak."""


def steps(at: PeakCells, level: Level, *, credible: float = 1.0, crowded: bool = False) -> Steps:
    """Return steps in cells for P peaks.

    Refused where the system is singular or a step over ``credible``: on a label, whose greatest cell is at most
    half a cell away, such a step is another blob's doing. ``crowded``: maps hold several blobs merged by their
    maximum, so that some cells of a window are another's; they are found by ``own_cells`` and left out.
    """
    half = half_width(level.sigma)
    reach = np.arange(-half, half + 1.0)
    values, weights = shares(at, half)
    logs = np.log(values, out=values)
    logs += (reach[:, None] ** 2 + reach**2) / (2 * level.sigma**2)
    if crowded:
        weights *= own_cells(logs, weights, np.log(at.score), level.sigma)
    return climbed(weights, logs, level.sigma * level.sigma, credible)


def shares(at: PeakCells, half: int) -> tuple[Floats, Floats]:
    """Return (P, n, n) cells round each peak as shares of it, and their squares; 1 and 0 where not above 0."""
    compiled, cells = loops(), words(at.maps)
    if compiled is not None and cells is not None:
        values = np.empty((len(at.x), 2 * half + 1, 2 * half + 1))
        squares = np.empty_like(values)
        compiled.shares(cells, *at.place, values, squares)
        return values, squares
    values = window(at, half)
    with np.errstate(divide="ignore", invalid="ignore"):
        values /= values[:, half, half][:, None, None].copy()
        used = values > 0
        values[~used] = 1
    return values, np.where(used, values * values, 0)


def own_cells(logs: Floats, weights: Floats, peak: Floats, sigma: float) -> Bools:
    """Return (P, n, n): cells on this blob's own plane, in windows of maps that merge several blobs by maximum.

    The peak's cell is the blob's own, and of its two neighbours on an axis at least one, else it would be no
    peak of a blob this wide: so its slope is one of two per axis, and its plane one of four. A blob of peak 1
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
    trusted = weights > 0
    for bx, has_x in zip(across, seen_x, strict=True):
        for by, has_y in zip(down, seen_y, strict=True):
            fitted = middle[:, None, None] + by[:, None, None] * reach[:, None] + bx[:, None, None] * reach
            agree = (np.abs(logs - fitted) < AGREES) & (weights > 0)
            share = (agree * weights).sum(axis=(1, 2)) / weights.sum(axis=(1, 2))
            known = np.abs(sigma**2 * (bx**2 + by**2) / 2 + peak) < AGREES
            score = np.where(has_x & has_y, share + known, -np.inf)
            better = score > best
            best = np.where(better, score, best)
            trusted = np.where(better[:, None, None], agree, trusted)
    return trusted


def climbed(weights: Floats, logs: Floats, scale: float, credible: float) -> Steps:
    """Return steps: ``scale`` times the slopes of weighted planes through windows of logs (P, n, n), ``bounded``."""
    compiled = loops()
    if compiled is None:
        bx, by, solvable = slopes(moments(weights, logs))
        return bounded(scale * bx, scale * by, solvable, credible)
    (dx, dy), taken = np.empty((2, len(weights))), np.empty(len(weights), bool)
    compiled.climbed(weights, logs, scale, credible, STRETCH, SINGULAR, dx, dy, taken)
    return dx, dy, taken


def moments(weights: Floats, logs: Floats) -> Floats:
    """Return (9, P): w, wu, wuu, wv, wuv, wvv, z, zu and zv, summed over windows (P, n, n).

    w are the weights and z the weights times the logs; u and v, counted from the middle, multiply them. They are summed
    cell by cell, row by row, whatever P: the bits do not depend on the batch.
    """
    half = weights.shape[1] // 2
    w, z = (np.ascontiguousarray(values.transpose(1, 2, 0)) for values in (weights, weights * logs))
    rows, sums = np.zeros((5, *w.shape[1:])), np.zeros((9, w.shape[2]))
    for k in range(len(w)):
        u = float(k - half)
        for row, term in zip(
            rows, (w[:, k], u * w[:, k], u * u * w[:, k], z[:, k], u * z[:, k]), strict=True
        ):
            row += term
    for j, (r0, r1, r2, s0, s1) in enumerate(rows.transpose(1, 0, 2)):
        v = float(j - half)
        for total, term in zip(sums, (r0, r1, r2, v * r0, v * r1, v * v * r0, s0, s1, v * s0), strict=True):
            total += term
    return sums


def slopes(sums: Floats) -> Steps:
    """Return bx, by (P,) of the weighted planes a + bx u + by v through the logs of ``moments``, and where there is one."""
    w, wu, wuu, wv, wuv, wvv, z, zu, zv = sums
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_x, mean_y, level = wu / w, wv / w, z / w
        xx, yy = wuu - wu * mean_x, wvv - wv * mean_y
        xy = wuv - wu * mean_y
        xz, yz = zu - wu * level, zv - wv * level
        flat_x, flat_y = xx <= 0, yy <= 0
        xx, yy = np.where(flat_x, 1, xx), np.where(flat_y, 1, yy)
        det = xx * yy - xy * xy
        bx, by = (yy * xz - xy * yz) / det, (xx * yz - xy * xz) / det
        return bx, by, (det > SINGULAR * xx * yy) & ~(flat_x & flat_y)


def decode(planes: Planes, level: Level, *, top: int = 1, threshold: float = 0.0) -> Peaks:
    """Return integer peaks and a step to the known Gaussian, fitted to the log map by weighted least squares.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32))
    >>> kp2heat.decode(planes, method="lsq", input_size=(96, 128)).xy.round(1).tolist()
    [[[31.3, 52.8]]]
    """
    return stepped(planes, level, partial(steps, crowded=top > 1), top, threshold, sigma=level.sigma)


DECODER = Decoder(
    "lsq",
    decode,
    "weighted least squares on the log map, sigma known, after Guo 2011; exact on clean maps",
    accepts_float16=True,
)
