"""Statistics of the columns of an (M, C) array, or of one (M,) array; NaN for empty columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bools, Floats


def mean(values: NDArray[Any], counted: Bools) -> Floats:
    """Return the (C,) float64 means of the counted entries of each column.

    >>> mean(np.array([[1.0, 5.0], [3.0, 7.0]]), np.array([[True, False], [True, False]]))
    array([ 2., nan])
    """
    total = np.where(counted, values, 0).sum(axis=0, dtype=np.float64)
    count = counted.sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def quantiles(ranked: Floats, levels: Floats) -> Floats:
    """Return the (L,) quantiles, levels in [0, 1], of (P,) ascending values, linearly interpolated as NumPy does.

    >>> quantiles(np.array([0.0, 1.0, 4.0]), np.array([0.5, 0.75]))
    array([1. , 2.5])
    """
    if not len(ranked):
        return np.full(len(levels), np.nan)
    place = levels * (len(ranked) - 1)
    below = np.floor(place).astype(np.int64)
    low, high = ranked[below], ranked[np.ceil(place).astype(np.int64)]
    return np.asarray(low + (place - below) * (high - low))
