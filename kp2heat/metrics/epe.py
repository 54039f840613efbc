"""End-point error: how far predictions lie from the truth, and to which side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from kp2heat.contracts import Scores
from kp2heat.metrics.columns import mean, quantiles
from kp2heat.metrics.pairs import Floats, Mask, Pairs

PERCENTILES = (50, 75, 90, 95, 99, 100)
SPECIAL: Mapping[float, str] = {50: "median", 100: "max"}


def epe(pairs: Pairs, percentiles: Sequence[float] = PERCENTILES) -> Scores:
    """End-point error in the unit of the pairs' space, overall and per joint.

    =============== =====================================================================================
    count           scored joints with a prediction: those the other numbers are about
    missed          scored joints without one
    mean            mean Euclidean distance ("EPE", mmpose ``keypoint_epe``; DeepLabCut calls it RMSE)
    median ... max  percentiles of the distance, linearly interpolated
    dx, dy          mean of prediction - truth: a bias of half a cell shows here and nowhere else
    rmse            sqrt of the mean squared *coordinate* difference (Kaggle facial keypoints), that is
                    the root mean square distance / sqrt(2)
    =============== =====================================================================================
    """
    joints = _summary(pairs.offset, pairs.scored, percentiles)
    pooled = _summary(pairs.offset.reshape(-1, 1, 2), pairs.scored.reshape(-1, 1), percentiles)
    return Scores({name: float(value[0]) for name, value in pooled.items()}, joints)


def _summary(offset: Floats, scored: Mask, percentiles: Sequence[float]) -> dict[str, Floats]:
    """Down the columns of (M, C, 2) offsets, NaN where nothing was found."""
    found = np.isfinite(offset[..., 0])
    distance = np.hypot(offset[..., 0], offset[..., 1])
    ranks = quantiles(distance, found, np.asarray(percentiles) / 100)
    count = found.sum(axis=0).astype(float)
    return {
        "count": count,
        "missed": scored.sum(axis=0) - count,
        "mean": mean(distance, found),
        **{SPECIAL.get(p, f"p{p:g}"): rank for p, rank in zip(percentiles, ranks, strict=True)},
        "dx": mean(offset[..., 0], found),
        "dy": mean(offset[..., 1], found),
        "rmse": np.sqrt(mean(distance**2, found) / 2),
    }
