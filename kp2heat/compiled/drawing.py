"""The loops over profiles, products and rounding."""

from __future__ import annotations

from typing import Any

import numpy as np

from kp2heat.compiled.jit import jit

LEAST_NORMAL_HALF, LEAST_BEYOND_HALF = 1009 << 52, (1038 << 52) + (0x3FF << 42) + (1 << 41)
"""Bits of 2^-14 and of 65,520 as float64: from there on a half is normal, and is infinite."""

BEYOND, LEAST_WITHIN = -700.0, 1e-300
"""What exp is taken of where there is no blob, and a number between that and exp of 37 sigma. Infinity would do
without, but takes four times as long, and so does whatever exp has no normal number for."""


@jit
def multiplied(y: Any, x: Any, floor: float, out: Any) -> None:
    """Fill ``out`` (h w,) with y (h,) times x (w,), 0 below ``floor``, rounded to its type."""
    across = len(x)
    for r in range(len(y)):
        factor, row = y[r], out[r * across : (r + 1) * across]
        for c in range(across):
            value = factor * x[c]
            row[c] = value if value >= floor else 0.0


@jit
def products(y: Any, x: Any, floor: float) -> Any:
    """Return (P, h, w) float64: y (P, h) times x (P, w), 0 below ``floor``."""
    out = np.empty((y.shape[0], y.shape[1], x.shape[1]))
    for p in range(len(y)):
        multiplied(y[p], x[p], floor, out[p].reshape(-1))
    return out


@jit
def _bounds(p: int, centre: Any, sigma: Any, low: Any, high: Any, reach: float) -> tuple[float, float]:
    far = sigma[p] * reach
    return max(low[p], centre[p] - far), min(high[p], centre[p] + far)


@jit
def _clipped(value: float, least: float, most: float) -> float:
    return min(max(value, least), most)


@jit
def exponents(centre: Any, sigma: Any, low: Any, high: Any, cells: int, reach: float) -> Any:
    """Return where the windows of ``gaussian.profile`` begin (P,) and their exponents (P, w), BEYOND outside them."""
    first, width = np.empty(len(centre)), 1.0
    for p in range(len(centre)):
        least, most = _bounds(p, centre, sigma, low, high, reach)
        first[p] = _clipped(np.ceil(_clipped(least, 0.0, float(cells))), 0.0, cells - 1.0)
        last = _clipped(np.floor(_clipped(most, -1.0, cells - 1.0)), -1.0, cells - 1.0)
        width = max(width, last - first[p] + 1)
    across = int(min(width, float(cells)))
    start, out = np.empty(len(centre), np.int64), np.empty((len(centre), across))
    for p in range(len(centre)):
        start[p] = np.int64(min(first[p], float(cells - across)))
        row, middle, scale = out[p], centre[p], sigma[p]
        least, most = _bounds(p, centre, sigma, low, high, reach)
        for c in range(across):
            g = np.float64(start[p] + c)
            z = (g - middle) / scale
            row[c] = -0.5 * z * z if least <= g <= most else BEYOND
    return start, out


@jit
def cleared(values: Any) -> None:
    """Set exp(BEYOND) in values (P, w) to 0, in place."""
    flat = values.reshape(-1)
    for i in range(len(flat)):
        flat[i] = flat[i] if flat[i] >= LEAST_WITHIN else 0.0


@jit
def extent(rows: Any) -> Any:
    """Return (P,), (P,): the first and the last cell above 0 of each row (P, w); all of it where none is."""
    first, last = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
    for p in range(len(rows)):
        row, a, b = rows[p], 0, len(rows[p]) - 1
        while a < len(row) and not row[a] > 0:
            a += 1
        while b >= 0 and not row[b] > 0:
            b -= 1
        first[p], last[p] = (0, len(row) - 1) if b < 0 else (a, b)
    return first, last


@jit
def greatest(rows: Any) -> Any:
    """Return (P,) float64: the greatest of each row (P, w), at least 0."""
    out = np.zeros(len(rows))
    for p in range(len(rows)):
        most, row = 0.0, rows[p]
        for c in range(len(row)):
            most = max(most, row[c])
        out[p] = most
    return out


@jit
def rounded(values: Any, bits: Any, out: Any) -> bool:
    """Round float64 (n,), also given as bits, to the bits of float16 (n,); return whether all are in its range.

    A normal half takes the top ten bits of the mantissa; a subnormal one counts 2^-24, which adding 2^52 rounds.
    """
    fits = True
    for i in range(len(values)):
        size = bits[i] & 0x7FFFFFFFFFFFFFFF
        fits &= size < LEAST_BEYOND_HALF
        normal = (size - (1008 << 52) + 0x1FFFFFFFFFF + ((size >> 42) & 1)) >> 42
        below = np.int64(np.rint(abs(values[i]) * 16777216.0)) if size < LEAST_NORMAL_HALF else np.int64(0)
        half = below if size < LEAST_NORMAL_HALF else normal
        out[i] = half | (bits[i] >> 48) & 0x8000
    return fits


@jit
def halves(values: Any, out: Any) -> bool:
    """Round float64 (n,) to nearest even, to the bits of float16 (n,); return False where one is out of range."""
    return bool(rounded(values, values.view(np.int64), out))


@jit
def half_products(y: Any, x: Any, floor: float, out: Any) -> bool:
    """Round ``products`` (P, h w) as ``halves`` does, one blob after another, each while it is in the first cache."""
    one = np.empty(y.shape[1] * x.shape[1])
    bits, fits = one.view(np.int64), True
    for p in range(len(y)):
        multiplied(y[p], x[p], floor, one)
        fits &= rounded(one, bits, out[p])
    return fits
