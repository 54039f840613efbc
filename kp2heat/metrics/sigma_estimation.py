"""Estimate the OKS sigmas of a skeleton from instances that were annotated several times."""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.errors import InputError
from kp2heat.metrics.columns import mean


def estimate_sigmas(xy: Floats, area: Floats) -> tuple[Floats, Floats]:
    """Return (K,) sigmas and the (K,) number of instances used for each, from R annotations of N instances.

    xy (R, N, K, 2) px, NaN where an annotator skipped a joint; area (N,) px^2.

    COCO's procedure: sigma_i^2 = E[d_i^2 / s^2] with d_i the distance of an annotation from the true position
    and s^2 the object's area. The mean of the annotators replaces the unknown true position, and the sum of
    squares of an instance is divided by R - 1, which makes the estimate unbiased for any R. A sigma is NaN
    where no instance has the joint twice. InputError where there is only one annotation.

    >>> xy = np.array([[[[10.0, 10.0]]], [[[16.0, 10.0]]]])  # two annotators, 6 px apart
    >>> estimate_sigmas(xy, np.array([3600.0]))[0].round(4)
    array([0.0707])
    """
    if len(xy) < 2:
        raise InputError(
            "sigmas", "every instance is annotated only once", "give the files of two annotators or more"
        )
    given = np.isfinite(xy).all(axis=-1) & np.isfinite(area)[None, :, None] & (area > 0)[None, :, None]
    count = given.sum(axis=0)
    centre = np.stack([mean(xy[..., axis], given) for axis in (0, 1)], axis=-1)
    squared = np.where(given, ((xy - centre) ** 2).sum(axis=-1), 0.0).sum(axis=0)
    twice = count > 1
    freedom = np.where(twice, count - 1, 0).sum(axis=0)
    total = np.where(twice, squared / np.where(area > 0, area, np.nan)[:, None], 0.0).sum(axis=0)
    sigma = np.sqrt(np.where(freedom > 0, total / np.maximum(freedom, 1), np.nan))
    return sigma, twice.sum(axis=0).astype(float)
