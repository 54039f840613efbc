"""One person's blobs, a joint a map, by NumPy: the bits of ``compiled.person``, which draws them where numba is installed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Floats, Ints

SNAP = 2.0**36
"""As ``frame`` snaps cells."""
BEYOND, LEAST_WITHIN = -700.0, 1e-300
"""What exp is taken of where there is no blob, and a number between that and exp of 37 sigma."""
ROUNDED = (lambda c: c, lambda c: np.floor(c + 0.5), np.floor, np.trunc)
"""none, nearest, floor, trunc."""

Person = tuple[Ints, Ints, Ints, Floats, NDArray[np.float32]]


def person(
    xy: Floats,
    visible: Floats,
    size: Floats,
    grid: Floats,
    blob: Floats,
    policy: Floats,
    across: int,
    down: int,
) -> Person:
    """Return map (P,), first column and row (P,), exponents (P, across + down) and weights (K,), as the compiled loop does."""
    kept = (visible > 0) & np.isfinite(xy).all(axis=1)
    if policy[2]:
        kept &= ((xy >= -0.5) & (xy <= size[:2] - 0.5)).all(axis=1)
    hidden = visible == 1
    weights = np.where(hidden, policy[0], 1.0).astype(np.float32) * kept
    index = np.flatnonzero(kept if policy[1] else kept & ~hidden)
    points = xy[index]
    if policy[3]:
        points = np.clip(points, -0.5, size[:2] - 0.5)
    cells = (points - grid[:, 0]) / grid[:, 1]
    if blob[4]:
        cells = np.rint(cells * SNAP) / SNAP
    centre = ROUNDED[int(blob[3])](cells + grid[:, 2])
    x0, x = _windows(centre[:, 0], blob, size[2], across)
    y0, y = _windows(centre[:, 1], blob, size[3], down)
    return index, x0, y0, np.concatenate([x, y], axis=1), weights


def _windows(centre: Floats, blob: Floats, cells: float, across: int) -> tuple[Ints, Floats]:
    """Return the first cell (P,) of each window, and what exp is taken of in it (P, across)."""
    reach = min(blob[1], blob[2])
    low, high = (centre - reach)[:, None], (centre + reach)[:, None]
    first = np.ceil(low.clip(0.0, cells)).clip(0.0, cells - 1)
    start = np.minimum(first, cells - across)
    column = start + np.arange(float(across))
    outside = (column < low) | (column > high)
    z = column - centre[:, None]
    z /= blob[0]
    z *= z
    z *= -0.5
    z[outside] = BEYOND
    return start[:, 0].astype(np.int64), z


def patches(values: Floats, across: int, floor: float, index: Ints, weights: NDArray[np.float32]) -> Floats:
    """Return (P, h, w) of profiles (P, w + h); a joint of which nothing shows loses its weight."""
    values[values < LEAST_WITHIN] = 0
    products = values[:, across:, None] * values[:, None, :across]
    products[products < floor] = 0
    weights[index[products.max(axis=(1, 2), initial=0) == 0]] = 0
    return products


def put(maps: NDArray[Any], index: Ints, x0: Ints, y0: Ints, values: NDArray[Any]) -> None:
    """Copy patches (P, h, w) into their places in maps (M, H, W)."""
    _, height, width = maps.shape
    origin = (index * height + y0) * width + x0
    inside = np.arange(values.shape[1])[:, None] * width + np.arange(values.shape[2])
    maps.reshape(-1)[origin[:, None, None] + inside] = values
