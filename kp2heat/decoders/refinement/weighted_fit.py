"""``weighted-fit``: a Gaussian of nearly the known sigma, fitted by Gauss-Newton to the cells next to the peak.

What ``auto`` takes for a network's maps. A network's errors are not white noise: its blobs are displaced as a
whole, are broader than the labels, and have tails that say nothing of the joint. So the sum of squares that
``fit`` minimises over its whole window is weighted here, and the blob's width s is found with its place p and
amplitude A under a prior at the labels' sigma:

    sum_c w_c (h_c - A g_c)^2 / A^2  +  PRIOR sigma^2 log(s / sigma)^2,
    g_c = exp(-|c - p|^2 / 2 s^2),   w_c = exp(-|c - m|^2 / 2 (TAU s)^2),

m half way between the integer peak and p.

TAU and PRIOR were chosen on the output of nine networks and on white noise together (README.md): narrower
weights decode MSE networks better still, and lose more to white noise than DARK's step does.

All weights are products of a function of x and one of y, so every sum over cells is one of moments along the
axes. A and then the width are eliminated from each step's linear system (variable projection, Golub and
Pereyra 1973). Where the fit comes to no rest near the peak the step is that of ``dark``, never 0.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.compiled import loops
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement import dark
from kp2heat.decoders.refinement.fit import like_noise
from kp2heat.decoders.refinement.locate import stepped
from kp2heat.decoders.refinement.peak_cells import PeakCells, Steps, window
from kp2heat.decoders.refinement.peak_windows import Windows, descended
from kp2heat.peaks import Peaks

TAU = 1.2
"""Width of the weights, in widths of the fitted blob."""
LEAN = 0.5
"""Where the weights are centred, from the integer peak (0) to the fitted place (1)."""
PRIOR = 0.3
"""Weight of the prior on log(s / sigma): an eighth of that of the blob's own cells."""
REACH = 2.5
"""Half-width of the window in sigmas, rounded up to whole cells and at least ``LEAST``."""
LEAST = 4
ITERATIONS = 60
STILL = 1e-3
"""Cells: a shorter step ends the iteration, which by then gains a digit or more a step."""
STRIDE = 0.7
"""Longest single step, in sigmas: where the model is still nearly linear."""
WIDEN = 0.3
"""Longest single step of log s."""
WIDEST = 1.0
"""Greatest |log(s / sigma)|."""
NOISE = 0.5
"""Correlation of neighbouring residuals below which they are noise; a network's are not white."""
FLAT = 1e-12
"""Share of an axis' second moment below which its cells say nothing of a shift: a map one cell wide."""


def half_width(sigma: float) -> int:
    """Return the cells from the peak to the window's side."""
    return max(LEAST, int(np.ceil(REACH * sigma)))


def fitted(at: PeakCells, sigma: float) -> Floats:
    """Return dx and dy, in cells from the peak, and log s / sigma (3, P) of fitted Gaussians; NaN where there was no rest.

    A peak that has converged is left alone, so no result depends on the others of its batch.
    """
    compiled = loops()
    if compiled is not None:
        return _by_loops(compiled, at, sigma)
    far = max(1.0, sigma)
    bounds, half = np.array([[far], [far], [WIDEST]]), half_width(sigma)
    towards = partial(_step, sigma=sigma)
    place, rested = descended(at, half, towards, bounds, iterations=ITERATIONS, still=STILL)
    place[:, ~rested] = np.nan
    return place


def _by_loops(compiled: Any, at: PeakCells, sigma: float) -> Floats:
    """As ``fitted``, to the same bits."""
    half = half_width(sigma)
    values, size = window(at, half), np.array(at.maps.shape[:0:-1])
    limits = np.array([PRIOR * sigma * sigma, STRIDE, WIDEN, max(1.0, sigma), WIDEST, STILL, FLAT])
    place, moving = np.zeros((3, len(at.x))), np.arange(len(at.x))
    for _ in range(ITERATIONS):
        widths = sigma * np.exp(place[2, moving])
        e = np.empty((len(moving), 4, 2 * half + 1))
        compiled.weighted_exponents(place, moving, widths, TAU, 1 - LEAN, e)
        np.exp(e, out=e)
        moving = moving[: compiled.weighted_steps(values, at.x, at.y, size, e, widths, limits, place, moving)]
        if not len(moving):
            break
    place[:, moving] = np.nan
    return place


def _step(near: Windows, place: Floats, sigma: float) -> Floats:
    """Return the Gauss-Newton step (3, P) from ``place``; NaN where no blob of positive amplitude fits."""
    s = sigma * np.exp(place[2])
    u = near.reach - place[:2, None]
    away = u + (1 - LEAN) * place[:2, None]
    u /= s
    away *= away
    away *= -0.5 / (TAU * s) ** 2
    blob = np.exp(-0.5 * u * u)
    weighted = np.exp(away, out=away)
    weighted *= near.inside
    weighted *= blob
    across, down = _moments(weighted * blob, u)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        sums = _sums(near.values, weighted, u)
        rest = _gradient(sums, across, down)
        stiff = PRIOR * sigma * sigma / (across[0] * down[0])
        rest[2] -= stiff * place[2]
        dx, dy, widening = _solved(rest, across / across[0], down / down[0], stiff)
        steps = np.stack([s * np.clip(dx, -STRIDE, STRIDE), s * np.clip(dy, -STRIDE, STRIDE), widening])
        steps[2] = np.clip(steps[2], -WIDEN, WIDEN)
        return np.where(sums[0] > 0, steps, np.nan)


