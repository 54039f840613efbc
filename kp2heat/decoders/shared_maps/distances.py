"""Squared distances to the nearest centre, as a maximum of blobs of one sigma and peak 1 tells them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kp2heat.arrays import Bools, Floats

SLACK = 2.0
"""How many times its rounding a cell may be off."""
NEAR = 2.0
"""Sigmas round a centre within which its blob must be in the map; published maps are cut off further out."""


class Distances(NamedTuple):
    """Squared distances d (M, H, W) to the nearest centre, in cells, and how far rounding may have moved them."""

    d: Floats
    slack: Floats
    known: Bools


def distances(maps: Floats, sigma: float, relative: float, absolute: float) -> Distances:
    """Return the distances that maps (M, H, W) tell, stored to ``relative`` and ``absolute`` precision."""
    known = np.isfinite(maps) & (maps > absolute)
    h = np.where(known, maps, 1.0).astype(np.float64)
    slack = 2 * sigma * sigma * SLACK * (relative + absolute / h)
    return Distances(-2 * sigma * sigma * np.log(h), slack, known)


def neighbour(field: Distances, axis: int, step: int) -> tuple[Floats, Bools, Floats]:
    """Return distance, known and slack of each cell's neighbour along an axis; beyond the side it is not known."""
    d, slack = (np.roll(values, -step, axis) for values in (field.d, field.slack))
    known = np.roll(field.known, -step, axis)
    edge: list[slice | int] = [slice(None)] * 3
    edge[axis] = -1 if step > 0 else 0
    known[tuple(edge)] = False
    return d, known, slack
