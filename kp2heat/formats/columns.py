"""Lists of whatever a JSON file holds as float64 columns; a Python loop only where rows really differ."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Floats

UNREADABLE = (TypeError, ValueError, OverflowError)


def number(value: Any) -> float:
    """Return one number, NaN where it is none."""
    try:
        return float(value)
    except UNREADABLE:
        return np.nan


def column(values: Sequence[Any] | NDArray[Any]) -> Floats:
    """Return (N,) float64; None and what is no number become NaN."""
    try:
        return np.array(values, np.float64).reshape(len(values))
    except UNREADABLE:
        return np.array([number(v) for v in values], np.float64)


def flat(value: Any) -> list[float]:
    """Return the numbers of a row, its inner lists opened: [[x, y, v], ...] -> [x, y, v, ...]."""
    if not isinstance(value, list):
        return []
    return [*chain.from_iterable(v if isinstance(v, list) else (v,) for v in value)]


def matrix(values: Floats | Sequence[Any], width: int) -> Floats:
    """Return (N, width) float64; rows of another length become NaN."""
    if isinstance(values, np.ndarray):
        return values if values.shape[1] == width else np.full((len(values), width), np.nan)
    try:
        if all(map(width.__eq__, map(len, values))):
            return np.fromiter(chain.from_iterable(values), np.float64, len(values) * width).reshape(
                -1, width
            )
    except UNREADABLE:
        pass
    rows = [row if len(row) == width else [np.nan] * width for row in map(flat, values)]
    return column([*chain.from_iterable(rows)]).reshape(len(values), width)
