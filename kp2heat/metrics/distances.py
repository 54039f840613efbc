"""Distances of some joints in summary: those of parts merge to the numbers of the whole, whatever the cut.

Counts, sums and extremes are exact. Percentiles are exact while every distance is kept; else they come from the counts
of a fixed grid of logarithmic bins (as DDSketch, Masson et al. 2019), within RELATIVE_ERROR of the distance of that rank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Floats, Ints
from kp2heat.metrics.columns import quantiles

RELATIVE_ERROR = 2.0**-10
"""Half the width of a bin: 512 bins per power of two."""
_SHIFT = 43
"""Bits of a float64 below those that number its bin: 52 of the fraction, less 9."""
_FIRST = (1023 - 64) << 9
"""The bin of 2**-64: everything smaller is in bin 0, and everything of 2**64 or more in the last one."""
_BINS = 1 << 16
_UNIT = 1 << 96
"""Sums are whole numbers of 1 / _UNIT, so that it does not matter in which order they are added."""

Bins = NDArray[np.uint16]


@dataclass(frozen=True, eq=False)
class Distances:
    """Some joints' distances from their truth.

    count, missed  joints with and without a prediction
    sums           of dx, dy, the distance and its square, in 1 / 2**96; None where a number is infinite
    greatest       the greatest distance; NaN without any
    values         (P,) every distance, or None where only bins are kept
    bins, counts   (B,) the bins that hold any, ascending, and how many each holds
    """

    count: int
    missed: int
    sums: tuple[int, ...] | None
    greatest: float
    values: Floats | None
    bins: Bins
    counts: Ints

    def mean(self, column: int) -> float:
        """Return the mean of column ``dx``, ``dy``, distance or square (0 to 3); NaN without any."""
        if not self.count:
            return float("nan")
        return float("inf") if self.sums is None else self.sums[column] / (self.count * _UNIT)

    def quantiles(self, levels: Floats) -> Floats:
        """Return the quantiles (L,) of the distances at levels in [0, 1]; NaN without any.

        >>> offsets = np.array([[3.0, 0.0], [4.0, 1.0]])
        >>> summary(offsets, np.hypot(*offsets), scored=2).quantiles(np.array([0.5, 1.0]))
        array([3., 5.])
        """
        if self.values is not None:
            return quantiles(np.sort(self.values), levels)
        if not self.count:
            return np.full(len(levels), np.nan)
        place = levels * (self.count - 1)
        low, high = (self._ranked(rank(place).astype(np.int64)) for rank in (np.floor, np.ceil))
        return np.asarray(low + (place - np.floor(place)) * (high - low))

    def _ranked(self, ranks: Ints) -> Floats:
        """Return the distances of these ranks (from 0): the middle of their bins, and the greatest as it is."""
        chosen = self.bins[np.searchsorted(np.cumsum(self.counts), ranks, side="right")].astype(np.int64)
        middle = np.where(chosen > 0, (chosen + _FIRST << _SHIFT) + (1 << _SHIFT - 1), 0).view(np.float64)
        return np.where(ranks == self.count - 1, self.greatest, np.minimum(middle, self.greatest))


def summary(offsets: Floats, distance: Floats, scored: int, *, keep: bool = True) -> Distances:
    """Return the summary of offsets (2, P) and distances (P,) of ``scored`` joints, of which P have a prediction.

    keep  keep every distance, so that percentiles are exact
    """
    totals = [*offsets.sum(axis=1), distance.sum(), np.square(distance).sum()]
    bins, counts = np.zeros(0, np.uint16), np.zeros(0, np.int64)
    if not keep:
        bins, counts = np.unique(_bin_numbers(distance), return_counts=True)
    return Distances(
        len(distance),
        scored - len(distance),
        tuple(map(_whole, totals)) if np.isfinite(totals).all() else None,
        float(distance.max()) if len(distance) else float("nan"),
        np.array(distance) if keep else None,
        bins,
        counts,
    )


def merged(parts: Sequence[Distances]) -> Distances:
    """Return the summary of all parts' joints.

    >>> offsets = np.array([[3.0, 0.0], [4.0, 1.0]])
    >>> one = summary(offsets, np.hypot(*offsets), scored=3)
    >>> both = merged([one, one])
    >>> both.count, both.missed, both.mean(2)
    (4, 2, 3.0)
    """
    some = [part for part in parts if part.count]
    count = sum(part.count for part in some)
    exact = all(part.values is not None for part in parts)
    sums = [part.sums for part in parts if part.sums is not None]
    bins, counts = _merged_bins(parts)
    return Distances(
        count,
        sum(part.missed for part in parts),
        tuple(map(sum, zip(*sums, strict=True))) if len(sums) == len(parts) else None,
        max((part.greatest for part in some), default=float("nan")),
        np.concatenate([part.values for part in parts if part.values is not None]) if exact else None,
        bins,
        counts,
    )


def _merged_bins(parts: Sequence[Distances]) -> tuple[Bins, Ints]:
    bins, counts = (
        np.concatenate(column) for column in zip(*((p.bins, p.counts) for p in parts), strict=True)
    )
    if not len(bins):
        return bins, counts
    total = np.bincount(bins, counts, _BINS)
    held = np.flatnonzero(total)
    return held.astype(np.uint16), total[held].astype(np.int64)


def _bin_numbers(distance: Floats) -> Bins:
    numbers = (np.ascontiguousarray(distance).view(np.int64) >> _SHIFT) - _FIRST
    return np.asarray(np.clip(numbers, 0, _BINS - 1), np.uint16)


def _whole(value: float) -> int:
    """Return a finite number in whole 1 / _UNIT, rounded down."""
    numerator, denominator = float(value).as_integer_ratio()
    return numerator * _UNIT // denominator
