"""Statistics down the columns of an (M, C) array, or of one (M,), each over its own rows; empty ones give NaN.

Without a mask all rows count, and nothing is copied to leave some out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def mean(values: NDArray[Any], counted: Mask | None) -> Floats:
    """(C,) float64: mean of the counted entries of each column."""
    total = (values if counted is None else np.where(counted, values, 0)).sum(axis=0, dtype=np.float64)
    count = np.asarray(len(values)) if counted is None else counted.sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def quantiles(values: Floats, counted: Mask | None, levels: Floats) -> Floats:
    """(L, C) float64: quantiles in [0, 1] of the counted entries, linearly interpolated (numpy's default)."""
    count = np.asarray(len(values)) if counted is None else counted.sum(axis=0)
    if not len(values):
        return np.full((len(levels), *values.shape[1:]), np.nan)
    ranked = np.sort((values if counted is None else np.where(counted, values, np.inf)).T, axis=-1).T
    place = levels.reshape(-1, *(1,) * (values.ndim - 1)) * np.maximum(count - 1, 0)
    below = np.floor(place).astype(np.int64)
    low = np.take_along_axis(ranked, below, axis=0)
    high = np.take_along_axis(ranked, np.ceil(place).astype(np.int64), axis=0)
    step = np.where(count > 0, high, 0) - np.where(count > 0, low, 0)
    return np.where(count > 0, low + (place - below) * step, np.nan)
