"""``gaussian-cov``: a Gaussian of any width and direction, its place and its 2x2 covariance.

Jonkers et al., landmarker, 2024, ``coord_cov_from_gaussian_ls`` and ``coord_weighted_spatial_mean_cov`` at 8026c94.
``rule="fit"``: least squares on the cells round the peak for place, covariance and amplitude; the published code, which
``literal`` follows, takes the whole map and amplitude 1, so a blob that is lower gets too narrow. ``rule="moments"``: the mean
position under the map's values above 0 and their weighted sample covariance, over the whole map in both forms.

Noise leaves some blobs no clear width: their fits run off to a ridge or to a single cell, and rounding decides where they
stop. A fit that gets narrower than ``NARROWEST`` or wider than its window is given up, and ``dark`` takes the step. On the
seven networks of ``kp2heat/decoders/README.md`` no mean error is greater for it, and no AP less.

``covariance`` of the peaks is the blob's own, not the uncertainty of its place.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement import dark
from kp2heat.decoders.refinement.locate import locate
from kp2heat.decoders.refinement.moments import mean
from kp2heat.decoders.refinement.peak_cells import PeakCells, Steps, bounded, window
from kp2heat.decoders.refinement.published import greatest
from kp2heat.errors import check_choice
from kp2heat.peaks import Peaks

RULES = ("fit", "moments")
REACH = 3.0
"""Half-width of the window in sigmas, rounded up to whole cells and at least ``LEAST``."""
LEAST = 4
CREDIBLE = 1.5
"""Sigmas, and at least one cell: a longer step is refused, as ``dark`` does."""
ITERATIONS = 100
STILL = 1e-9
"""Share of the cost below which a step that lowers it is the last."""
STILL_ALL = 1e-20
"""What a cost of nothing may still fall by."""
FASTER, SLOWER = 0.3, 10.0
"""What damping is multiplied by after a step that lowers the cost, and after one that does not."""
NARROWEST = 0.25
"""Least width of a blob in cells: the neighbours of a narrower one hold nothing of it. The greatest is the window's side."""
DAMPING = 1e-3
SINGULAR, TINY = 1e-9, 1e-30
"""What is added to each diagonal, of its greatest and at least: a map one cell wide says nothing of an axis."""
MOST = 1e12
"""Damping from which on no step helps."""


def decode(
    planes: Planes, level: Level, *, rule: str = "fit", threshold: float = 0.0, literal: bool = False
) -> Peaks:
    """Return the centres of the Gaussians and their covariance (N, K, 2, 2) in cells^2, NaN where none fits.

    >>> import numpy as np
    >>> from kp2heat.frame import alignment
    >>> level = Level((16, 16), 1.5, alignment("half-pixel", (64, 64), (16, 16)))
    >>> x, y = np.arange(16) - 7.3, np.arange(16)[:, None] - 8.1
    >>> broad = np.exp(-((x / 2.5) ** 2 + (y / 1.5) ** 2) / 2)[None, None]
    >>> found = decode({"heatmaps": broad}, level)
    >>> found.xy[0, 0].round(2).tolist(), found.covariance[0, 0].round(2).tolist()
    ([7.3, 8.1], [[6.25, 0.0], [0.0, 2.25]])
    """
    check_choice("rule", rule, RULES)
    if literal:
        at = greatest(planes["heatmaps"])
        xy, covariance = _published(at, rule)
        peaks = at.moved_to(*xy.T)
    else:
        at = locate(planes["heatmaps"], 1, threshold)
        steps, covariance = _mean_steps(at) if rule == "moments" else _fitted_steps(at, level)
        peaks = at.peaks(steps)
    whole = np.full((len(at.maps), 2, 2), np.nan)
    whole[at.slot] = covariance
    return replace(peaks, covariance=whole.reshape(*at.shape, 2, 2))


