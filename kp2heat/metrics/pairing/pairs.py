"""N annotated instances with their predictions, in one space: the input of every metric."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from kp2heat.annotations import frozen
from kp2heat.arrays import Bools, Bytes, Floats, Ints
from kp2heat.frame import finite
from kp2heat.skeleton import Skeleton

COLUMNS: Mapping[str, tuple[type, str]] = {
    "truth": (np.float64, "NK2"),
    "predicted": (np.float64, "NK2"),
    "visible": (np.uint8, "NK"),
    "scored": (np.bool_, "NK"),
    "bbox": (np.float64, "N4"),
    "area": (np.float64, "N"),
    "head": (np.float64, "N4"),
    "score": (np.float64, "NK"),
    "image": (np.int64, "N"),
}
"""The columns of :class:`Pairs`: their dtype and their axes."""

PART = 1 << 17
"""Joints per part: few enough for the processor's caches, many enough that threads seldom wait for each other."""


def parts(count: int, joints: int) -> list[slice]:
    """Return slices that cut ``count`` rows of ``joints`` joints into parts; at least one."""
    step = max(1, PART // joints)
    return [slice(start, min(start + step, count)) for start in range(0, max(1, count), step)]


def _unknown() -> Floats:
    return np.full((), np.nan)


@dataclass(frozen=True, eq=False)
class Pairs:
    """N truths of K joints with the prediction made for each.

    Arrays are in Fortran order: the metrics go through them joint by joint, x before y.

    truth      (N, K, 2) float64, px or cells of ``space``; NaN where unlabelled
    predicted  (N, K, 2) float64, same space; NaN where nothing was predicted
    visible    (N, K) uint8, COCO's 0/1/2
    scored     (N, K) bool: the joints to score, by default all; unlabelled joints are never scored
    bbox       (N, 4) float64: x, y, w, h of the truth in the same space; NaN where unknown
    area       (N,) float64, of the truth, unit of the space squared; NaN where unknown
    head       (N, 4) float64: x, y, w, h of the truth's head box; NaN where unknown
    score      (N, K) float64: confidence of the predicted joint; NaN where unknown
    image      (N,) int64: rows with the same number share an image; by default each has its own
    space      "image", "input" or "cell"

    >>> truth = np.array([[[10.0, 10.0], [np.nan, np.nan]]])
    >>> pairs = Pairs(Skeleton(("a", "b")), truth, np.full((1, 2, 2), 13.0), np.array([[2, 0]]))
    >>> pairs.distance.round(2)
    array([[4.24,  nan]])
    """

    skeleton: Skeleton
    truth: Floats
    predicted: Floats
    visible: Bytes
    scored: Bools = field(default_factory=lambda: np.ones((), bool))
    bbox: Floats = field(default_factory=_unknown)
    area: Floats = field(default_factory=_unknown)
    head: Floats = field(default_factory=_unknown)
    score: Floats = field(default_factory=_unknown)
    image: Ints = field(default_factory=lambda: np.full((), -1))
    space: str = "image"

    def __post_init__(self) -> None:
        sizes = {"N": len(self.truth), "K": len(self.skeleton), "2": 2, "4": 4}
        if np.ndim(self.image) == 0:
            object.__setattr__(self, "image", np.arange(len(self.truth)))
        for name, (dtype, axes) in COLUMNS.items():
            shape = tuple(sizes[axis] for axis in axes)
            value = np.asarray(getattr(self, name))
            whole = np.broadcast_to(value, shape) if value.ndim == 0 else value
            object.__setattr__(self, name, frozen(whole, dtype, shape, name, "F"))
        object.__setattr__(
            self, "scored", frozen(self.scored & self.labelled, bool, self.scored.shape, "scored", "F")
        )

    def __len__(self) -> int:
        return len(self.truth)

    @cached_property
    def labelled(self) -> Bools:
        """(N, K): annotated, visible or hidden."""
        return finite(self.truth) & (self.visible > 0)

    @cached_property
    def found(self) -> Bools:
        """(N, K): scored, with a prediction."""
        return self.scored & finite(self.predicted)

    @cached_property
    def offset(self) -> Floats:
        """(N, K, 2): prediction - truth; NaN where nothing was predicted or scored."""
        offset = self.predicted - self.truth
        np.copyto(offset, np.nan, where=~self.found[..., None])
        return offset

    @cached_property
    def distance(self) -> Floats:
        """(N, K): Euclidean length of the offset, NaN likewise."""
        # Pixel distances do not overflow, and hypot takes ten times as long.
        dx, dy = self.offset[..., 0], self.offset[..., 1]
        square = dx * dx
        square += dy * dy
        return np.sqrt(square, out=square)

    def only(self, joints: Bools) -> Pairs:
        """Return the same pairs, scoring only the joints of an (N, K) or (K,) mask."""
        return replace(self, scored=self.scored & joints)

    def parts(self) -> Iterator[Pairs]:
        """Yield the pairs in parts; at least one, which may be empty."""
        return (self.take(rows) for rows in parts(len(self), len(self.skeleton)))

    def take(self, rows: Ints | Bools | slice) -> Pairs:
        """Return the pairs of these rows."""
        return replace(self, **{name: getattr(self, name)[rows] for name in COLUMNS})
