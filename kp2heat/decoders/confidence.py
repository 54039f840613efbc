"""How sure a decoded joint is: the covariance of its place, and the share of its map that one blob explains.

A network's errors are no white noise: whole blobs are displaced, the farther the more the map differs from its blob where
that is high, the more lies elsewhere in the map, and the more along the blob's longer axis. With A g the fitted blob, r
what it leaves of the map h, and M the second moments of the map under the root of g, the covariance is

    SCALE (<g^2, r^2> / <g^2, 1> A^2)^RESIDUAL (sum of |h| beyond the window / A)^ELSEWHERE  M M / det M.

The three constants were fitted to the output of seven networks so that 95 % of the right peaks lie in their 95 % ellipse
(README.md has what each holds, and what it holds of networks left out of the fit).
The share is 1 - |h - A g|^2 / |h|^2 over the whole map: a second blob, a plateau or a flat map make it small.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Floats
from kp2heat.contracts import Level
from kp2heat.decoders.refinement.peak_cells import PART, PeakCells, stack, window
from kp2heat.decoders.refinement.weighted_fit import fitted, half_width
from kp2heat.peaks import Peaks

SCALE, RESIDUAL, ELSEWHERE = 13.1, 0.685, 0.115
LEAST = 1e-6
"""Mean square of a cell that rounding may leave, in squared amplitudes."""
LEAST_ELSEWHERE = 1e-4
"""Least sum beyond the window, in amplitudes."""
LEAST_WIDTH = 0.02
"""Cells^2 added to both second moments: a blob may be a single cell."""


def confidence(heatmaps: NDArray[Any], peaks: Peaks, level: Level) -> Peaks:
    """Return the peaks (N, K) with covariance (N, K, 2, 2) in squared cells, share and amplitude; NaN without a peak.

    heatmaps (N, K, H, W); the blobs are those that ``weighted_fit`` finds at the peaks' cells.

    >>> from kp2heat.decoders import decode
    >>> from kp2heat.frame import alignment
    >>> level = Level((9, 9), 1.5, alignment("half-pixel", (36, 36), (9, 9)))
    >>> maps = np.exp(-((np.arange(9) - 4.3) ** 2 + (np.arange(9)[:, None] - 3.8) ** 2) / 4.5)[None, None]
    >>> sure = confidence(maps, decode("weighted-fit", {"heatmaps": maps}, level), level)
    >>> sure.share.round(3).tolist(), sure.amplitude.round(3).tolist()
    ([[1.0]], [[1.0]])
    """
    n, k, height, width = heatmaps.shape
    xy = peaks.xy.reshape(-1, 2)
    which = np.flatnonzero(np.isfinite(xy).all(axis=1))
    x, y = np.clip(np.rint(xy[which]), 0, [width - 1, height - 1]).astype(np.int64).T
    at = PeakCells(stack(heatmaps), which, x, y, peaks.score.reshape(-1)[which], which, (n, k))
    covariance, share = np.full((n * k, 2, 2), np.nan), np.full(n * k, np.nan)
    amplitude = np.full(n * k, np.nan)
    for start in range(0, len(which), PART):
        part = at.take(slice(start, start + PART))
        slot = part.slot
        covariance[slot], share[slot], amplitude[slot] = _of_peaks(part, level.sigma)
    return replace(
        peaks,
        covariance=covariance.reshape(n, k, 2, 2),
        share=share.reshape(n, k),
        amplitude=amplitude.reshape(n, k),
    )


def _of_peaks(at: PeakCells, sigma: float) -> tuple[Floats, Floats, Floats]:
    """Return covariance (P, 2, 2), share (P,) and amplitude (P,) of the blobs at these cells."""
    dx, dy, widening = np.nan_to_num(fitted(at, sigma))
    s = (sigma * np.exp(widening))[:, None]
    half = half_width(sigma)
    reach = np.arange(-half, half + 1.0)
    values = np.nan_to_num(window(at, half))
    columns_in, rows_in = at.on_map(half)
    gx, gy = _profile(reach - dx[:, None], s), _profile(reach - dy[:, None], s)
    gx *= columns_in
    gy *= rows_in
    amplitude, _ = _explained(values, gx, gy)
    rest = values - amplitude[:, None, None] * gy[:, :, None] * gx[:, None, :]
    whole = at.maps[at.which].astype(np.float64)
    beyond = np.abs(np.nan_to_num(whole)).sum(axis=(1, 2)) - np.abs(values).sum(axis=(1, 2))
    blobs = gy[:, :, None] * gx[:, None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = blobs * blobs
        noise = (weights * rest * rest).sum(axis=(1, 2)) / (weights.sum(axis=(1, 2)) * amplitude**2)
        elsewhere = np.maximum(beyond / np.abs(amplitude), LEAST_ELSEWHERE)
        size = SCALE * np.maximum(noise, LEAST) ** RESIDUAL * elsewhere**ELSEWHERE
        covariance = size[:, None, None] * _shape(np.maximum(values, 0) * np.sqrt(blobs))
    height, width = whole.shape[1:]
    columns, rows = np.arange(width) - (at.x + dx)[:, None], np.arange(height) - (at.y + dy)[:, None]
    _, share = _explained(whole, _profile(columns, s), _profile(rows, s))
    return covariance, share, amplitude


def _shape(weights: Floats) -> Floats:
    """Return (P, 2, 2): M M / det M, of determinant 1, M the second moments of weights (P, n, n) about their mean."""
    n = weights.shape[1]
    total, at = weights.sum(axis=(1, 2)), np.arange(float(n))
    columns, rows = weights.sum(axis=1), weights.sum(axis=2)
    x, y = (columns * at).sum(axis=1) / total, (rows * at).sum(axis=1) / total
    xx = (columns * at * at).sum(axis=1) / total - x * x + LEAST_WIDTH
    yy = (rows * at * at).sum(axis=1) / total - y * y + LEAST_WIDTH
    xy = ((weights * at).sum(axis=2) * at).sum(axis=1) / total - x * y
    det = xx * yy - xy * xy
    cross = xy * (xx + yy)
    squared = np.stack([xx * xx + xy * xy, cross, cross, yy * yy + xy * xy], axis=-1)
    return np.asarray((squared / det[:, None]).reshape(-1, 2, 2))


def _profile(away: Floats, s: Floats) -> Floats:
    return np.asarray(np.exp(-0.5 * (away / s) ** 2))


def _explained(values: Floats, gx: Floats, gy: Floats) -> tuple[Floats, Floats]:
    """Return the amplitude of the blob gy gx in values (P, h, w), and the share of their square that it explains."""
    values = np.where(np.isfinite(values), values, 0)
    pull = ((values * gx[:, None, :]).sum(axis=2) * gy).sum(axis=1)
    size = (gx * gx).sum(axis=1) * (gy * gy).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return pull / size, pull * pull / (size * (values * values).sum(axis=(1, 2)))