def _published(at: PeakCells, rule: str) -> tuple[Floats, Floats]:
    """Return places (P, 2) and covariances (P, 2, 2), from whole maps and of amplitude 1."""
    values = at.maps.astype(np.float64)
    if rule == "moments":
        return moments(values)
    start = np.stack([at.x, at.y]).astype(np.float64)
    return fitted(values, np.ones(values.shape, bool), start, amplitude=1.0, sigma=1.0)[:2]


def _mean_steps(at: PeakCells) -> tuple[Steps, Floats]:
    """Return steps to the mean position, and the sample covariance round it."""
    xy, covariance = moments(at.maps[at.which].astype(np.float64))
    steps = xy.T - [at.x, at.y]
    sure = np.asarray(np.isfinite(steps).all(axis=0))
    dx, dy = np.where(sure, steps, 0)
    return (dx, dy, sure), covariance


def _fitted_steps(at: PeakCells, level: Level) -> tuple[Steps, Floats]:
    """Return steps to the centres of the fits, and their covariance; DARK's and NaN where no fit is credible."""
    half = max(LEAST, int(np.ceil(REACH * level.sigma)))
    values, (columns, rows) = window(at, half), at.on_map(half)
    inside = rows[:, :, None] & columns[:, None, :] & np.isfinite(values)
    start, widths = np.full((2, len(values)), float(half)), clear_widths(level.sigma, half)
    xy, covariance, rested = fitted(
        np.where(inside, values, 0), inside, start, sigma=level.sigma, widths=widths
    )
    step = xy.T - half
    dx, dy, taken = bounded(step[0], step[1], rested, max(1.0, CREDIBLE * level.sigma))
    covariance[~taken] = np.nan
    refused = np.flatnonzero(~taken)
    if len(refused):
        dx[refused], dy[refused], taken[refused] = dark.steps(at.take(refused), level)
    return (dx, dy, taken), covariance


def clear_widths(sigma: float, half: int) -> tuple[float, float]:
    """Return the least and the greatest width in cells, along any direction, at which cells say where a blob is.

    >>> clear_widths(2.0, 6)
    (0.25, 12.0)
    """
    return min(NARROWEST, sigma / 2), 2.0 * half


def fitted(
    values: Floats,
    inside: Bools,
    start: Floats,
    *,
    amplitude: float | None = None,
    sigma: float,
    widths: tuple[float, float] = (0.0, np.inf),
) -> tuple[Floats, Floats, Bools]:
    """Fit P Gaussians to values (P, h, w) where ``inside`` by Levenberg-Marquardt from start (2, P), width sigma.

    Returns xy (P, 2), covariance (P, 2, 2), and whether the fit came to rest at a blob. amplitude: None to fit it.
    A fit whose width leaves ``widths`` is given up.
    """
    count = len(values)
    free = 5 if amplitude is not None else 6
    theta = np.zeros((count, 6))
    theta[:, :2] = start.T
    theta[:, 2] = theta[:, 4] = 1 / sigma
    theta[:, 5] = values.max(axis=(1, 2), initial=0) if amplitude is None else amplitude
    damping, cost = np.full(count, DAMPING), np.full(count, np.inf)
    rested, moving = np.zeros(count, bool), np.arange(count)
    rest, slopes = _residuals(values, inside, theta, free)
    cost = np.asarray((rest * rest).sum(axis=1))
    for _ in range(ITERATIONS):
        now = theta[moving]
        normal = (slopes[:, :, :, None] * slopes[:, :, None, :]).sum(axis=1)
        pull = (slopes * rest[:, :, None]).sum(axis=1)
        diagonal = np.einsum("pii->pi", normal)
        floor = SINGULAR * diagonal.max(axis=1, keepdims=True) + TINY
        diagonal += damping[moving, None] * diagonal + floor
        step = np.zeros((len(moving), 6))
        step[:, :free] = np.linalg.solve(normal, pull[:, :, None])[:, :, 0]
        after, new_slopes = _residuals(values[moving], inside[moving], now + step, free)
        new_cost = (after * after).sum(axis=1)
        better = new_cost <= cost[moving]
        gain = cost[moving] - new_cost
        theta[moving[better]] += step[better]
        clear = _clear(theta[moving, 2:5], widths)
        rested[moving] = clear & better & (gain <= STILL * new_cost + STILL_ALL)
        cost[moving[better]] = new_cost[better]
        damping[moving] *= np.where(better, FASTER, SLOWER)
        rest = np.where(better[:, None], after, rest)
        slopes = np.where(better[:, None, None], new_slopes, slopes)
        on = clear & ~rested[moving] & (damping[moving] < MOST)
        moving, rest, slopes = moving[on], rest[on], slopes[on]
        if not len(moving):
            break
    return theta[:, :2], _covariance(theta[:, 2:5]), rested & (theta[:, 5] > 0)


