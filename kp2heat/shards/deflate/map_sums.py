"""Adler-32 of maps that are a background and a window, without painting them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bytes, Floats, Ints
from kp2heat.shards.deflate.blocks import MODULUS, Sums
from kp2heat.sparse import Sparse

SUMMED_BYTES = 1 << 16
"""Summed at a time: as floats they stay in the cache of one core."""


def words_of(values: NDArray[Any]) -> NDArray[Any]:
    """Return values as unsigned integers."""
    return np.ascontiguousarray(values).view(f"u{values.itemsize}")


def bytes_of(values: NDArray[Any]) -> Bytes:
    """Return the bytes (..., w itemsize) of values (..., w)."""
    return np.ascontiguousarray(values).view(np.uint8)


def map_sums(sparse: Sparse, values: NDArray[Any], background: NDArray[Any]) -> Sums:
    """Return the sums of each map: those of the background everywhere, and of what the windows differ from it."""
    (width, height), (count, rows, across) = sparse.size, values.shape
    cells, size = width * height, background.itemsize
    value = bytes_of(background[:, None])
    plain, weighted = _constant(value.astype(np.int64), cells)
    cell = np.arange(rows)[:, None] * width + np.arange(across)
    place = (cell[..., None] * size + np.arange(size)).reshape(-1)
    factors = np.stack([np.ones(len(place)), place], axis=1).astype(np.float64)
    background_bytes, factor_sums = (
        value[sparse.index].astype(np.float64),
        factors.reshape(-1, size, 2).sum(axis=0),
    )
    sums = _products(bytes_of(values).reshape(count, len(place)), factors) - background_bytes @ factor_sums
    differs, placed = sums.astype(np.int64).T
    plain[sparse.index] += differs
    weighted[sparse.index] += (cells - sparse.origin) * size * differs - placed
    return Sums(plain % MODULUS, weighted % MODULUS)


def _constant(value: Ints, cells: int) -> Sums:
    """Return the sums of ``cells`` times the bytes ``value`` (M, size)."""
    size = value.shape[1]
    inside = value @ np.arange(size, 0, -1)
    return Sums(
        cells * value.sum(axis=1), cells * inside + size * (cells * (cells - 1) // 2) * value.sum(axis=1)
    )


def _products(rows: Bytes, factors: Floats) -> Floats:
    """Return (P, n) bytes times (n, 2). As float64 they are exact up to 2^53, which a map of 4 GB would not reach."""
    block = max(1, SUMMED_BYTES // rows.shape[1])
    parts = [rows[start : start + block].astype(np.float64) @ factors for start in range(0, len(rows), block)]
    return np.concatenate(parts) if parts else np.empty((0, 2))
