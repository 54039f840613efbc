"""Cells that are not the greatest of their surroundings, set to 0: non-maximum suppression by max-pooling."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def greatest_around(maps: NDArray[Any], side: int) -> NDArray[Any]:
    """Return maps (..., H, W) in which each cell below the greatest of the ``side`` x ``side`` cells round it is 0.

    Equal cells are all kept, as by max-pooling; ``side`` is odd.

    >>> greatest_around(np.array([[[0.2, 0.9, 0.3, 0.5]]]), 5).tolist()
    [[[0.0, 0.9, 0.0, 0.0]]]
    """
    half = side // 2
    wide = np.pad(maps, [(0, 0)] * (maps.ndim - 2) + [(half, half)] * 2, constant_values=-np.inf)
    *_, height, width = maps.shape
    rows = np.maximum.reduce([wide[..., y : y + height, :] for y in range(side)])
    around = np.maximum.reduce([rows[..., x : x + width] for x in range(side)])
    return np.where(maps == around, maps, maps.dtype.type(0))
