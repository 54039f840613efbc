"""How sure a decoded joint is: the covariance of its place, and the share of its map that one blob explains.

Under white noise the covariance of a fitted place is that of the curvature, v = r^2 / (A^2 <p, p>), r^2 the mean
square that the fitted blob leaves of a cell. A network's errors are larger, since whole blobs are displaced, and
grow more slowly: INFLATION v^POWER was fitted to the output of seven networks (README.md has what it holds).
The share is 1 - |h - A g|^2 / |h|^2 over the whole map: a second blob, a plateau or a flat map make it small.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Floats, Ints
from kp2heat.contracts import Level
from kp2heat.decoders.refinement.locate import PART, window
from kp2heat.decoders.refinement.weighted_fit import fitted, half_width
from kp2heat.peaks import Peaks

INFLATION, POWER = 32.0, 0.76
LEAST = 1e-6
"""Mean square of a cell that rounding may leave, in squared amplitudes."""


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
    maps = np.ascontiguousarray(heatmaps).reshape(n * k, height, width)
    xy = peaks.xy.reshape(-1, 2)
    which = np.flatnonzero(np.isfinite(xy).all(axis=1))
    cells = np.clip(np.rint(xy[which]), 0, [width - 1, height - 1]).astype(np.int64)
    covariance, share = np.full((n * k, 2, 2), np.nan), np.full(n * k, np.nan)
    amplitude = np.full(n * k, np.nan)
    for start in range(0, len(which), PART):
        part = which[start : start + PART]
        x, y = cells[start : start + PART].T
        covariance[part], share[part], amplitude[part] = _of_peaks(maps, part, x, y, level.sigma)
    return replace(
        peaks,
        covariance=covariance.reshape(n, k, 2, 2),
        share=share.reshape(n, k),
        amplitude=amplitude.reshape(n, k),
    )


def _of_peaks(
    maps: NDArray[Any], which: Ints, x: Ints, y: Ints, sigma: float
) -> tuple[Floats, Floats, Floats]:
    """Return covariance (P, 2, 2), share (P,) and amplitude (P,) of the blobs at cells (x, y)."""
    dx, dy, widening = (np.nan_to_num(values) for values in fitted(maps, which, x, y, sigma))
    s = (sigma * np.exp(widening))[:, None]
    half = half_width(sigma)
    reach = np.arange(-half, half + 1.0)
    values = window(maps, which, x, y, half)
    _, height, width = maps.shape
    gx, gy = _profile(reach - dx[:, None], s), _profile(reach - dy[:, None], s)
    gx *= (x[:, None] + reach >= 0) & (x[:, None] + reach < width)
    gy *= (y[:, None] + reach >= 0) & (y[:, None] + reach < height)
    amplitude, _ = _explained(values, gx, gy)
    rest = values - amplitude[:, None, None] * gy[:, :, None] * gx[:, None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        noise = np.maximum((rest * rest).mean(axis=(1, 2)) / amplitude**2, LEAST)
        slopes = [(g * g * ((reach - d[:, None]) / s**2) ** 2).sum(axis=1) for g, d in ((gx, dx), (gy, dy))]
        information = np.stack([slopes[0] * (gy * gy).sum(axis=1), slopes[1] * (gx * gx).sum(axis=1)], axis=1)
        variance = INFLATION * (noise[:, None] / information) ** POWER
    covariance = np.zeros((len(which), 2, 2))
    covariance[:, [0, 1], [0, 1]] = variance
    whole = maps[which].astype(np.float64)
    columns, rows = np.arange(width) - (x + dx)[:, None], np.arange(height) - (y + dy)[:, None]
    _, share = _explained(whole, _profile(columns, s), _profile(rows, s))
    return covariance, share, amplitude


def _profile(away: Floats, s: Floats) -> Floats:
    return np.asarray(np.exp(-0.5 * (away / s) ** 2))


def _explained(values: Floats, gx: Floats, gy: Floats) -> tuple[Floats, Floats]:
    """Return the amplitude of the blob gy gx in values (P, h, w), and the share of their square that it explains."""
    values = np.where(np.isfinite(values), values, 0)
    pull = ((values * gx[:, None, :]).sum(axis=2) * gy).sum(axis=1)
    size = (gx * gx).sum(axis=1) * (gy * gy).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return pull / size, pull * pull / (size * (values * values).sum(axis=(1, 2)))
