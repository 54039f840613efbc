"""The known Gaussian fitted to the cells round a peak by Gauss-Newton: what ``fit`` and the sides of a map use.

Least squares in linear space. The Gaussian is separable, and with the amplitude eliminated (variable projection,
Golub and Pereyra, 1973) the two axes decouple: with profiles g, slopes p = dg/dx over the cells inside the map,
<.,.> sums over them and h the map,

    step_x = (<h, px gy> / <h, gx gy> - b / a) a / (c - b^2 / a),  a = <gx,gx>, b = <gx,px>, c = <px,px>.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.compiled import loops
from kp2heat.decoders.refinement.peak_cells import PeakCells, window
from kp2heat.decoders.refinement.peak_windows import Windows, descended

STRIDE = 0.7
"""Longest single step, in sigmas: where the model is still nearly linear."""
FLAT = 1e-12
"""Share of an axis' <p,p> below which the cells say nothing of a shift: a map one cell wide."""


def iterated_shifts(
    at: PeakCells,
    sigma: float,
    half: int,
    *,
    iterations: int,
    still: float,
    farthest: float = np.inf,
) -> tuple[Floats, Bools]:
    """Return shifts (2, P) in cells of blobs from P peaks, and which (P,) converged.

    Cells within ``half`` of the peak count. An iteration ends with a step shorter than ``still``;
    shifts stay within ``farthest`` an axis, and are NaN where no blob of positive amplitude fits. A peak that has
    converged is left alone, so no result depends on the others of its batch.
    """
    compiled = loops()
    if compiled is not None:
        return _by_loops(compiled, at, sigma, half, iterations, still, farthest)
    bounds = np.full((2, 1), farthest)
    towards = partial(step, sigma=sigma)
    return descended(at, half, towards, bounds, iterations=iterations, still=still)


def step(near: Windows, shift: Floats, sigma: float) -> Floats:
    """Return the steps (2, P) from ``shift`` (2, P); NaN where no blob of positive amplitude fits."""
    away = (near.reach - shift[:, None]) / sigma
    g = np.exp(-0.5 * away * away) * near.inside
    p = g * away / sigma
    gg, gp, pp = (np.einsum("anp,anp->ap", left, right) for left, right in ((g, g), (g, p), (p, p)))
    rows, slopes = np.einsum("yxp,axp->ayp", near.values, np.stack([g[0], p[0]]))
    pull, across, down = (
        np.einsum("yp,yp->p", left, right) for left, right in ((rows, g[1]), (slopes, g[1]), (rows, p[1]))
    )
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        information = pp - gp * gp / gg
        rest = np.stack([across, down]) / pull - gp / gg
        steps = rest * gg / np.where(information > FLAT * pp, information, np.inf)
        return np.where(pull > 0, np.clip(steps, -STRIDE * sigma, STRIDE * sigma), np.nan)


def _by_loops(
    compiled: Any, at: PeakCells, sigma: float, half: int, iterations: int, still: float, farthest: float
) -> tuple[Floats, Bools]:
    """As ``iterated_shifts``, to the same bits."""
    values, size, count = window(at, half), np.array(at.maps.shape[:0:-1]), len(at.x)
    limits = np.array([STRIDE * sigma, farthest, still, FLAT])
    shift, converged, moving = np.zeros((2, count)), np.ones(count, bool), np.arange(count)
    g = np.empty((count, 2, 2 * half + 1))
    compiled.blob_exponents(shift, sigma, g)
    for _ in range(iterations):
        np.exp(g, out=g)
        left = compiled.blob_steps(values, at.x, at.y, size, g, sigma, limits, shift, moving)
        g, moving = g[:left], moving[:left]
        if not left:
            break
    converged[moving] = False
    return shift, converged
