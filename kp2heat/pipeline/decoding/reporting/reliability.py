"""Whether the confidence of decoded predictions means what it says."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.contracts import Level
from kp2heat.peaks import Peaks

ELLIPSES = (50, 90, 95)
GROSS = 5.0
"""Input px from which on an error is gross."""
NEAR = 1.5
"""Cells, or a sigma where that is more, from the truth within which a peak is the right one."""
BINS = 5


class Confidences(NamedTuple):
    """What predictions say of P joints and how far off they are.

    error   (P,) input px; ``right``: whether the joint is visible and the peak NEAR the truth on both axes
    inside  (P, E) whether the truth is in each of ELLIPSES
    peak, share, amplitude  (P,) scores
    """

    error: Floats
    right: Bools
    inside: Bools
    peak: Floats
    share: Floats
    amplitude: Floats


def confidences(
    peaks: Peaks, truth: Floats, scored: Bools, visible: Bools, level: Level
) -> Confidences | None:
    """Return scores and errors of the scored joints that were found; None where the peaks have no covariance.

    peaks (M, K) and truth (M, K, 2) in cells; scored and visible (M, K)
    """
    if peaks.covariance is None or peaks.share is None or peaks.amplitude is None:
        return None
    rows = scored & np.isfinite(peaks.xy).all(axis=-1)
    off = (peaks.xy - truth)[rows]
    with np.errstate(divide="ignore", invalid="ignore"):
        squared = mahalanobis(off, peaks.covariance[rows])
    return Confidences(
        np.linalg.norm(off * level.alignment.stride, axis=-1),
        visible[rows] & (np.abs(off).max(axis=-1, initial=0) <= max(NEAR, level.sigma)),
        squared[:, None] <= -2 * np.log(1 - np.array(ELLIPSES) / 100),
        peaks.score[rows],
        peaks.share[rows],
        peaks.amplitude[rows],
    )


def reliability(of: Confidences, every: int = 1) -> dict[str, Any] | None:
    """Return what scores and ellipses say of the errors; None without any joint.

    ``ellipses``: the share of joints inside their 50, 90 and 95 % ellipse, of those that are visible and whose peak
    is the right one (NEAR the truth on both axes); ``ellipses_of_all``: of all scored joints. ``auroc``: how often
    a joint with a gross error has a lower score than one without. ``bins``: mean error by fifths of the score.
    ``every``: the joints are those of every ``every``-th sample; the report says so where it is not 1.
    """
    if not len(of.error):
        return None
    gross, inside = of.error > GROSS, dict(zip(map(str, ELLIPSES), of.inside.T, strict=True))
    scores = {"peak": of.peak, "share": of.share, "amplitude": of.amplitude}
    return {
        **({} if every == 1 else {"of_every_nth_sample": every}),
        "ellipses": {
            p: float(held[of.right].mean()) if of.right.any() else None for p, held in inside.items()
        },
        "ellipses_of_all": {p: float(held.mean()) for p, held in inside.items()},
        "gross": int(gross.sum()),
        "auroc": {name: auroc(score, ~gross) for name, score in scores.items()},
        "bins": _bins(of.peak, of.error),
    }


def mahalanobis(off: Floats, covariance: Floats) -> Floats:
    """Return the squared lengths (P,) of vectors (P, 2) in units of covariances (P, 2, 2); NaN where one is singular.

    >>> mahalanobis(np.array([[2.0, 0.0]]), np.array([[[4.0, 0.0], [0.0, 1.0]]])).tolist()
    [1.0]
    """
    x, y = off.T
    xx, xy, yy = covariance[:, 0, 0], covariance[:, 0, 1], covariance[:, 1, 1]
    return np.asarray((yy * x * x - 2 * xy * x * y + xx * y * y) / (xx * yy - xy * xy))


def auroc(score: Floats, good: Bools) -> float | None:
    """Return how often a good row scores higher than a bad one, ties counted half; None where all are alike.

    >>> auroc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
    0.75
    """
    bad = int((~good).sum())
    if not bad or bad == len(good):
        return None
    _, place, count = np.unique(np.nan_to_num(score), return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    fine = len(good) - bad
    return float((rank[good].sum() - fine * (fine + 1) / 2) / (fine * bad))


def _bins(score: Floats, error: Floats) -> list[dict[str, float]]:
    order = np.argsort(score, kind="stable")
    return [
        {
            "least_score": float(score[part].min()),
            "greatest_score": float(score[part].max()),
            "count": len(part),
            "mean_error": float(error[part].mean()),
        }
        for part in np.array_split(order, BINS)
        if len(part)
    ]
