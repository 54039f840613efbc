"""End-point error: how far predictions lie from the truth, and to which side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

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
    joints = _summary(pairs.offset, pairs.distance, pairs.found, pairs.scored.sum(axis=0), percentiles)
    return Scores(overall(pairs, percentiles), joints)


def overall(
    pairs: Pairs, percentiles: Sequence[float] = PERCENTILES, *, only: Mask | None = None
) -> dict[str, float]:
    """The same over all joints alone, or all of an (N, K) mask."""
    found, scored = (mask if only is None else mask & only for mask in (pairs.found, pairs.scored))
    place = np.flatnonzero(found)
    offset, distance = pairs.offset.reshape(-1, 2)[place], pairs.distance.reshape(-1)[place]
    pooled = _summary(offset, distance, None, scored.sum(), percentiles)
    return {name: float(value) for name, value in pooled.items()}


def _summary(
    offset: Floats,
    distance: Floats,
    found: Mask | None,
    scored: NDArray[np.int64],
    percentiles: Sequence[float],
) -> dict[str, Floats]:
    """Down the columns of (M, C, 2) offsets, or one of (M, 2), and their lengths, where found; ``scored``: of each."""
    ranks = quantiles(distance, found, np.asarray(percentiles) / 100)
    count = np.asarray(len(distance) if found is None else found.sum(axis=0), float)
    return {
        "count": count,
        "missed": scored - count,
        "mean": mean(distance, found),
        **{SPECIAL.get(p, f"p{p:g}"): rank for p, rank in zip(percentiles, ranks, strict=True)},
        "dx": mean(offset[..., 0], found),
        "dy": mean(offset[..., 1], found),
        "rmse": np.sqrt(mean(distance**2, found) / 2),
    }
