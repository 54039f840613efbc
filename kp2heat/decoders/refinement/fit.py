"""``fit``: position and amplitude of the known Gaussian, fitted to the map itself by Gauss-Newton.

Under white noise the least-squares fit in linear space is the maximum-likelihood estimate, and its error
reaches the Cramer-Rao bound; methods on the log map (``lsq``, ``dark``) blow up the noise of the low cells.
The Gaussian is separable, and with the amplitude eliminated (variable projection, Golub and Pereyra, 1973)
the two axes decouple: with profiles g, slopes p = dg/dx over the cells inside the map, <.,.> sums over them,
h the map and A = <h, gx gy> / (<gx,gx> <gy,gy>),

    step_x = (<h, px gy> - <h, gx gy> b / a) / (A <gy,gy> (c - b^2 / a)),  a = <gx,gx>, b = <gx,px>, c = <px,px>.

A side of the map only takes cells from the sums. No start but the integer peak is needed: noise moves that by
less than a sigma, from where the iteration converges.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement.locate import COMMON, Maps, Steps, locate, stack, window
from kp2heat.frame import Size
from kp2heat.peaks import Peaks

REACH = 2.0
"""Half-width of the window in sigmas, plus a cell for the step: those beyond hold 1 % of what a map says of a place."""

ITERATIONS = 20
STILL = 1e-5
"""Cells: a step shorter than this ends the iteration."""

STRIDE = 0.7
"""Longest single step, in sigmas: where the model is still nearly linear."""

STRAY = 1.0
"""How far, in sigmas, noise may have moved the arg-max of a Gaussian; at least one cell."""

WHITE = 0.3
"""Correlation of neighbouring residuals below which they are noise: 3 standard deviations over 100 cells."""

FLAT = 1e-12
"""Share of an axis' <p,p> below which the cells say nothing of a shift: a map one cell wide."""


class Axis(NamedTuple):
    """Profiles (P, n) of one axis, and of their sums (P,) those a step needs."""

    g: Floats
    p: Floats
    gg: Floats
    slope: Floats
    info: Floats


def axis(shift: Floats, reach: Floats, inside: Bools, sigma: float) -> Axis:
    """Return the Gaussian centred at ``shift`` (P,) on the cells ``reach`` (n,), 0 where not ``inside`` (P, n)."""
    away = (reach - shift[:, None]) / sigma
    g = np.exp(-0.5 * away * away) * inside
    p = g * away / sigma
    gg, gp, pp = (g * g).sum(axis=-1), (g * p).sum(axis=-1), (p * p).sum(axis=-1)
    slope = gp / gg
    info = pp - gp * slope
    return Axis(g, p, gg, slope, np.where(info > FLAT * pp, info, np.inf))


def newton(values: Floats, across: Axis, down: Axis) -> tuple[Floats, Floats, Floats]:
    """Return the step along both axes, cells, and the amplitude. values (P, n, n).

    Sums by ``einsum``: a BLAS may order them by the batch's size or the memory's alignment.
    """
    rows = np.einsum("pyx,px->py", values, across.g)
    slopes = np.einsum("pyx,px->py", values, across.p)
    with np.errstate(divide="ignore", invalid="ignore"):
        pull = (rows * down.g).sum(axis=-1)
        amplitude = pull / (across.gg * down.gg)
        u = (slopes * down.g).sum(axis=-1) - pull * across.slope
        v = (rows * down.p).sum(axis=-1) - pull * down.slope
        return u / (amplitude * down.gg * across.info), v / (amplitude * across.gg * down.info), amplitude


