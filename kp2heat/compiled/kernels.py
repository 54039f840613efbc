"""The loops over bytes behind windows, prepared segments and checksums, compiled by numba.

What they write is, byte for byte, what the NumPy beside them writes; ``compiled`` says when they are used.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

MODULUS = 65521
LEAST_NORMAL_HALF, LEAST_BEYOND_HALF = 1009 << 52, (1038 << 52) + (0x3FF << 42) + (1 << 41)
"""Bits of 2^-14 and of 65,520 as float64: from there on a half is normal, and is infinite."""


def _jit(loop: Any) -> Any:
    """Compiled, and kept for the next process; where nothing can be written, each process compiles for itself."""
    try:
        return njit(cache=True, nogil=True)(loop)
    except RuntimeError:
        return njit(nogil=True)(loop)


@_jit
def _copied(out: Any, at: int, data: Any) -> int:
    """Loops run over slices from 0 on: of any other index numba asks whether it is negative, byte by byte."""
    target = out[at : at + len(data)]
    for i in range(len(data)):
        target[i] = data[i]
    return at + len(data)


@_jit
def _repeated(out: Any, at: int, value: Any, times: int) -> int:
    for _ in range(times):
        at = _copied(out, at, value)
    return at


@_jit
def _weights(value: Any) -> tuple[int, int]:
    """Sum of the bytes, and of the bytes times their distance from the end."""
    plain, inside = 0, 0
    for j in range(len(value)):
        plain += value[j]
        inside += value[j] * (len(value) - j)
    return plain, inside


@_jit
def _constant(low: int, high: int, size: int, plain: int, inside: int, cells: int) -> tuple[int, int]:
    """The two sums of Adler-32 after ``cells`` times ``size`` bytes of these ``_weights``."""
    high += cells * size * low + cells * inside + size * (cells * (cells - 1) // 2) * plain
    return (low + cells * plain) % MODULUS, high % MODULUS


@_jit
def _gathered(window: Any, once: Any, often: Any) -> None:
    """Column by column of bytes, of rows (n, B): their sum, and the sum of each times 1 more than the rows below it."""
    once[:], often[:] = 0, 0
    for row in window:
        for i in range(len(row)):
            once[i] += row[i]
            often[i] += once[i]


@_jit
def _differing(window: Any, value: Any, behind: int, width: int, once: Any, often: Any) -> Any:
    """What rows of a window (n, B) add to the two sums of a map of the bytes ``value``.

    behind, width: bytes from where the last row begins to the end of the map, and of a row of the map.
    """
    _gathered(window, once, often)
    rows, size = len(window), len(value)
    plain, weighted = np.int64(0), np.int64(0)
    for i in range(len(once)):
        own = np.int64(value[i % size])
        differs = np.int64(once[i]) - rows * own
        below = np.int64(often[i]) - np.int64(once[i]) - rows * (rows - 1) // 2 * own
        plain += differs
        weighted += differs * (behind - i) + below * width
    return plain, weighted


@_jit
def _check(out: Any, at: int, low: int, high: int) -> int:
    out[at], out[at + 1], out[at + 2], out[at + 3] = high >> 8, high & 255, low >> 8, low & 255
    return at + 4


@_jit
def _filled(out: Any, at: int, fills: Any, starts: Any, literals: Any, cells: int, value: Any) -> int:
    """``cells`` times the value, from the table of fills of zeros."""
    if cells == 0:
        return at
    values = at + 4
    at = _copied(out, at, fills[starts[cells] : starts[cells + 1]])
    _repeated(out, values, value, literals[cells])
    return at


@_jit
def windows(
    out: Any,
    index: Any,
    start: Any,
    values: Any,
    first: Any,
    last: Any,
    background: Any,
    width: int,
    cells: int,
    maps: int,
    opening: Any,
    closing: Any,
    rows: Any,
    final: Any,
    more: int,
    fills: Any,
    fill_starts: Any,
    literals: Any,
) -> Any:
    """Streams of every ``maps`` maps into ``out``; bytes of each.

    values (P, h, w size) uint8, background (M, size) uint8, start (P,) first cell of each window; ``rows``:
    what h rows of a window are written as, values still 0, ``more`` cells of background behind each; ``final``:
    the four bytes that open the last one; fills: of every number of cells, zeros, from ``fill_starts`` on.
    """
    count, size = background.shape
    span = values.shape[2]
    across, step = span // size, len(rows) // values.shape[1]
    once, often = np.empty(span, np.uint32), np.empty(span, np.uint32)
    sizes = np.empty(count // maps, np.int64)
    at, p = 0, 0
    for chunk in range(len(sizes)):
        began = at
        at = _copied(out, at, opening)
        low, high = 1, 0
        for m in range(chunk * maps, (chunk + 1) * maps):
            value = background[m]
            plain, inside = _weights(value)
            low, high = _constant(low, high, size, plain, inside, cells)
            if p == len(index) or index[p] != m:
                at = _filled(out, at, fills, fill_starts, literals, cells, value)
                continue
            window = values[p, first[p] : last[p] + 1]
            end = start[p] + last[p] * width
            at = _filled(out, at, fills, fill_starts, literals, start[p] + first[p] * width, value)
            _copied(out, at, rows[: len(window) * step])
            for row in window[:-1]:
                _repeated(out, _copied(out, at + 4, row), value, more)
                at += step
            at = _copied(out, _copied(out, at, final), window[-1])
            out[at] = 0
            at = _filled(out, at + 1, fills, fill_starts, literals, cells - end - across, value)
            more_plain, more_weighted = _differing(
                window, value, (cells - end) * size, width * size, once, often
            )
            low, high = (low + more_plain) % MODULUS, (high + more_weighted) % MODULUS
            p += 1
        at = _copied(out, at, closing)
        at = _check(out, at, low, high)
        sizes[chunk] = at - began
    return sizes


@_jit
def prepared(
    out: Any,
    kind: Any,
    maps: int,
    size: int,
    pieces: Any,
    starts: Any,
    stops: Any,
    plain: Any,
    weighted: Any,
    opening: Any,
    closing: Any,
) -> Any:
    """Segments of the kinds (M,) joined to the stream of every ``maps`` maps, into ``out``; bytes of each."""
    sizes = np.empty(len(kind) // maps, np.int64)
    at = 0
    for chunk in range(len(sizes)):
        began = at
        at = _copied(out, at, opening)
        low, high = 1, 0
        for m in range(chunk * maps, (chunk + 1) * maps):
            k = kind[m]
            at = _copied(out, at, pieces[starts[k] : stops[k]])
            high = (high + size * low + weighted[k]) % MODULUS
            low = (low + plain[k]) % MODULUS
        at = _copied(out, at, closing)
        at = _check(out, at, low, high)
        sizes[chunk] = at - began
    return sizes


@_jit
def lookup3(words: Any, length: int) -> Any:
    """Jenkins' ``hashlittle`` over whole triples of words (uint32), as ``chunk_index.lookup3`` has it."""
    a = b = c = np.uint32(0xDEADBEEF + length)
    end = len(words) - 3
    for i in range(0, end, 3):
        a, b, c = np.uint32(a + words[i]), np.uint32(b + words[i + 1]), np.uint32(c + words[i + 2])
        for turn in (4, 6, 8, 16, 19, 4):
            a = np.uint32(np.uint32(a - c) ^ np.uint32(np.uint32(c << turn) | np.uint32(c >> 32 - turn)))
            c = np.uint32(c + b)
            a, b, c = b, c, a
    a, b, c = np.uint32(a + words[end]), np.uint32(b + words[end + 1]), np.uint32(c + words[end + 2])
    for turn in (14, 11, 25, 16, 4, 14, 24):
        c = np.uint32(np.uint32(c ^ b) - np.uint32(np.uint32(b << turn) | np.uint32(b >> 32 - turn)))
        a, b, c = b, c, a
    return b


@_jit
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


@_jit
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


@_jit
def greatest(rows: Any) -> Any:
    """(P,) float64: the greatest of each row (P, w), at least 0."""
    out = np.zeros(len(rows))
    for p in range(len(rows)):
        most, row = 0.0, rows[p]
        for c in range(len(row)):
            most = max(most, row[c])
        out[p] = most
    return out


@_jit
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
