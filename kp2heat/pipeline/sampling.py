"""Choose a few of many, evenly spaced."""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Ints


def evenly_spaced(count: int, most: int) -> Ints:
    """Return at most ``most`` of the numbers 0..count-1, ascending, the first and the last among them.

    >>> evenly_spaced(10, 4).tolist()
    [0, 3, 6, 9]
    """
    return np.unique(np.linspace(0, max(0, count - 1), min(most, count)).round().astype(np.int64))
