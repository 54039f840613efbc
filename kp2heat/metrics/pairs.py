"""What every metric is given: N annotated instances, each with its prediction, in one space."""

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
    "truth": (np.float64, "NK2"), "predicted": (np.float64, "NK2"), "visible": (np.uint8, "NK"),
    "scored": (np.bool_, "NK"), "bbox": (np.float64, "N4"), "area": (np.float64, "N"),
    "head": (np.float64, "N4"), "score": (np.float64, "NK"), "image": (np.int64, "N"),
}  # fmt: skip


PART = 1 << 17
"""Joints at a time: what is computed of them stays in the caches, and threads that share the work seldom wait."""


def parts(count: int, joints: int) -> list[slice]:
    """``count`` rows of so many joints, in parts; at least one part."""
    step = max(1, PART // joints)
    return [slice(start, min(start + step, count)) for start in range(0, max(1, count), step)]


def _unknown() -> Floats:
    return np.full((), np.nan)


@dataclass(frozen=True, eq=False)
class Pairs:
    """N truths of K joints, row by row with the prediction made for each; in memory joint by joint and x before y, as
    what is computed of them goes through them.

    truth      (N, K, 2) float64, px or cells of ``space``; NaN where unlabelled
    predicted  (N, K, 2) float64, same space; NaN where nothing was found
    visible    (N, K) uint8, COCO's 0/1/2
    scored     (N, K) bool: the joints asked for; always labelled ones, by default all of these
    bbox       (N, 4) float64: x, y, w, h of the truth in the same space; NaN where unknown
    area       (N,) float64, of the truth, unit of the space squared; NaN where unknown
    head       (N, 4) float64: x, y, w, h of the truth's head box; NaN where unknown
    score      (N, K) float64: confidence of the predicted joint; NaN where unknown
    image      (N,) int64: rows with one number share an image; by default none do
    space      "image", "input" or "cell"
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
        """(N, K): scored, and something was predicted."""
        return self.scored & finite(self.predicted)

    @cached_property
    def offset(self) -> Floats:
        """(N, K, 2): prediction - truth; NaN where nothing was found or asked for."""
        offset = self.predicted - self.truth
        np.copyto(offset, np.nan, where=~self.found[..., None])
        return offset

    @cached_property
    def distance(self) -> Floats:
        """(N, K): Euclidean length of the offset, NaN likewise."""
        dx, dy = self.offset[..., 0], self.offset[..., 1]
        square = dx * dx
        square += dy * dy
        return np.sqrt(square, out=square)  # no distance here overflows, and hypot takes ten times as long

    def only(self, joints: Bools) -> Pairs:
        """The same pairs, scoring only those joints of an (N, K) or (K,) mask."""
        return replace(self, scored=self.scored & joints)

    def parts(self) -> Iterator[Pairs]:
        """The pairs again, some at a time; none at all are one part."""
        return (self.take(rows) for rows in parts(len(self), len(self.skeleton)))

    def take(self, rows: Ints | Bools | slice) -> Pairs:
        """These rows only."""
        return replace(self, **{name: getattr(self, name)[rows] for name in COLUMNS})