def _moments(weights: Floats, u: Floats) -> Floats:
    """Return (2, 5, P): sums of weights (2, n, P) times u^0 .. u^4, added up cell by cell."""
    sums = np.empty((2, 5, weights.shape[2]))
    np.add.reduce(weights, axis=1, out=sums[:, 0])
    term = weights * u
    np.add.reduce(term, axis=1, out=sums[:, 1])
    for power in (2, 3, 4):
        term *= u
        np.add.reduce(term, axis=1, out=sums[:, power])
    return sums


def _sums(values: Floats, weighted: Floats, u: Floats) -> Floats:
    """Return (4, P): sums of values (n, n, P) times weighted blobs, alone and times u_x, u_y and u_x^2 + u_y^2."""
    terms = np.empty((3, *u.shape))
    terms[0] = weighted
    np.multiply(weighted, u, out=terms[1])
    np.multiply(terms[1], u, out=terms[2])
    plain, slope, curve = np.einsum("yxp,axp->ayp", values, terms[:, 0])
    flat, steep, bent = terms[:, 1]
    pairs = ((plain, flat), (slope, flat), (plain, steep))
    sums = [np.einsum("yp,yp->p", rows, column) for rows, column in pairs]
    last = np.einsum("yp,yp->p", curve, flat) + np.einsum("yp,yp->p", plain, bent)
    return np.stack([*sums, last])


def _gradient(sums: Floats, across: Floats, down: Floats) -> Floats:
    """Return (3, P): half the slope of the cost by u_x, u_y and log s, over the blob's own weight, A eliminated."""
    share = sums / sums[0]
    return np.stack(
        [
            share[1] - across[1] / across[0],
            share[2] - down[1] / down[0],
            share[3] - across[2] / across[0] - down[2] / down[0],
        ]
    )


def _solved(rest: Floats, across: Floats, down: Floats, stiff: Floats) -> tuple[Floats, Floats, Floats]:
    """Solve the 3x3 system of each peak, in which x and y meet only through the width."""
    _, x1, x2, x3, x4 = across
    _, y1, y2, y3, y4 = down
    xx, yy = x2 - x1 * x1, y2 - y1 * y1
    xs, ys = x3 - x1 * x2, y3 - y1 * y2
    ss = x4 - x2 * x2 + y4 - y2 * y2 + stiff
    flat_x, flat_y = xx <= FLAT * x2, yy <= FLAT * y2
    px, py = np.where(flat_x, 0, xs / xx), np.where(flat_y, 0, ys / yy)
    widening = (rest[2] - px * rest[0] - py * rest[1]) / (ss - px * xs - py * ys)
    dx = np.where(flat_x, 0, rest[0] / xx - px * widening)
    dy = np.where(flat_y, 0, rest[1] / yy - py * widening)
    return dx, dy, widening


def steps(at: PeakCells, level: Level) -> Steps:
    """Return steps in cells for P peaks.

    The step is DARK's where the fit comes to no rest, or to rest a cell or more away although noise cannot have
    moved the peak there (``fit.like_noise``).
    """
    dx, dy, _ = fitted(at, level.sigma)
    taken = _credible(at, np.stack([dx, dy]), level.sigma)
    refused = np.flatnonzero(~taken)
    if len(refused):
        other = dark.steps(at.take(refused), level)
        for column, values in zip((dx, dy, taken), other, strict=True):
            column[refused] = values
    return dx, dy, taken


def _credible(at: PeakCells, shift: Floats, sigma: float) -> Bools:
    """Return (P,) whether steps ``shift`` (2, P) are credible: those of a cell or more only if noise explains them."""
    far = np.abs(shift).max(axis=0)
    credible = far < max(1.0, sigma)
    strayed = np.flatnonzero(credible & (far >= 1))
    if len(strayed):
        half = half_width(sigma)
        credible[strayed] = like_noise(at.take(strayed), shift[:, strayed], sigma, half, NOISE)
    return np.asarray(credible)


def decode(planes: Planes, level: Level, *, top: int = 1, threshold: float = 0.0) -> Peaks:
    """Return integer peaks and a step to a Gaussian of nearly the known sigma, fitted to the cells at the peak.

    >>> import numpy as np
    >>> from kp2heat.frame import alignment
    >>> level = Level((9, 9), 1.5, alignment("half-pixel", (36, 36), (9, 9)))
    >>> away = (np.arange(9) - 4.3) ** 2 + (np.arange(9)[:, None] - 3.8) ** 2
    >>> broad = np.exp(-away / (2 * 2.0**2))[None, None]
    >>> decode({"heatmaps": broad}, level).xy[0, 0].round(2).tolist()
    [4.3, 3.8]
    """
    return stepped(planes, level, steps, top, threshold, sigma=level.sigma)


DECODER = Decoder(
    "weighted-fit",
    decode,
    "a Gaussian of nearly the known sigma fitted to the cells next to the peak; for a network's maps",
)