def iterated_shifts(values: Floats, reach: Floats, inside: Bools, sigma: float, farthest: float) -> Floats:
    """Return (2, P) shifts from 0, at most ``farthest`` per axis; NaN where the iteration does not converge.

    A peak that has converged is left alone, so no result depends on the others of its batch.
    """
    shift = np.zeros((2, len(values)))
    moving = np.arange(len(values))
    for _ in range(ITERATIONS):
        before = shift[:, moving]
        across, down = (axis(before[i], reach, inside[i], sigma) for i in (0, 1))
        u, v, amplitude = newton(values, across, down)
        step = np.clip(np.stack([u, v]), -STRIDE * sigma, STRIDE * sigma)
        after = np.clip(before + np.where(amplitude > 0, step, np.nan), -farthest, farthest)
        shift[:, moving] = after
        on = (np.abs(after - before) > STILL).any(axis=0)
        if not on.all():
            values, inside, moving = values[on], inside[:, on], moving[on]
    shift[:, moving] = np.nan
    return shift


def left_over(values: Floats, shift: Floats, reach: Floats, inside: Bools, sigma: float) -> Floats:
    """Return (P,) the correlation of neighbouring cells of the fit's residual: 0 for white noise, at most 1."""
    across, down = (axis(shift[i], reach, inside[i], sigma) for i in (0, 1))
    amplitude = newton(values, across, down)[2]
    rest = values - amplitude[:, None, None] * down.g[:, :, None] * across.g[:, None, :]
    across_rows = (rest[:, :, 1:] * rest[:, :, :-1]).sum(axis=(1, 2))
    below = (rest[:, 1:] * rest[:, :-1]).sum(axis=(1, 2))
    with np.errstate(invalid="ignore"):
        return np.asarray((across_rows + below) / (2 * (rest * rest).sum(axis=(1, 2))))


def steps(maps: Maps, which: Ints, x: Ints, y: Ints, level: Level) -> Steps:
    """Return steps in cells for P peaks at (x, y) of maps[which]; maps (M, H, W).

    Refused where the iteration does not converge, or converges a cell or more from the peak on some axis
    although noise cannot have moved the peak: the greatest value occurs twice (a plateau, a saturated map),
    the place is off the map, or what the Gaussian leaves over does not look like noise.
    """
    _, height, width = maps.shape
    sigma, half = level.sigma, int(np.ceil(REACH * level.sigma)) + 1
    reach = np.arange(-half, half + 1.0)
    values = window(maps, which, x, y, half)
    cells = np.stack([x, y])[:, :, None] + reach
    inside = (cells >= 0) & (cells < np.array([width, height])[:, None, None])
    shift = iterated_shifts(values, reach, inside, sigma, max(1.0, STRAY * sigma))
    far = np.abs(shift).max(axis=0)
    taken = far < 1
    strayed = np.flatnonzero(far >= 1)
    landed = np.stack([x, y])[:, strayed] + shift[:, strayed]
    rest = left_over(values[strayed], shift[:, strayed], reach, inside[:, strayed], sigma)
    taken[strayed] = (rest < WHITE) & movable(values[strayed], landed, (width, height))
    dx, dy = np.where(taken, shift, 0)
    return dx, dy, taken


def movable(values: Floats, landed: Floats, size: Size) -> Bools:
    """Return whether the greatest of values (P, n, n) is unique, and landed (2, P) at most a cell off the map."""
    alone = (values == values.max(axis=(1, 2), keepdims=True)).sum(axis=(1, 2)) == 1
    on_map = (landed >= -1) & (landed <= np.array(size)[:, None])
    return np.asarray(alone & on_map.all(axis=0))


def decode(planes: Planes, level: Level, *, top: int = 1, threshold: float = 0.0) -> Peaks:
    """Return integer peaks and their fitted steps.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32))
    >>> kp2heat.decode(planes, method="fit", input_size=(96, 128)).xy.round(1).tolist()
    [[[31.3, 52.8]]]
    """
    located = locate(planes["heatmaps"], top, threshold)
    return located.peaks(steps(stack(planes), located.which, located.x, located.y, level), level.sigma)


DECODER = Decoder(
    "fit",
    decode,
    "maximum likelihood under white noise: position and amplitude by Gauss-Newton, sigma known",
    COMMON,
)
