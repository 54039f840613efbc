"""Calibrate scores: a monotone map from a detection's score to the OKS that it can be expected to have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.errors import InputError
from kp2heat.libraries import library
from kp2heat.metrics.columns import mean

BINS = 10
"""Intervals of the expected OKS, equally wide, over which the calibration error is averaged."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """A monotone map, linear between B knots and constant outside.

    score     (B,) float64, ascending
    expected  (B,) float64, the expected OKS, ascending

    >>> Calibration(np.array([1.0, 3.0]), np.array([0.2, 0.8])).apply(np.array([0.0, 2.0]))
    array([0.2, 0.5])
    """

    score: Floats
    expected: Floats

    def apply(self, score: Floats) -> Floats:
        """Return the (M,) expected OKS of detections with these scores."""
        return np.interp(score, self.score, self.expected)


def fit_calibration(score: Floats, oks: Floats) -> Calibration:
    """Return the monotone map that fits the OKS (M,) of detections with scores (M,) best in least squares.

    The knots are the blocks of the isotonic regression (Barlow et al. 1972): the mean score and the mean OKS of
    each. DependencyError without SciPy; InputError without a detection.

    >>> fit_calibration(np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.2, 0.0, 0.5, 0.9])).expected
    array([0.1, 0.5, 0.9])
    """
    if not len(score):
        raise InputError("--calibrate", "has no results on images of its truth", "give results to fit to")
    levels, inverse, count = np.unique(score, return_inverse=True, return_counts=True)
    weights = count.astype(np.float64)
    means = np.bincount(inverse, weights=oks) / weights
    isotonic_regression = library("scipy.optimize", "--calibrate").isotonic_regression
    blocks = isotonic_regression(means, weights=weights).blocks
    block = np.repeat(np.arange(len(blocks) - 1), np.diff(blocks))
    total = np.bincount(block, weights=weights)
    knots = (np.bincount(block, weights=values * weights) / total for values in (levels, means))
    return Calibration(*knots)


def calibration_numbers(expected: Floats, oks: Floats) -> dict[str, float]:
    """Return how far expected OKS (M,) are from the OKS (M,) that detections have.

    ``bias``: mean of expected - OKS; ``ECE``: mean over detections of the absolute bias of their bin, of ten bins
    of equal width (expected calibration error, Naeini et al. 2015, for OKS); ``rmse``.

    >>> calibration_numbers(np.array([0.75, 0.75]), np.array([0.5, 1.0]))
    {'count': 2, 'bias': 0.0, 'ECE': 0.0, 'rmse': 0.25}
    """
    bins = np.clip((expected * BINS).astype(np.int64), 0, BINS - 1)
    total = np.bincount(bins, weights=expected - oks, minlength=BINS)
    every = np.ones(len(oks), bool)
    return {
        "count": len(oks),
        "bias": float(mean(expected - oks, every)),
        "ECE": float(np.abs(total).sum() / max(len(oks), 1)),
        "rmse": float(np.sqrt(mean((expected - oks) ** 2, every))),
    }
