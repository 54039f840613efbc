"""Statistics down the columns of an (M, C) array, or of one (M,); empty ones give NaN."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bools, Floats


def mean(values: NDArray[Any], counted: Bools) -> Floats:
    """(C,) float64: mean of the counted entries of each column."""
    total = np.where(counted, values, 0).sum(axis=0, dtype=np.float64)
    count = counted.sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def quantiles(ranked: Floats, levels: Floats) -> Floats:
    """(L,) float64: quantiles in [0, 1] of (P,) ascending values, linearly interpolated (numpy's default)."""
    if not len(ranked):
        return np.full(len(levels), np.nan)
    place = levels * (len(ranked) - 1)
    below = np.floor(place).astype(np.int64)
    low, high = ranked[below], ranked[np.ceil(place).astype(np.int64)]
    return np.asarray(low + (place - below) * (high - low))
