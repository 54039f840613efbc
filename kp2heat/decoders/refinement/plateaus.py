"""The middle of a plateau: where a map clipped flat at its top peaks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bools, Ints

AHEAD = ((0, 1), (1, -1), (1, 0), (1, 1))
"""Rows and columns to the neighbours that follow a cell in row-major order."""


def plateau_middles(maps: NDArray[Any], which: Ints, cell: Ints) -> Ints:
    """Return the cells (P,), each moved to the middle of its plateau where it is the first cell of one.

    maps (M, H, W); cell: flat indices of the first greatest values of maps[which]. The middle is the plateau's
    cell next to its centroid, the first of equals: cells that share a peak with one neighbour stay.
    """
    flat = np.flatnonzero(_continued(maps, which, cell))
    if not len(flat):
        return cell
    _, height, width = maps.shape
    y, x = np.divmod(cell[flat], width)
    chosen = maps[which[flat]]
    equal = chosen == chosen[np.arange(len(flat)), y, x][:, None, None]
    region = _connected(equal, x, y)
    rows, columns = np.arange(height)[:, None], np.arange(width)
    size = region.sum(axis=(1, 2))
    u, v = ((region * axis).sum(axis=(1, 2)) / size for axis in (columns, rows))
    away = (columns - u[:, None, None]) ** 2 + (rows - v[:, None, None]) ** 2
    away[~region] = np.inf
    middle = cell.copy()
    middle[flat] = away.reshape(len(flat), -1).argmin(axis=1)
    return middle


def _continued(maps: NDArray[Any], which: Ints, cell: Ints) -> Bools:
    """Return (P,) whether a neighbour that follows has the same value."""
    _, height, width = maps.shape
    flat, place = maps.reshape(-1), which * (height * width) + cell
    value = flat.take(place)
    y, x = np.divmod(cell, width)
    below, after, before = y < height - 1, x < width - 1, x > 0
    within = (after, below & before, below, below & after)
    continued = np.zeros(len(cell), bool)
    for inside, (down, right) in zip(within, AHEAD, strict=True):
        continued |= inside & (flat.take(place + (down * width + right), mode="clip") == value)
    return continued


def _connected(equal: Bools, x: Ints, y: Ints) -> Bools:
    """Return (P, H, W): the cells of each mask that are connected with its cell (x, y), corners included."""
    region = np.zeros((len(equal), equal.shape[1] + 2, equal.shape[2] + 2), bool)
    inner = region[:, 1:-1, 1:-1]
    inner[np.arange(len(equal)), y, x] = True
    before = -1
    while (count := int(inner.sum())) > before:
        before = count
        rows = region[:, :-2] | region[:, 1:-1] | region[:, 2:]
        inner |= (rows[..., :-2] | rows[..., 1:-1] | rows[..., 2:]) & equal
    return inner
