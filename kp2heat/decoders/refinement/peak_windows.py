"""Cells round peaks, laid out so that the peaks are the innermost loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.decoders.refinement.peak_cells import PeakCells, window


class Windows(NamedTuple):
    """Cells round P peaks, laid out so that the peaks are the innermost loop.

    values   (n, n, P) by row and column, 0 beyond the map
    inside   (2, n, P) 1 where a column or row lies in the map
    reach    (n, 1) cells from the peak
    """

    values: Floats
    inside: Floats
    reach: Floats

    def take(self, rows: Ints) -> Windows:
        """Return the windows of some of the peaks."""
        return Windows(self.values[..., rows], self.inside[..., rows], self.reach)


def windows(at: PeakCells, half: int) -> Windows:
    """Return the cells within ``half`` of P peaks."""
    columns, rows = at.on_map(half)
    inside = np.array([columns.T, rows.T], np.float64)
    values = np.ascontiguousarray(window(at, half).transpose(1, 2, 0))
    return Windows(values, inside, np.arange(-half, half + 1.0)[:, None])


def descended(
    at: PeakCells,
    half: int,
    step: Callable[[Windows, Floats], Floats],
    bounds: Floats,
    *,
    iterations: int,
    still: float,
) -> tuple[Floats, Bools]:
    """Return the values (n, P) that iterated steps of P peaks lead to, and which peaks (P,) came to rest.

    half: of the windows that the step knows; bounds (n, 1): of the greatest values. A peak rests once x and y, the first two values, move by no more than ``still``, and is then left alone, so
    no result depends on the others of its batch.
    """
    count = len(at.x)
    moving = at_least_two(np.arange(count))
    near = windows(at.take(moving), half)
    place, rested = np.zeros((len(bounds), count)), np.ones(count, bool)
    live = np.ones(len(moving), bool)
    for _ in range(iterations):
        before = place[:, moving]
        after = np.where(live, np.clip(before + step(near, before), -bounds, bounds), before)
        place[:, moving] = after
        live &= (np.abs(after - before)[:2] > still).any(axis=0)
        if not live.any():
            break
        if 2 * live.sum() < len(live):
            kept = at_least_two(np.flatnonzero(live))
            near, moving, live = near.take(kept), moving[kept], live[kept]
    rested[moving[live]] = False
    return place, rested


def at_least_two(peaks: Ints) -> Ints:
    """Return the peaks, a lone one twice: NumPy adds up a lone column of sums in another order."""
    return np.repeat(peaks, 2) if len(peaks) == 1 else peaks
