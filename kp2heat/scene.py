"""What a codec draws: the instances of a batch of samples, in input px, with the policies applied.

Policies answer two questions once, for every codec: what becomes of a joint that is labelled but hidden
(COCO v = 1), and of a joint that lies outside the network's input.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.errors import InputError, SpecError
from kp2heat.frame import Size, finite
from kp2heat.skeleton import Skeleton

Outside = Literal["drop", "partial", "clip", "error"]
OUTSIDE: Mapping[str, str] = {
    "drop": "weight 0 and an empty map (default)",
    "partial": "drawn as far as the blob reaches into the map, weight kept while any of it does",
    "clip": "moved to the nearest point of the input's edge",
    "error": "refused",
}


@dataclass(frozen=True, eq=False)
class Scene:
    """M instances of K joints in S samples.

    xy       (M, K, 2) float64, input px; NaN where unlabelled
    visible  (M, K) as annotated: uint8 0/1/2, or any float from a caller of the library
    weight   (M, K) float32: the loss weight the policies give the joint
    drawn    (M, K) bool: the joint is to be drawn
    outside  (M, K) bool: labelled, but annotated outside the input
    bbox     (M, 4) float64: x, y, w, h in input px, NaN where unknown
    sample   (M,) int64, ascending: the sample each instance belongs to
    samples  S
    """

    skeleton: Skeleton
    input_size: Size
    xy: Floats
    visible: NDArray[np.generic]
    weight: NDArray[np.float32]
    drawn: Bools
    outside: Bools
    bbox: Floats
    sample: Ints
    samples: int

    @cached_property
    def alone(self) -> bool:
        """Whether every sample holds one instance, the one of its own number."""
        return self.samples == len(self.sample) and bool((np.diff(self.sample) > 0).all())

    def part(self, start: int, stop: int) -> Scene:
        """The scene of samples start..stop, counted from 0."""
        a, b = np.searchsorted(self.sample, (start, stop))
        people = ("xy", "visible", "weight", "drawn", "outside", "bbox")
        mine = {name: getattr(self, name)[a:b] for name in people}
        return replace(self, **mine, sample=self.sample[a:b] - start, samples=stop - start)

    def joined(self, others: Scene) -> Scene:
        """With the others behind each sample's own instances."""
        order = np.argsort(np.concatenate([self.sample, others.sample]), kind="stable")
        columns = ("xy", "visible", "weight", "drawn", "outside", "bbox", "sample")
        both: dict[str, Any] = {
            name: np.concatenate([getattr(self, name), getattr(others, name)])[order] for name in columns
        }
        return replace(self, **both)

    def first(self) -> Scene:
        """The first instance of every sample alone: the person a crop is round."""
        rows = np.flatnonzero(np.diff(self.sample, prepend=-1))
        columns = ("xy", "visible", "weight", "drawn", "outside", "bbox", "sample")
        return replace(self, **{name: getattr(self, name)[rows] for name in columns})

    def centers(self) -> Scene:
        """The middle of every instance's box as its only joint; NaN where it has no box."""
        xy = (self.bbox[:, :2] + self.bbox[:, 2:] / 2)[:, None]
        known = finite(xy)
        return replace(
            self,
            skeleton=Skeleton(("center",)),
            xy=xy,
            visible=np.where(known, 2, 0),
            weight=np.asarray(known, np.float32),
            drawn=known,
            outside=np.zeros_like(known),
        )

    def per_sample(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """(M, K) of instances -> (S, K) of samples: the greatest, 0 where a sample has no instance."""
        if self.alone:
            return values
        out = np.zeros((self.samples, *values.shape[1:]), np.float32)
        np.maximum.at(out, self.sample, values)
        return out


def hidden_policy(text: str) -> tuple[bool, float]:
    """``gaussian`` | ``zero`` | ``weight=w`` for v = 1 -> (drawn, weight); SpecError on anything else."""
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
    raise SpecError("hidden", f"'{text}' is no policy for hidden joints", "use gaussian, zero or weight=0.5")


def outside_input(xy: Floats, input_size: Size) -> Bools:
    """(..., 2) input px -> (...): labelled, but not within [-0.5, w - 0.5] x [-0.5, h - 0.5]."""
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
    """Apply the policies. xy (M, K, 2) input px, visible (M, K); NaN or infinite joints count as unlabelled.

    InputError where ``outside="error"`` and a labelled joint lies outside the input.
    """
    if outside not in OUTSIDE:
        raise SpecError(
            "outside", f"'{outside}' is no out-of-frame policy", f"use one of {', '.join(OUTSIDE)}"
        )
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
        weight=weight,
        drawn=drawn,
        outside=beyond,
        bbox=np.full((count, 4), np.nan) if bbox is None else bbox,
        sample=np.arange(count) if sample is None else sample,
        samples=count if samples is None else samples,
    )
