"""What the CSV readers share: images named by a column, joints gathered from columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def images_of(names: NDArray[np.str_]) -> tuple[NDArray[np.str_], NDArray[np.int64], NDArray[np.int64]]:
    """Distinct names in the order they first appear, the row of each first appearance, and each row's image."""
    _, first, inverse = np.unique(names, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return names[first[order]], first[order], rank[inverse.reshape(-1)]


def gathered(values: Floats, columns: NDArray[np.int64]) -> Floats:
    """values (N, C) at columns (...), -1 giving NaN -> (N, ...)."""
    padded = np.hstack([values, np.full((len(values), 1), np.nan)])
    return padded[:, columns]


def third_numbers(third: Floats, xy: Floats, kind: str) -> Floats:
    """Third numbers of a file that has any: 0 where x and y are empty, for then the joint is not labelled."""
    return np.where(np.isnan(xy).any(axis=-1), 0.0, third) if kind else third
