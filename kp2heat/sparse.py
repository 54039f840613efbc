"""Maps that are not painted yet: each is a constant and at most one window of values.

Most cells of a heatmap are zero. A map that is written from its window never becomes an array, so only the
few bytes that differ from map to map are computed, checked and stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Floats, Ints


@dataclass(frozen=True, eq=False)
class PlacedBlobs:
    """P blobs that are not painted yet, in M maps, at most one per map.

    index        (P,) int64, ascending: the map of each
    origin       (P,) int64: the first cell of each window, y W + x
    window       (w, h) of all windows, which lie inside their maps
    first, last  (P,) int64: the first and the last row of a window that is not all zero
    patches      (which) -> (n, h, w) float64: the values of the blobs selected by an index or slice of P
    profiles     (which) -> y (n, h) and x (n, w) float64, whose outer products are the values, with 0 for
                 products below ``floor``; None where the values are not such products
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
class BlobKinds:
    """P blobs of a codec that can only draw a limited number of different maps, at most one blob per map.

    That is so where centres are rounded to cells: then a map is known by the cell of its centre.

    maps     M, the number of maps
    index    (P,) int64, ascending: the map of each blob
    kind     (P,) int64: blobs of one kind look the same; kind 0 is an empty map
    kinds    number of kinds, the empty one included
    weights  (S, K) float32
    placed   (kind (n,)) -> PlacedBlobs of these kinds, each in a map of its own
    """

    maps: int
    index: Ints
    kind: Ints
    kinds: int
    weights: NDArray[np.float32]
    placed: Callable[[Ints], PlacedBlobs]


MOST_KINDS = 1 << 15
"""Greatest number of kinds that are drawn once and kept, some 10 MB compressed; above it every blob is drawn."""


@dataclass(frozen=True, eq=False)
class Products:
    """Windows (P, h, w) float32 kept as their profiles y (P, h) and x (P, w).

    ``multiplied()`` returns the outer products, with 0 for those below ``floor``, rounded once.
    """

    y: Floats
    x: Floats
    floor: float
    multiplied: Callable[[], NDArray[np.float32]]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return (P, h, w)."""
        return len(self.y), self.y.shape[1], self.x.shape[1]


@dataclass(frozen=True, eq=False)
class Sparse:
    """M maps of size (W, H) cells, in the stored dtype.

    index        (P,) int64, ascending: the maps that have a window
    origin       (P,) int64: the first cell of each window, y W + x
    drawn        (P, h, w): the windows, or the profiles that they are products of
    first, last  (P,) int64: the first and the last row of a window that differs from the background
    background   (M,): the value of each map outside its window
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
        """Return the windows, (P, h, w)."""
        return self.drawn.multiplied() if isinstance(self.drawn, Products) else self.drawn

    def dense(self) -> NDArray[Any]:
        """Return the painted maps, (M, H, W)."""
        (width, height), values = self.size, self.values
        maps = np.repeat(self.background, width * height)
        cells = np.arange(values.shape[1])[:, None] * width + np.arange(values.shape[2])
        maps[(self.index * (width * height) + self.origin)[:, None, None] + cells] = values
        return maps.reshape(-1, height, width)
