"""Type aliases of the arrays that pass between modules, and the numbers a user gives as an array.

A docstring says each array's shape, unit and space.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]


def to_floats(values: Any, name: str, shape: str = "(N, K, 2)") -> Floats:
    """Return numbers as a float64 array; InputError where they are none.

    >>> to_floats([[[1, 2]]], "xy").dtype
    dtype('float64')
    """
    try:
        return np.asarray(values, np.float64)
    except (TypeError, ValueError):
        kind = type(values).__name__
        raise InputError(
            name, f"is of type {kind} and not an array of numbers", f"give floats {shape}"
        ) from None
