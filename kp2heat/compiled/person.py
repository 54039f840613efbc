"""The loops that draw one person's blobs, one joint per map, for the prepared renderer."""

from __future__ import annotations

from typing import Any

import numpy as np

from kp2heat.compiled.drawing import BEYOND, LEAST_WITHIN, multiplied, rounded
from kp2heat.compiled.jit import jit

SNAP = 2.0**36
"""As ``frame`` snaps cells."""


@jit
def _cell(value: float, origin: float, stride: float, cell: float, snapped: bool) -> float:
    offset = (value - origin) / stride
    if snapped:
        offset = np.rint(offset * SNAP) / SNAP
    return offset + cell


@jit
def _rounded(value: float, rounding: int) -> float:
    """Round by rule 0 to 3: none, nearest, floor, trunc."""
    if rounding == 1:
        return float(np.floor(value + 0.5))
    if rounding == 2:
        return float(np.floor(value))
    if rounding == 3:
        return float(np.trunc(value))
    return value


@jit
def _window(centre: float, blob: Any, cells: int, across: int, row: Any) -> int:
    """Put what exp is taken of into row (across,); return the window's first cell."""
    sigma, reach, far = blob[0], blob[1], blob[2]
    low, high = max(centre - reach, centre - far), min(centre + reach, centre + far)
    first = min(max(np.ceil(min(max(low, 0.0), float(cells))), 0.0), cells - 1.0)
    start = np.int64(min(first, float(cells - across)))
    for c in range(across):
        g = np.float64(start + c)
        z = (g - centre) / sigma
        row[c] = -0.5 * z * z if low <= g <= high else BEYOND
    return int(start)


def person(
    xy: Any, visible: Any, size: Any, grid: Any, blob: Any, policy: Any, across: int, down: int
) -> Any:
    """Return exponents and windows of one person's blobs, and the joints' weights.

    xy (K, 2) input px, visible (K,) float64; size: input w, h and map W, H; grid (2, 3): origin in the input,
    stride, origin in cells of both axes; blob (2, 3): sigma, reach, far in cells of both axes; policy: weight of
    hidden joints, whether they are drawn, whether joints outside the input are dropped, clipped; rounding, whether
    cells are snapped.
    Returns map (P,), first column and row (P,), exponents (P, across + down), weights (K,) float32.
    """
    joints = len(xy)
    # Arrays that numba makes take as long to hand back as the loop: five of them a quarter of a person's labels.
    place, weights = np.empty((3, joints), np.int64), np.zeros(joints, np.float32)
    z = np.empty((joints, across + down))
    count = _person(xy, visible, size, grid, blob, policy, across, place, z, weights)
    return place[0, :count], place[1, :count], place[2, :count], z[:count], weights


@jit
def _person(
    xy: Any,
    visible: Any,
    size: Any,
    grid: Any,
    blob: Any,
    policy: Any,
    across: int,
    place: Any,
    z: Any,
    weights: Any,
) -> int:
    """Fill place (3, K): map, first column and row; z and weights; return how many blobs there are."""
    index, x0, y0 = place[0], place[1], place[2]
    joints, down = len(xy), z.shape[1] - across
    rounding, snapped = int(policy[4]), policy[5] > 0
    count = 0
    for k in range(joints):
        x, y, seen = xy[k, 0], xy[k, 1], visible[k]
        if not (seen > 0 and np.isfinite(x) and np.isfinite(y)):
            continue
        hidden = seen == 1
        weight = policy[0] if hidden else 1.0
        drawn = policy[1] > 0 or not hidden
        beyond = x < -0.5 or x > size[0] - 0.5 or y < -0.5 or y > size[1] - 0.5
        if beyond and policy[2] > 0:
            continue
        weights[k] = weight
        if not drawn:
            continue
        if policy[3] > 0:
            x, y = min(max(x, -0.5), size[0] - 0.5), min(max(y, -0.5), size[1] - 0.5)
        cx = _rounded(_cell(x, grid[0, 0], grid[0, 1], grid[0, 2], snapped), rounding)
        cy = _rounded(_cell(y, grid[1, 0], grid[1, 1], grid[1, 2], snapped), rounding)
        index[count] = k
        x0[count] = _window(cx, blob[0], int(size[2]), across, z[count, :across])
        y0[count] = _window(cy, blob[1], int(size[3]), down, z[count, across:])
        count += 1
    return count


