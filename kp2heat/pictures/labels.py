"""Place labels next to points so that they cover neither each other nor a point: the first free place, or none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bytes, Floats
from kp2heat.pictures import text

TURNS = (0, 4, 6, 2, 7, 1, 5, 3)
"""Eighths of a turn at which a place is tried: right, left, above, below, then the corners."""


class Labels:
    """The places on a canvas that are taken, by points and by labels."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.taken = np.zeros(size[::-1], bool)

    def keep_free(self, xy: Floats, radius: float) -> None:
        """Let no label cover these points, (n, 2) px; NaN is no point."""
        for x, y in xy[np.isfinite(xy).all(axis=1)].tolist():
            self.taken[_span(y, radius), _span(x, radius)] = True

    def put(
        self,
        canvas: Bytes,
        xy: Floats,
        words: Sequence[str],
        colours: NDArray[np.uint8] | Sequence[tuple[int, ...]],
        size: int,
        gap: float,
    ) -> int:
        """Write each word ``gap`` px from its point, where there is room; return how many were left out."""
        left_out = 0
        for (x, y), word, colour in zip(xy.tolist(), words, colours, strict=True):
            if not (np.isfinite(x) and np.isfinite(y)):
                continue
            place = self._free(x, y, text.tight_mask(word, size).shape, gap)
            if place is None:
                left_out += 1
            else:
                text.write_outlined(canvas, word, *place, size, tuple(int(c) for c in colour))
        return left_out

    def _free(self, x: float, y: float, shape: tuple[int, ...], gap: float) -> tuple[int, int] | None:
        """Return left and top of the first free place, which is taken thereby."""
        tall, wide = shape
        for turn in TURNS:
            across, down = np.cos(turn * np.pi / 4), np.sin(turn * np.pi / 4)
            left = round(x + across * (gap + wide / 2) - wide / 2)
            top = round(y + down * (gap + tall / 2) - tall / 2)
            rows, columns = slice(top - 1, top + tall + 1), slice(left - 1, left + wide + 1)
            inside = min(rows.start, columns.start) >= 0
            inside = inside and rows.stop <= self.taken.shape[0] and columns.stop <= self.taken.shape[1]
            if inside and not self.taken[rows, columns].any():
                self.taken[rows, columns] = True
                return left, top
        return None


def _span(centre: float, radius: float) -> slice:
    return slice(max(0, int(np.floor(centre - radius))), max(0, int(np.ceil(centre + radius)) + 1))
