"""The numerics DARK and UDP share: separable blur, derivatives of a log map, Newton's step."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from kp2heat.arrays import Floats


class Derivatives(NamedTuple):
    """Of the log map at each peak, per cell: (P,) each."""

    x: Floats
    y: Floats
    xx: Floats
    yy: Floats
    xy: Floats


def blur(values: Floats, taps: Floats) -> Floats:
    """Return (..., h, w) -> (..., h - n + 1, w - n + 1): correlated with ``taps`` (n,) along both axes."""
    return np.moveaxis(_blur_first(np.moveaxis(values, (-2, -1), (0, 1)), taps), (0, 1), (-2, -1))


def blur_windows(values: Floats, taps: Floats) -> Floats:
    """Blur many small windows (P, h, w), to the same bits as ``blur``, laid out so that P is the inner loop."""
    inner = np.ascontiguousarray(values.transpose(1, 2, 0))
    return _blur_first(inner, taps).transpose(2, 0, 1)


def _blur_first(values: Floats, taps: Floats) -> Floats:
    height, width = (size - len(taps) + 1 for size in values.shape[:2])
    rows = sum(tap * values[i : i + height] for i, tap in enumerate(taps))
    return np.asarray(sum(tap * rows[:, i : i + width] for i, tap in enumerate(taps)))


def two_cell(logs: Floats) -> Derivatives:
    """Return central differences over two cells, as DarkPose takes them. logs (P, 5, 5)."""
    at = _block(logs)
    return Derivatives(
        (at(1, 0) - at(-1, 0)) / 2,
        (at(0, 1) - at(0, -1)) / 2,
        (at(2, 0) - 2 * at(0, 0) + at(-2, 0)) / 4,
        (at(0, 2) - 2 * at(0, 0) + at(0, -2)) / 4,
        (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / 4,
    )


def one_cell(logs: Floats) -> Derivatives:
    """Return second differences over one cell and a cross term along one diagonal, as UDP takes them. (P, 3, 3)."""
    at = _block(logs)
    return Derivatives(
        (at(1, 0) - at(-1, 0)) / 2,
        (at(0, 1) - at(0, -1)) / 2,
        at(1, 0) - 2 * at(0, 0) + at(-1, 0),
        at(0, 1) - 2 * at(0, 0) + at(0, -1),
        (at(1, 1) - at(1, 0) - at(0, 1) + 2 * at(0, 0) - at(-1, 0) - at(0, -1) + at(-1, -1)) / 2,
    )


def _block(logs: Floats) -> Callable[[int, int], Floats]:
    middle = logs.shape[-1] // 2
    return lambda u, v: logs[..., middle + v, middle + u]


class Stencil(NamedTuple):
    """Derivatives of a log map from the cells round each peak: of windows (P, n, n), n = 2 reach + 1."""

    derivatives: Callable[[Floats], Derivatives]
    reach: int


TWO_CELL, ONE_CELL = Stencil(two_cell, 2), Stencil(one_cell, 1)


def newton(d: Derivatives) -> tuple[Floats, Floats, Floats]:
    """Return -H^-1 g as dx, dy, and det H; inf or NaN where it is singular (DARK, equation 8)."""
    det = d.xx * d.yy - d.xy * d.xy
    with np.errstate(divide="ignore", invalid="ignore"):
        return (d.xy * d.y - d.yy * d.x) / det, (d.xy * d.x - d.xx * d.y) / det, det
