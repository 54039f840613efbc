"""The input of a codec: the instances of a batch of samples, in input pixels, with the policies applied.

Policies decide two things once, for every codec: how a joint that is labelled but hidden (COCO v = 1) is
drawn and weighted, and the same for a joint that lies outside the network's input.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.errors import InputError, SpecError, check_choice
from kp2heat.frame import Size, finite
from kp2heat.skeleton import Skeleton

OUTSIDE: Mapping[str, str] = {
    "drop": "weight 0 and an empty map (default)",
    "partial": "drawn as far as the blob reaches into the map, weight kept while any of it does",
    "clip": "moved to the nearest point of the input's edge",
    "error": "refused",
}


COLUMNS = ("xy", "visible", "flag", "weight", "drawn", "outside", "bbox", "sample")
"""Fields of a scene that hold one row per instance."""


@dataclass(frozen=True, eq=False)
class Scene:
    """M instances of K joints in S samples.

    xy        (M, K, 2) float64, input px; NaN where unlabelled
    visible   (M, K) as annotated: uint8 0/1/2, or any float from a caller of the library
    flag      (M, K) float32: the visibility as published encoders copy it into their weights
    weight    (M, K) float32: the loss weight that the policies give the joint
    drawn     (M, K) bool: whether the joint is to be drawn
    outside   (M, K) bool: whether the joint is labelled, but outside the input
    bbox      (M, 4) float64: x, y, w, h in input px, NaN where unknown
    sample    (M,) int64, ascending: the sample each instance belongs to
    samples   S, the number of samples

    >>> nose = np.array([[[10.0, 12.0]], [[90.0, 12.0]]])
    >>> scene = make_scene(Skeleton(("nose",)), (64, 48), nose, np.array([[2], [2]]))
    >>> scene.drawn.tolist(), scene.outside.tolist()
    ([[True], [False]], [[False], [True]])
    """

    skeleton: Skeleton
    input_size: Size
    xy: Floats
    visible: NDArray[np.generic]
    flag: NDArray[np.float32]
    weight: NDArray[np.float32]
    drawn: Bools
    outside: Bools
    bbox: Floats
    sample: Ints
    samples: int

    @cached_property
    def one_per_sample(self) -> bool:
        """Whether sample i holds instance i and no other, for every i."""
        return self.samples == len(self.sample) and bool((np.diff(self.sample) > 0).all())

    def as_published_loaders(self) -> Scene:
        """Return the scene with flags of at most 1, as published data loaders hand them to their encoders."""
        return replace(self, flag=np.minimum(self.flag, 1))

    def instances(self, rows: Ints | slice) -> Scene:
        """Return the scene of these instances, in their samples."""
        columns: dict[str, Any] = {name: getattr(self, name)[rows] for name in COLUMNS}
        return replace(self, **columns)

    def take(self, start: int, stop: int) -> Scene:
        """Return the scene of the samples from ``start`` to before ``stop``, renumbered from 0."""
        rows = slice(*np.searchsorted(self.sample, (start, stop)))
        part = self.instances(rows)
        return replace(part, sample=part.sample - start, samples=stop - start)

    def with_bystanders(self, others: Scene) -> Scene:
        """Return a scene in which the other instances follow the sample's own."""
        order = np.argsort(np.concatenate([self.sample, others.sample]), kind="stable")
        both: dict[str, Any] = {
            name: np.concatenate([getattr(self, name), getattr(others, name)])[order] for name in COLUMNS
        }
        return replace(self, **both)

    def first_instances(self) -> Scene:
        """Return a scene of the first instance of every sample: the person that a crop is made for."""
        return self.instances(np.flatnonzero(np.diff(self.sample, prepend=-1)))

    def box_centers(self) -> Scene:
        """Return a scene whose only joint is the centre of each instance's box; NaN where it has no box."""
        xy = (self.bbox[:, :2] + self.bbox[:, 2:] / 2)[:, None]
        return self.centers(xy, finite(xy))

    def centers(self, xy: Floats, known: Bools) -> Scene:
        """Return a scene whose only joint ``center`` is at xy (M, 1, 2), and visible where it is known (M, 1)."""
        ones = np.asarray(known, np.float32)
        return replace(
            self,
            skeleton=Skeleton(("center",)),
            xy=xy,
            visible=np.where(known, 2, 0),
            flag=ones,
            weight=ones,
            drawn=known,
            outside=np.zeros_like(known),
        )

    def per_sample(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (S, K): the greatest of the values (M, K) of a sample's instances, 0 where it has none."""
        if self.one_per_sample:
            return values
        out = np.zeros((self.samples, *values.shape[1:]), np.float32)
        np.maximum.at(out, self.sample, values)
        return out


def hidden_policy(text: str) -> tuple[bool, float]:
    """Return whether a hidden joint (v = 1) is drawn, and its weight.

    The text is ``gaussian``, ``zero`` or ``weight=w``; SpecError on anything else.

    >>> hidden_policy("weight=0.5")
    (True, 0.5)
    """
    if text == "gaussian":
        return True, 1.0
    if text == "zero":
        return False, 0.0
    word, _, number = text.partition("=")
    try:
        weight = float(number)
        if word == "weight" and 0 <= weight < np.inf:
            return True, weight
    except ValueError:
        pass
    raise SpecError(
        "hidden", f"'{text}' is not a policy for hidden joints", "use gaussian, zero or weight=0.5"
    )


def outside_input(xy: Floats, input_size: Size) -> Bools:
    """Return (...): whether a labelled position (..., 2) lies outside [-0.5, w - 0.5] x [-0.5, h - 0.5].

    >>> outside_input(np.array([[63.5, 0.0], [63.6, 0.0]]), (64, 48)).tolist()
    [False, True]
    """
    beyond = [(xy[..., axis] < -0.5) | (xy[..., axis] > input_size[axis] - 0.5) for axis in (0, 1)]
    return np.asarray(beyond[0] | beyond[1])


def make_scene(
    skeleton: Skeleton,
    input_size: Size,
    xy: Floats,
    visible: NDArray[np.generic],
    *,
    bbox: Floats | None = None,
    sample: Ints | None = None,
    samples: int | None = None,
    hidden: str = "gaussian",
    outside: str = "drop",
) -> Scene:
    """Return the scene of these instances, with the policies applied.

    xy (M, K, 2) is in input px, visible is (M, K); NaN and infinite joints count as unlabelled.
    ``hidden`` is a policy of :func:`hidden_policy`, ``outside`` a key of OUTSIDE. InputError where
    ``outside="error"`` and a labelled joint lies outside the input; SpecError on unknown policies.
    """
    check_choice("outside", outside, OUTSIDE, "is not a policy for joints outside the input")
    drawn_hidden, weight_hidden = hidden_policy(hidden)
    labelled = (visible.astype(float) > 0) & finite(xy)
    is_hidden = labelled & (visible.astype(float) == 1)
    weight = labelled.astype(np.float32)
    weight[is_hidden] = weight_hidden
    drawn = labelled & (drawn_hidden | ~is_hidden)
    beyond = outside_input(xy, input_size) & labelled
    if outside == "error" and beyond.any():
        m, k = (int(i) for i in np.argwhere(beyond)[0])
        raise InputError(
            f"instance {m}, {skeleton.names[k]}",
            f"({xy[m, k, 0]:.2f}, {xy[m, k, 1]:.2f}) lies outside the {input_size[0]}x{input_size[1]} input",
            "correct it, or choose --outside drop, partial or clip",
        )
    if outside == "drop":
        drawn, weight = drawn & ~beyond, weight * ~beyond
    if outside == "clip":
        xy = np.where(labelled[..., None], np.clip(xy, -0.5, np.asarray(input_size) - 0.5), xy)
    count = len(xy)
    return Scene(
        skeleton=skeleton,
        input_size=input_size,
        xy=np.where(labelled[..., None], xy, np.nan),
        visible=visible,
        flag=visible.astype(np.float32),
        weight=weight,
        drawn=drawn,
        outside=beyond,
        bbox=np.full((count, 4), np.nan) if bbox is None else bbox,
        sample=np.arange(count) if sample is None else sample,
        samples=count if samples is None else samples,
    )