@jit
def _shown(values: Any, across: int, floor: float, index: Any, weights: Any) -> None:
    """Set exp(BEYOND) to 0 in profiles (P, w + h), in place; a joint of which nothing shows loses its weight.

    Rounding keeps the order of products, so the greatest value of a patch is that of the greatest factors.
    """
    for p in range(len(values)):
        row, widest, tallest = values[p], 0.0, 0.0
        for c in range(len(row)):
            row[c] = row[c] if row[c] >= LEAST_WITHIN else 0.0
            if c < across:
                widest = max(widest, row[c])
            else:
                tallest = max(tallest, row[c])
        most = widest * tallest
        if most == 0 or most < floor:
            weights[index[p]] = 0


@jit
def patches(values: Any, across: int, floor: float, index: Any, weights: Any) -> Any:
    """Return (P, h, w) float64 of profiles (P, w + h), exp(BEYOND) being 0; invisible joints lose their weight."""
    _shown(values, across, floor, index, weights)
    down = values.shape[1] - across
    out = np.empty((len(values), down, across))
    for p in range(len(values)):
        multiplied(values[p, across:], values[p, :across], floor, out[p].reshape(-1))
    return out


@jit
def put_floats(
    values: Any, across: int, floor: float, index: Any, x0: Any, y0: Any, weights: Any, maps: Any
) -> None:
    """Put ``patches`` of profiles (P, w + h), rounded to float32, into their places in maps (M, H, W)."""
    _shown(values, across, floor, index, weights)
    for p in range(len(values)):
        x, y = values[p, :across], values[p, across:]
        one_map, top, left = maps[index[p]], y0[p], x0[p]
        for r in range(len(y)):
            factor = y[r]
            for c in range(across):  # ``multiplied`` into slices of a row took three times as long
                value = factor * x[c]
                one_map[top + r, left + c] = value if value >= floor else 0.0


@jit
def put_halves(
    values: Any, across: int, floor: float, index: Any, x0: Any, y0: Any, weights: Any, maps: Any
) -> None:
    """Put blobs into maps (M, H, W) of the bits of float16, as the loop for floats does."""
    _shown(values, across, floor, index, weights)
    down = values.shape[1] - across
    one, rounded_once = np.empty(down * across), np.empty(down * across, np.uint16)
    bits = one.view(np.int64)
    for p in range(len(values)):
        multiplied(values[p, across:], values[p, :across], floor, one)
        rounded(one, bits, rounded_once)
        one_map, top, left = maps[index[p]], y0[p], x0[p]
        for r in range(down):
            for c in range(across):
                one_map[top + r, left + c] = rounded_once[r * across + c]


@jit
def put_vectors(
    values: Any, across: int, height: Any, index: Any, x0: Any, y0: Any, x_rows: Any, y_rows: Any
) -> None:
    """Put profiles (P, w + h), times the heights (2,), into their places in rows (M, W) and (M, H) of floats."""
    for p in range(len(values)):
        x_row, y_row = x_rows[index[p]], y_rows[index[p]]
        for c in range(across):
            x_row[x0[p] + c] = height[0] * values[p, c]
        for c in range(values.shape[1] - across):
            y_row[y0[p] + c] = height[1] * values[p, across + c]


@jit
def put(maps: Any, index: Any, x0: Any, y0: Any, values: Any) -> None:
    """Copy patches (P, h, w) into their places in maps (M, H, W) of the same type."""
    for p in range(len(values)):
        one_map, top, left = maps[index[p]], y0[p], x0[p]
        for r in range(values.shape[1]):
            for c in range(values.shape[2]):
                one_map[top + r, left + c] = values[p, r, c]
