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

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.compiled import loops
from kp2heat.decoders.refinement.locate import Maps, window
from kp2heat.decoders.refinement.peak_windows import Windows, descended

STRIDE = 0.7
"""Longest single step, in sigmas: where the model is still nearly linear."""
FLAT = 1e-12
"""Share of an axis' <p,p> below which the cells say nothing of a shift: a map one cell wide."""


def iterated_shifts(
    maps: Maps,
    which: Ints,
    x: Ints,
    y: Ints,
    sigma: float,
    half: int,
    *,
    iterations: int,
    still: float,
    farthest: float = np.inf,
) -> tuple[Floats, Bools]:
    """Return shifts (2, P) in cells of blobs from P peaks at (x, y) of maps[which], and which (P,) converged.

    maps (M, H, W). Cells within ``half`` of the peak count. An iteration ends with a step shorter than ``still``;
    shifts stay within ``farthest`` an axis, and are NaN where no blob of positive amplitude fits. A peak that has
    converged is left alone, so no result depends on the others of its batch.
    """
    compiled = loops()
    if compiled is not None:
        return _by_loops(compiled, maps, which, x, y, sigma, half, iterations, still, farthest)
    bounds = np.full((2, 1), farthest)
    towards = partial(step, sigma=sigma)
    return descended(maps, (which, x, y), half, towards, bounds, iterations=iterations, still=still)


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
    compiled: Any,
    maps: Maps,
    which: Ints,
    x: Ints,
    y: Ints,
    sigma: float,
    half: int,
    iterations: int,
    still: float,
    farthest: float,
) -> tuple[Floats, Bools]:
    """As ``iterated_shifts``, to the same bits."""
    values, size = window(maps, which, x, y, half), np.array(maps.shape[:0:-1])
    limits = np.array([STRIDE * sigma, farthest, still, FLAT])
    shift, converged, moving = np.zeros((2, len(which))), np.ones(len(which), bool), np.arange(len(which))
    g = np.empty((len(which), 2, 2 * half + 1))
    compiled.blob_exponents(shift, sigma, g)
    for _ in range(iterations):
        np.exp(g, out=g)
        count = compiled.blob_steps(values, x, y, size, g, sigma, limits, shift, moving)
        g, moving = g[:count], moving[:count]
        if not count:
            break
    converged[moving] = False
    return shift, converged
