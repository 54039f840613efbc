"""The loops over profiles, products and rounding."""

from __future__ import annotations

from typing import Any

import numpy as np

from kp2heat.compiled.jit import jit

LEAST_NORMAL_HALF, LEAST_BEYOND_HALF = 1009 << 52, (1038 << 52) + (0x3FF << 42) + (1 << 41)
"""Bits of 2^-14 and of 65,520 as float64: from there on a half is normal, and is infinite."""


@jit
def products(y: Any, x: Any, floor: float) -> Any:
    """(P, h, w) float64: y (P, h) times x (P, w), 0 below ``floor``."""
    out = np.empty((y.shape[0], y.shape[1], x.shape[1]))
    for p in range(len(y)):
        across = x[p]
        for r in range(y.shape[1]):
            factor, row = y[p, r], out[p, r]
            for c in range(len(across)):
                value = factor * across[c]
                row[c] = value if value >= floor else 0.0
    return out


@jit
def exponents(start: Any, centre: Any, sigma: Any, low: Any, high: Any, width: int) -> Any:
    """(P, width) float64: -(g - centre)^2 / 2 sigma^2 at the cells g from ``start`` (P,) on; -inf beyond low and high."""
    out = np.empty((len(start), width))
    for p in range(len(start)):
        row, first, middle, scale, least, most = out[p], start[p], centre[p], sigma[p], low[p], high[p]
        for c in range(width):
            g = np.float64(first + c)
            z = (g - middle) / scale
            row[c] = -0.5 * z * z if least <= g <= most else -np.inf
    return out


@jit
def greatest(rows: Any) -> Any:
    """(P,) float64: the greatest of each row (P, w), at least 0."""
    out = np.zeros(len(rows))
    for p in range(len(rows)):
        most, row = 0.0, rows[p]
        for c in range(len(row)):
            most = max(most, row[c])
        out[p] = most
    return out


@jit
def halves(values: Any, out: Any) -> bool:
    """Float64 (n,) rounded once, to nearest even, to the bits of float16 (n,); False where one is beyond its range.

    A normal half takes the top ten bits of the mantissa; a subnormal one counts 2^-24, which adding 2^52 rounds.
    """
    bits = values.view(np.int64)
    fits = True
    for i in range(len(values)):
        size = bits[i] & 0x7FFFFFFFFFFFFFFF
        fits &= size < LEAST_BEYOND_HALF
        normal = (size - (1008 << 52) + 0x1FFFFFFFFFF + ((size >> 42) & 1)) >> 42
        below = np.int64(np.rint(abs(values[i]) * 16777216.0)) if size < LEAST_NORMAL_HALF else np.int64(0)
        half = below if size < LEAST_NORMAL_HALF else normal
        out[i] = half | (bits[i] >> 48) & 0x8000
    return fits
