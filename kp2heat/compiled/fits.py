"""The loops that fit Gaussians to the cells round peaks, one step at a time; NumPy takes exp between them."""

from __future__ import annotations

from typing import Any

import numpy as np

from kp2heat.compiled.jit import jit


@jit
def _within(value: float, limit: float) -> float:
    """Clip to +-limit; NaN stays."""
    if value > limit:
        return limit
    return -limit if value < -limit else value


@jit
def _exponents(shift: Any, m: int, sigma: float, out: Any) -> None:
    """Fill in what exp is taken of for the profiles (2, n) of a blob at ``shift`` (2, P) from peak m."""
    n = out.shape[1]
    for axis in range(2):
        for i in range(n):
            away = (float(i - n // 2) - shift[axis, m]) / sigma
            out[axis, i] = -0.5 * away * away


@jit
def blob_exponents(shift: Any, sigma: float, out: Any) -> None:
    """Fill in what exp is taken of for the profiles (P, 2, n) of blobs at ``shift`` (2, P) from their peaks."""
    for m in range(len(out)):
        _exponents(shift, m, sigma, out[m])


@jit
def _profile(
    g: Any, p: Any, first: int, cells: int, shift: float, sigma: float, flat: float
) -> tuple[float, float, float]:
    """Clear a profile g (n,) beyond the map, fill in its slopes p (n,); <g,g>, <g,p> / <g,g>, and the information."""
    gg, gp, pp = 0.0, 0.0, 0.0
    for i in range(len(g)):
        away = (float(i - len(g) // 2) - shift) / sigma
        value = g[i] * (1.0 if 0 <= first + i < cells else 0.0)
        slope = value * away / sigma
        g[i], p[i] = value, slope
        gg += value * value
        gp += value * slope
        pp += slope * slope
    information = pp - gp * gp / gg
    return gg, gp / gg, information if information > flat * pp else np.inf


@jit
def blob_steps(
    values: Any, x: Any, y: Any, size: Any, g: Any, sigma: float, limits: Any, shift: Any, moving: Any
) -> int:
    """Move blobs at ``shift`` (2, P) by a Gauss-Newton step each, as ``gauss_newton.step`` does.

    values (P, n, n); g (L, 2, n) profiles of the peaks ``moving`` (L,), of which those that have not converged
    are moved to the front, with what exp is next taken of in g. limits: longest step, farthest place, shortest step,
    share of a flat axis. Returns how many still move.
    """
    n, count = values.shape[1], 0
    stride, farthest, still, flat = limits[0], limits[1], limits[2], limits[3]
    px, py = np.empty(n), np.empty(n)
    for place in range(len(moving)):
        m = moving[place]
        gx, gy, half = g[place, 0], g[place, 1], n // 2
        aa, slope_x, info_x = _profile(gx, px, x[m] - half, size[0], shift[0, m], sigma, flat)
        bb, slope_y, info_y = _profile(gy, py, y[m] - half, size[1], shift[1, m], sigma, flat)
        pull, across, down = 0.0, 0.0, 0.0
        for r in range(n):
            row, slope = 0.0, 0.0
            for c in range(n):
                row += values[m, r, c] * gx[c]
                slope += values[m, r, c] * px[c]
            pull += row * gy[r]
            across += slope * gy[r]
            down += row * py[r]
        u = _within((across / pull - slope_x) * aa / info_x, stride) if pull > 0 else np.nan
        v = _within((down / pull - slope_y) * bb / info_y, stride) if pull > 0 else np.nan
        before_x, before_y = shift[0, m], shift[1, m]
        shift[0, m] = _within(before_x + u, farthest)
        shift[1, m] = _within(before_y + v, farthest)
        if abs(shift[0, m] - before_x) > still or abs(shift[1, m] - before_y) > still:
            moving[count] = m
            _exponents(shift, m, sigma, g[count])
            count += 1
    return count


@jit
def weighted_exponents(place: Any, moving: Any, widths: Any, tau: float, rest: float, out: Any) -> None:
    """Fill in what exp is taken of for profiles (L, 4, n): of blobs along x and y, of their weights along both."""
    n = out.shape[2]
    for k in range(len(moving)):
        s = widths[k]
        fall = -0.5 / ((tau * s) * (tau * s))
        for axis in range(2):
            centre = place[axis, moving[k]]
            for i in range(n):
                u = float(i - n // 2) - centre
                away = u + rest * centre
                u = u / s
                out[k, axis, i] = -0.5 * u * u
                out[k, 2 + axis, i] = away * away * fall


@jit
def _terms(
    blob: Any, weight: Any, terms: Any, first: int, cells: int, centre: float, s: float, sums: Any
) -> None:
    """Fill in weighted blobs times u^0, u^1, u^2 (3, n), and sums (5,) of their squares' parts times u^0 .. u^4."""
    sums[:] = 0.0
    for i in range(len(blob)):
        u = (float(i - len(blob) // 2) - centre) / s
        weighted = weight[i] * (1.0 if 0 <= first + i < cells else 0.0) * blob[i]
        terms[0, i] = weighted
        terms[1, i] = weighted * u
        terms[2, i] = terms[1, i] * u
        term = weighted * blob[i]
        for power in range(5):
            sums[power] += term
            term *= u


@jit
def _pulls(values: Any, across: Any, down: Any, out: Any) -> None:
    """out (4,): sums of values (n, n) times weighted blobs, alone and times u_x, u_y and u_x^2 + u_y^2."""
    alone, right, below, curve, bent = 0.0, 0.0, 0.0, 0.0, 0.0
    for r in range(len(values)):
        plain, slope, curved = 0.0, 0.0, 0.0
        for c in range(len(values)):
            plain += values[r, c] * across[0, c]
            slope += values[r, c] * across[1, c]
            curved += values[r, c] * across[2, c]
        alone += plain * down[0, r]
        right += slope * down[0, r]
        below += plain * down[1, r]
        curve += curved * down[0, r]
        bent += plain * down[2, r]
    out[0], out[1], out[2], out[3] = alone, right, below, curve + bent


@jit
def _solved(
    sums: Any, x: Any, y: Any, stiff: float, widening: float, flat: float
) -> tuple[float, float, float]:
    """Return the step of one peak, in widths, as ``weighted_fit`` solves it; x, y (5,) moments of the axes."""
    x0, y0 = x[0], y[0]
    right = sums[1] / sums[0] - x[1] / x0
    below = sums[2] / sums[0] - y[1] / y0
    wider = sums[3] / sums[0] - x[2] / x0 - y[2] / y0 - stiff * widening
    x1, x2, x3, x4 = x[1] / x0, x[2] / x0, x[3] / x0, x[4] / x0
    y1, y2, y3, y4 = y[1] / y0, y[2] / y0, y[3] / y0, y[4] / y0
    xx, yy, xs, ys = x2 - x1 * x1, y2 - y1 * y1, x3 - x1 * x2, y3 - y1 * y2
    ss = x4 - x2 * x2 + y4 - y2 * y2 + stiff
    flat_x, flat_y = xx <= flat * x2, yy <= flat * y2
    px, py = 0.0 if flat_x else xs / xx, 0.0 if flat_y else ys / yy
    step = (wider - px * right - py * below) / (ss - px * xs - py * ys)
    dx = 0.0 if flat_x else right / xx - px * step
    dy = 0.0 if flat_y else below / yy - py * step
    return dx, dy, step


@jit
def weighted_steps(
    values: Any, x: Any, y: Any, size: Any, e: Any, widths: Any, limits: Any, place: Any, moving: Any
) -> int:
    """Move blobs at ``place`` (3, P) by a Gauss-Newton step each, as ``weighted_fit`` does.

    As ``blob_steps``; e (L, 4, n): exp of ``weighted_exponents``. limits: weight of the prior times sigma squared,
    longest step in widths and of the width's logarithm, farthest place and width, shortest step, share of a flat axis.
    """
    n, count = values.shape[1], 0
    prior, stride, widen, far, widest, still, flat = limits
    across, down, mx, my, sums = np.empty((3, n)), np.empty((3, n)), np.empty(5), np.empty(5), np.empty(4)
    for k in range(len(moving)):
        m, s = moving[k], widths[k]
        _terms(e[k, 0], e[k, 2], across, x[m] - n // 2, size[0], place[0, m], s, mx)
        _terms(e[k, 1], e[k, 3], down, y[m] - n // 2, size[1], place[1, m], s, my)
        _pulls(values[m], across, down, sums)
        stiff = prior / (mx[0] * my[0])
        dx, dy, step = _solved(sums, mx, my, stiff, place[2, m], flat)
        if not sums[0] > 0:
            dx, dy, step = np.nan, np.nan, np.nan
        before_x, before_y = place[0, m], place[1, m]
        place[0, m] = _within(before_x + s * _within(dx, stride), far)
        place[1, m] = _within(before_y + s * _within(dy, stride), far)
        place[2, m] = _within(place[2, m] + _within(step, widen), widest)
        if abs(place[0, m] - before_x) > still or abs(place[1, m] - before_y) > still:
            moving[count] = m
            count += 1
    return count


@jit
def bounded_steps(shift: Any, credible: float, stretch: float, steps: Any, taken: Any) -> None:
    """Fill in steps (2, P) of ``shift`` (2, P), bounded as ``locate.bounded`` does where both are numbers."""
    most = stretch * credible
    for p in range(len(taken)):
        taken[p] = abs(shift[0, p]) <= most and abs(shift[1, p]) <= most
        for axis in range(2):
            steps[axis, p] = _within(shift[axis, p], credible) if taken[p] else 0.0
