"""One person's blobs, one joint per map, by NumPy: the bits of ``compiled.person``, which draws them where numba is installed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Floats, Ints
from kp2heat.contracts import Level
from kp2heat.frame import Size
from kp2heat.scene import hidden_policy
from kp2heat.spec import Spec

SNAP = 2.0**36
"""As ``frame`` snaps cells."""
BEYOND, LEAST_WITHIN = -700.0, 1e-300
"""What exp is taken of where there is no blob, and a number between that and exp of 37 sigma."""
ROUNDED = (lambda c: c, lambda c: np.floor(c + 0.5), np.floor, np.trunc)
"""none, nearest, floor, trunc."""

Placed = tuple[Ints, Ints, Ints, Floats, NDArray[np.float32]]


def placing(spec: Spec, input_size: Size, level: Level, rounding: int = 0) -> tuple[Floats, Floats, Floats]:
    """Return ``size``, ``grid`` and ``policy`` of :func:`person`; rounding is a place in ``ROUNDED``."""
    at = level.alignment
    drawn, weight = hidden_policy(spec.hidden)
    size = np.array([*input_size, *level.size], np.float64)
    grid = np.stack([at.origin_input, at.stride, at.origin_cell], axis=1).astype(np.float64)
    snapped = any(at.origin_cell) and any(at.origin_input)
    outside = spec.outside == "drop", spec.outside == "clip"
    return size, grid, np.array([weight, drawn, *outside, rounding, snapped], np.float64)


def person(
    xy: Floats,
    visible: Floats,
    size: Floats,
    grid: Floats,
    blob: Floats,
    policy: Floats,
    across: int,
    down: int,
) -> Placed:
    """Return map (P,), first column and row (P,), exponents (P, across + down) and weights (K,), as the compiled loop does."""
    last = size[:2] - 0.5
    labelled = (xy >= -0.5) & (xy <= last) if policy[2] else np.isfinite(xy)
    kept = labelled[:, 0] & labelled[:, 1] & (visible > 0)
    weights = kept.astype(np.float32)
    if policy[0] != 1 or not policy[1]:
        hidden = visible == 1
        weights[hidden] *= np.float32(policy[0])
        kept = kept if policy[1] else kept & ~hidden
    index = kept.nonzero()[0]
    points = xy[index]
    if policy[3]:
        points = np.clip(points, -0.5, last)
    cells = (points - grid[:, 0]) / grid[:, 1]
    if policy[5]:
        cells = np.rint(cells * SNAP) / SNAP
    centre = ROUNDED[int(policy[4])](cells + grid[:, 2])
    if across == down and blob[0, 0] == blob[1, 0]:
        start, z = _windows(centre, blob[0], size[2:], across)
        x0, y0 = start.T
        return index, x0, y0, z.reshape(len(index), across + down), weights
    x0, x = _windows(centre[:, 0], blob[0], size[2], across)
    y0, y = _windows(centre[:, 1], blob[1], size[3], down)
    return index, x0, y0, np.concatenate([x, y], axis=1), weights


def _windows(centre: Floats, blob: Floats, cells: Any, count: int) -> tuple[Ints, Floats]:
    """Return the first cell (P, ...) of each window, and what exp is taken of in it (P, ..., count)."""
    reach = min(blob[1], blob[2])
    low, high = centre - reach, centre + reach
    first = np.minimum(np.ceil(np.maximum(low, 0.0)), cells - 1)
    start = np.minimum(first, cells - count)
    column = start[..., None] + np.arange(float(count))
    outside = (column < low[..., None]) | (column > high[..., None])
    z = column - centre[..., None]
    z /= blob[0]
    z *= z
    z *= -0.5
    z[outside] = BEYOND
    return start.astype(np.int64), z


def patches(values: Floats, across: int, floor: float, index: Ints, weights: NDArray[np.float32]) -> Floats:
    """Return (P, h, w) of profiles (P, w + h); a joint of which nothing shows loses its weight.

    Rounding keeps the order of products, so the greatest value of a patch is that of the greatest factors.
    """
    values[values < LEAST_WITHIN] = 0
    x, y = values[:, :across], values[:, across:]
    products = y[:, :, None] * x[:, None, :]
    products[products < floor] = 0
    greatest = x.max(axis=1, initial=0) * y.max(axis=1, initial=0)
    weights[index[(greatest == 0) | (greatest < floor)]] = 0
    return products


def put_vectors(
    values: Floats,
    across: int,
    height: Floats,
    index: Ints,
    x0: Ints,
    y0: Ints,
    x_rows: NDArray[Any],
    y_rows: NDArray[Any],
) -> None:
    """Put profiles (P, w + h), times the heights (2,), into their places in rows (M, W) and (M, H)."""
    for rows, first, one, factor in (
        (x_rows, x0, values[:, :across], height[0]),
        (y_rows, y0, values[:, across:], height[1]),
    ):
        rows[index[:, None], first[:, None] + np.arange(one.shape[1])] = factor * one


def put(maps: NDArray[Any], index: Ints, x0: Ints, y0: Ints, values: NDArray[Any]) -> None:
    """Copy patches (P, h, w) into their places in maps (M, H, W), which are C-ordered."""
    _, down, across = values.shape
    _, height, width = maps.shape
    corner = (index * height + y0) * width + x0
    within = np.arange(down)[:, None] * width + np.arange(across)
    maps.reshape(-1)[corner[:, None, None] + within] = values
