"""Long columns some thousand rows at a time: what is made on the way stays small, and in the processor's cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bools

ROWS = 1 << 13


def chunks(rows: int) -> Iterator[slice]:
    """Return slices that cover so many rows."""
    return (slice(start, start + ROWS) for start in range(0, rows, ROWS))


def by_rows(look: Callable[..., NDArray[Any]], *columns: NDArray[Any]) -> NDArray[Any]:
    """Return ``look(*columns)``, which says of each row (N, ...) something that no other row changes."""
    parts = [look(*(column[rows] for column in columns)) for rows in chunks(len(columns[0]))]
    return np.concatenate(parts) if parts else look(*columns)


def either(flags: Bools) -> Bools:
    """Return (..., 2) -> (...): whether x or y is flagged. Many times as fast as ``any`` along so short an axis."""
    return np.asarray(flags[..., 0] | flags[..., 1])


def both(flags: Bools) -> Bools:
    """Return (..., 2) -> (...): whether x and y are flagged."""
    return np.asarray(flags[..., 0] & flags[..., 1])
