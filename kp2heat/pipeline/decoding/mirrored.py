"""Samples whose frame mirrors: their maps hold a joint in the place of its partner."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Ints
from kp2heat.drawing.mirror import joint_order
from kp2heat.frame import Frame
from kp2heat.peaks import Peaks
from kp2heat.shards.reading.people import Truth
from kp2heat.skeleton import Skeleton


def reordered(values: NDArray[Any], order: Ints | None) -> NDArray[Any]:
    """Return values (M, K, ...) with the joints in this order (M, K); a second time puts them back."""
    if order is None:
        return values
    return np.take_along_axis(values, order.reshape(*order.shape, *(1,) * (values.ndim - 2)), axis=1)


def as_drawn(people: Truth, frame: Frame, skeleton: Skeleton) -> tuple[Truth, Ints | None]:
    """Return the people with their joints as maps hold them, and the order (M, K); None where no frame mirrors.

    frame: one per person.
    """
    order = joint_order(skeleton, frame.matrix)
    if order is None:
        return people, None
    return replace(people, xy=reordered(people.xy, order), visible=reordered(people.visible, order)), order


def as_annotated(peaks: Peaks, order: Ints | None) -> Peaks:
    """Return the peaks of maps (M, K) with left and right where the annotations have them."""
    if order is None:
        return peaks
    names = ("xy", "score", "refined", "covariance", "share", "amplitude")
    known: dict[str, Any] = {
        name: reordered(value, order) for name in names if (value := getattr(peaks, name)) is not None
    }
    return replace(peaks, **known)