def _residuals(values: Floats, inside: Bools, theta: Floats, free: int) -> tuple[Floats, Floats]:
    """Return what Gaussians leave of the cells (P, n), and their slopes (P, n, free), theta (P, 6) as columns.

    x, y, the lower triangle (a, b, c) of the root L of the inverse covariance, L^T away = (a u + b v, c v), amplitude.
    """
    height, width = values.shape[1:]
    x, y, a, b, c, amplitude = (column[:, None, None] for column in theta.T)
    u, v = np.arange(width) - x, np.arange(height)[:, None] - y
    p, q = a * u + b * v, c * v
    shape = np.exp(-0.5 * (p * p + q * q)) * inside
    blob = amplitude * shape
    columns = [blob * a * p, blob * (b * p + c * q), -blob * p * u, -blob * p * v, -blob * q * v, shape]
    slopes = np.stack([np.broadcast_to(column, values.shape) for column in columns[:free]], axis=-1)
    rest = (values - blob) * inside
    return rest.reshape(len(values), height * width), slopes.reshape(len(values), height * width, free)


def _clear(root: Floats, widths: tuple[float, float]) -> Bools:
    """Return (P,): whether Gaussians of the (a, b, c) of ``_residuals`` are within ``widths`` along every direction."""
    a, b, c = root.T
    least, most = widths
    xx, yy = a * a, b * b + c * c
    sharpest = (xx + yy) / 2 + np.sqrt(((xx - yy) / 2) ** 2 + (a * b) ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        flattest = (a * c) ** 2 / sharpest
        return np.asarray(~((sharpest * least**2 > 1) | (flattest < most**-2)))


def _covariance(root: Floats) -> Floats:
    """Return (P, 2, 2) covariance of Gaussians from the (a, b, c) of ``_residuals``; NaN where it is singular."""
    a, b, c = root.T
    with np.errstate(divide="ignore", invalid="ignore"):
        yy = 1 / (c * c)
        xy = -b / a * yy
        xx = 1 / (a * a) + b * b / (a * a) * yy
    return np.stack([np.stack([xx, xy], axis=-1), np.stack([xy, yy], axis=-1)], axis=-2)


def moments(values: Floats) -> tuple[Floats, Floats]:
    """Return means (P, 2) under the positive cells of maps (P, h, w), and their weighted sample covariance (P, 2, 2)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        weights = np.where(values > 0, values, 0)
        weights = weights / weights.sum(axis=(1, 2), keepdims=True)
        x, y = mean(weights)
        u = np.arange(values.shape[2]) - x[:, None, None]
        v = np.arange(values.shape[1])[:, None] - y[:, None, None]
        terms = [(weights * each).sum(axis=(1, 2)) for each in (u * u, u * v, v * v)]
        xx, xy, yy = np.stack(terms) / (1 - (weights * weights).sum(axis=(1, 2)))
    return np.stack([x, y], axis=-1), np.stack(
        [np.stack([xx, xy], axis=-1), np.stack([xy, yy], axis=-1)], axis=-2
    )


DECODER = Decoder(
    "gaussian-cov",
    decode,
    "a Gaussian of any covariance by least squares, or moments: landmarker, coord_cov_from_gaussian_ls",
)
