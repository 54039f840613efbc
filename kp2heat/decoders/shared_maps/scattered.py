"""Centres of a maximum that own cells which do not touch: where the circles round two of them cross.

Between other centres one may own cells on a diagonal, or a knight's move apart. The circles that the squared distances of
two cells tell cross in two places, of which a third cell of the centre decides, unless it lies in line with both.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.decoders.shared_maps.distances import Distances

REACH = 3
"""Cells per axis between two cells of one centre."""
OFFSETS = np.array(
    [(x, y) for y in range(-REACH, REACH + 1) for x in range(-REACH, REACH + 1) if (x, y) != (0, 0)]
)


class Crossings(NamedTuple):
    """Places (Q, 2) where circles cross, which of the L cells each belongs to (Q,), and the place across (Q, 2)."""

    cell: Ints
    place: Floats
    across: Floats


def crossings(field: Distances, left: Bools, which: Ints, row: Ints, column: Ints) -> Crossings:
    """Return where the circle round one cell of each of the maps ``which`` (L,) crosses those round its neighbours.

    left (M, H, W): the cells that count
    """
    _, height, width = field.d.shape
    x, y = column[:, None] + OFFSETS[:, 0], row[:, None] + OFFSETS[:, 1]
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    own, other = field.d[which, row, column][:, None], field.d[which[:, None], y, x]
    slack = field.slack[which, row, column][:, None] + field.slack[which[:, None], y, x]
    apart = (OFFSETS**2).sum(axis=1)
    along = (own - other + apart) / (2 * apart)
    aside = own - along**2 * apart
    cell, offset = np.nonzero(inside & left[which[:, None], y, x] & (aside > -slack * (1 + np.abs(along))))
    way = OFFSETS[offset]
    turned = np.stack([-way[:, 1], way[:, 0]], axis=1)
    middle = np.stack([column[cell], row[cell]], axis=1) + along[cell, offset][:, None] * way
    away = np.sqrt(np.maximum(aside[cell, offset], 0) / apart[offset])[:, None] * turned
    one, two = middle + away, middle - away
    return Crossings(np.tile(cell, 2), np.concatenate([one, two]), np.concatenate([two, one]))
