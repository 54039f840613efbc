"""Maps as they are before they are painted: a constant, and at most one window of values each.

What a heatmap costs is its zeros. A map that is written from its window never becomes an array, and the few
bytes that differ from map to map are all that is computed, checked and stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Floats, Ints


@dataclass(frozen=True, eq=False)
class Placed:
    """P blobs before they are drawn, in M maps, at most one a map.

    index        (P,) int64, ascending: the map of each
    origin       (P,) int64: the first cell of each window, y W + x
    window       (w, h) of all windows, which lie inside their maps
    first, last  (P,) int64: the rows of a window between which there is anything
    patches      (which) -> (n, h, w) float64: the values of these blobs, an index or a slice of P
    profiles     (which) -> y (n, h) and x (n, w) float64, whose products, 0 below ``floor``, they are; or None
    weights      (S, K) float32
    """

    maps: int
    index: Ints
    origin: Ints
    window: tuple[int, int]
    first: Ints
    last: Ints
    patches: Callable[[Any], Floats]
    weights: NDArray[np.float32]
    profiles: Callable[[Any], tuple[Floats, Floats]] | None = None
    floor: float = 0.0


@dataclass(frozen=True, eq=False)
class Kinds:
    """P blobs of codecs that can draw about as many as a map has cells, in M maps, at most one a map.

    index    (P,) int64, ascending: the map of each
    kind     (P,) int64: blobs of one kind look the same; kind 0 is no blob. ``kinds``: one more than the greatest
    weights  (S, K) float32
    placed   (kind (n,)) -> blobs of these kinds, each in a map of its own
    """

    maps: int
    index: Ints
    kind: Ints
    kinds: int
    weights: NDArray[np.float32]
    placed: Callable[[Ints], Placed]


MOST_KINDS = 1 << 15
"""Kinds that are drawn once and kept: some 10 MB compressed; codecs with more are drawn blob by blob."""


@dataclass(frozen=True, eq=False)
class Products:
    """Windows (P, h, w) float32 that are not multiplied yet: y (P, h) times x (P, w), 0 below ``floor``, rounded.

    ``multiplied`` does it.
    """

    y: Floats
    x: Floats
    floor: float
    multiplied: Callable[[], NDArray[np.float32]]

    @property
    def shape(self) -> tuple[int, int, int]:
        """(P, h, w)"""
        return len(self.y), self.y.shape[1], self.x.shape[1]


@dataclass(frozen=True, eq=False)
class Sparse:
    """M maps of size (W, H) cells, stored values.

    index       (P,) int64, ascending: the maps that have a window
    origin      (P,) int64: the first cell of each window, y W + x
    drawn       (P, h, w): the windows, or what they are products of
    first, last (P,) int64: the rows of a window between which it differs from the background
    background  (M,): each map's value outside its window
    """

    size: tuple[int, int]
    index: Ints
    origin: Ints
    drawn: NDArray[Any] | Products
    first: Ints
    last: Ints
    background: NDArray[Any]

    @property
    def values(self) -> NDArray[Any]:
        """(P, h, w): the windows."""
        return self.drawn.multiplied() if isinstance(self.drawn, Products) else self.drawn

    def dense(self) -> NDArray[Any]:
        """(M, H, W): the maps painted."""
        (width, height), values = self.size, self.values
        maps = np.repeat(self.background, width * height)
        cells = np.arange(values.shape[1])[:, None] * width + np.arange(values.shape[2])
        maps[(self.index * (width * height) + self.origin)[:, None, None] + cells] = values
        return maps.reshape(-1, height, width)
