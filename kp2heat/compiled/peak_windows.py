"""The loops over windows round peaks: their cells as numbers, as shares of the peak, blurred, and fitted by a plane."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import overload

from kp2heat.compiled.jit import jit

LANES = 8
"""Windows blurred at a time, side by side, so that the innermost loop is over them."""
_BIAS = 2.0**1008
"""Between the exponents of a half and of a float64, whose mantissa begins with the half's."""


def number(word: Any) -> Any:
    """Return a cell as float64; halves come as the integers of their bits."""
    return float(word)


@overload(number)
def _number_of(word: Any) -> Any:
    def single(word: Any) -> Any:
        return np.float64(word)

    def half(word: Any) -> Any:
        bits = np.int64(word)
        size = np.int64((bits & 0x7FFF) << 42).view(np.float64) * _BIAS
        endless = np.nan if bits & 0x3FF else np.inf
        size = np.float64(endless if bits & 0x7C00 == 0x7C00 else size)
        return -size if bits & 0x8000 else size

    return half if isinstance(word, types.Integer) else single


@jit
def _read(picture: Any, left: int, top: int, side: int, cells: Any) -> None:
    """Fill cells (side side,) from a map (H, W), 0 beyond it."""
    height, width = picture.shape
    i = 0
    if left >= 0 and top >= 0 and left + side <= width and top + side <= height:
        for row in range(top, top + side):
            for column in range(left, left + side):
                cells[i] = picture[row, column]
                i += 1
    else:
        for row in range(top, top + side):
            inside = 0 <= row < height
            for column in range(left, left + side):
                cells[i] = picture[row, column] if inside and 0 <= column < width else 0
                i += 1


@jit
def around(maps: Any, which: Any, x: Any, y: Any, out: Any) -> None:
    """Fill windows (P, n, n) float64 round cells of maps (M, H, W), 0 beyond the map."""
    side = out.shape[1]
    cells, flat = np.zeros(side * side, maps.dtype), out.reshape(-1)
    for p in range(len(which)):
        _read(maps[which[p]], x[p] - side // 2, y[p] - side // 2, side, cells)
        for i in range(side * side):
            flat[p * side * side + i] = number(cells[i])


@jit
def shares(maps: Any, which: Any, x: Any, y: Any, values: Any, weights: Any) -> None:
    """Fill windows (P, n, n) round cells of maps (M, H, W) with shares of the middle and their squares.

    They are 1 and 0 where a value is not above 0, and beyond the map.
    """
    side = values.shape[1]
    half, size = side // 2, side * side
    cells, flat_values, flat_weights = np.zeros(size, maps.dtype), values.reshape(-1), weights.reshape(-1)
    for p in range(len(which)):
        m, left, top = which[p], x[p] - half, y[p] - half
        peak = number(maps[m, y[p], x[p]])
        _read(maps[m], left, top, side, cells)
        value, weight = flat_values[p * size : (p + 1) * size], flat_weights[p * size : (p + 1) * size]
        for i in range(size):  # apart from the reading, so that many are divided side by side
            share = number(cells[i]) / peak
            value[i] = share if share > 0 else 1.0
            weight[i] = share * share if share > 0 else 0.0


@jit
def climbed(
    weights: Any,
    logs: Any,
    scale: float,
    credible: float,
    stretch: float,
    singular: float,
    dx: Any,
    dy: Any,
    taken: Any,
) -> None:
    """Fill in steps (P,) from the slopes of weighted planes through windows (P, n, n), as ``lsq.climbed`` does."""
    side = weights.shape[1]
    half, most = side // 2, stretch * credible
    for p in range(len(weights)):
        w00, w01, w02, w10, w11, w20, z00, z01, z10 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for r in range(side):
            weight, log, v = weights[p, r], logs[p, r], float(r - half)
            r0, r1, r2, s0, s1 = 0.0, 0.0, 0.0, 0.0, 0.0
            for c in range(side):
                u, w = float(c - half), weight[c]
                z = w * log[c]
                r0 += w
                r1 += u * w
                r2 += u * u * w
                s0 += z
                s1 += u * z
            w00 += r0
            w01 += r1
            w02 += r2
            w10 += v * r0
            w11 += v * r1
            w20 += v * v * r0
            z00 += s0
            z01 += s1
            z10 += v * s0
        mean_x, mean_y, level = w01 / w00, w10 / w00, z00 / w00
        xx, yy, xy = w02 - w01 * mean_x, w20 - w10 * mean_y, w11 - w01 * mean_y
        xz, yz = z01 - w01 * level, z10 - w10 * level
        flat_x, flat_y = xx <= 0, yy <= 0
        xx, yy = 1.0 if flat_x else xx, 1.0 if flat_y else yy
        det = xx * yy - xy * xy
        x, y = scale * ((yy * xz - xy * yz) / det), scale * ((xx * yz - xy * xz) / det)
        possible = det > singular * xx * yy and not (flat_x and flat_y)
        taken[p] = possible and abs(x) <= most and abs(y) <= most
        dx[p] = min(max(x, -credible), credible) if taken[p] else 0.0
        dy[p] = min(max(y, -credible), credible) if taken[p] else 0.0


@jit
def _correlated(out: Any, taps: Any, lines: Any) -> None:
    """Set out (LANES,) to the sum of taps (n,) times lines (n, LANES), in their order."""
    out[:] = 0.0
    for t in range(len(taps)):
        tap, line = taps[t], lines[t]
        for b in range(LANES):
            out[b] += tap * line[b]


@jit
def blurred(maps: Any, which: Any, x: Any, y: Any, taps: Any, out: Any) -> None:
    """Fill in windows round cells of maps (M, H, W), as shares of the middle, correlated with ``taps`` on both axes.

    out (n, n, P); all cells a window needs lie in its map.
    """
    stencil, count = len(out), len(which)
    side = stencil + len(taps) - 1
    reach = side // 2
    block = np.zeros((side, side, LANES))
    rows, line = np.zeros((stencil, side, LANES)), np.zeros(LANES)
    for start in range(0, count, LANES):
        several = min(LANES, count - start)
        for b in range(several):  # touched first, so that memory brings all of them at the same time
            p = start + b
            picture, left, top = maps[which[p]], x[p] - reach, y[p] - reach
            for r in range(side):
                line[b] += number(picture[top + r, left]) + number(picture[top + r, left + side - 1])
        for b in range(several):
            p = start + b
            picture, left, top = maps[which[p]], x[p] - reach, y[p] - reach
            peak = number(picture[y[p], x[p]])
            for r in range(side):
                cells = picture[top + r, left : left + side]
                for c in range(side):
                    block[r, c, b] = number(cells[c]) / peak
        for r in range(stencil):
            for c in range(side):
                _correlated(rows[r, c], taps, block[r : r + len(taps), c])
            for c in range(stencil):
                _correlated(line, taps, rows[r, c : c + len(taps)])
                out[r, c, start : start + several] = line[:several]
