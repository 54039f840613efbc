"""A few of many, evenly spread."""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Ints


def spread(count: int, most: int) -> Ints:
    """At most ``most`` of the numbers 0..count-1, ascending, first and last among them."""
    return np.unique(np.linspace(0, max(0, count - 1), min(most, count)).round().astype(np.int64))
