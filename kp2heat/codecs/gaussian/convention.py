"""One Gaussian convention, as a row of switches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kp2heat.codecs.gaussian.sigmas import SigmaRule
from kp2heat.skeleton.groups import Groups


@dataclass(frozen=True)
class Convention:
    """The switches of one published way to draw keypoints as blobs; coordinates are cells.

    align             name of the alignment between input pixels and cells
    sigma             rule of the default sigma; None for kp2heat's common rule
    sigma_from        whose sigma is used: a key of SIGMAS (``level``, or each instance's box or extent)
    rounding          how a centre is rounded: a key of ROUNDINGS
    cut, trim         half-width of the square window: ``cut`` sigmas less ``trim`` cells; None for the whole map
    least             least value that is kept; it cuts a disc out of the window
    window            how the published code places that window: a key of WINDOWS
    shape             gaussian | disc | cauchy | cauchy-raw: a key of SHAPES
    merge             of blobs in one map: max | sum | sum-clamp (sum, at most 1) | overwrite
    background        extra channel: ``none``, or a key of BACKGROUNDS
    background_first  whether that channel comes before the joints
    unit_sum          whether every map is divided by its sum
    maps_of           what has a map: joints | groups (of joints, by the skeleton) | center (of the box)
    masked            whether OpenPose's loss mask can be asked for: 1 where a joint's blob is drawn
    with_bystanders   whether the maps of all people follow those of the sample's first person
    shrink            maps are drawn at the input's size and shrunk: a key of KERNELS; empty for no
    empty             what a map without a blob becomes: zero | uniform
    peak              of a blob: one | weight (the joint's) | score (the visibility as annotated, at most 1)
    drawn_where       which joints are drawn at all: a key of FRAMES
    decoder           name of the decoder that is exact for clean maps
    shift             cells from the rounded centre to the mean position of the joint
    policies          whether kp2heat's rules for hidden joints and joints outside the input apply
    published         the row of PUBLISHED that rules window, rejection and weight; empty for none
    literal           the switches in which the published code differs, faults included
    groups            joints that share a map (``kp2heat.skeleton.groups``), where they are asked for
    overlap           overlap that a box must keep, where sigma follows the box
    mask              whether the loss mask is asked for

    >>> row = Convention("mine", "an example", "stride", rounding="floor", literal={"rounding": "trunc"})
    >>> row.as_published().rounding
    'trunc'
    """

    name: str
    source: str
    align: str
    sigma: SigmaRule | None = None
    sigma_from: str = "level"
    rounding: str = "none"
    cut: float | None = 3.0
    trim: float = 0.0
    least: float = 0.0
    window: str = "square"
    shape: str = "gaussian"
    merge: str = "max"
    background: str = "none"
    background_first: bool = False
    unit_sum: bool = False
    maps_of: str = "joints"
    masked: bool = False
    with_bystanders: bool = False
    shrink: str = ""
    empty: str = "zero"
    peak: str = "one"
    drawn_where: str = "window"
    decoder: str = "lsq"
    shift: float = 0.0
    policies: bool = True
    published: str = ""
    literal: Mapping[str, Any] = field(default_factory=dict, hash=False)
    groups: Groups = field(default=(), hash=False)
    overlap: float = 0.7
    mask: bool = False

    def as_published(self) -> Convention:
        """Return the row with the switches of the published code."""
        return replace(self, **self.literal, policies=False, literal={})

    @property
    def composed(self) -> bool:
        """Whether more is done to a map than painting blobs; then it is drawn in float64 and rounded at the end."""
        summed = self.merge.startswith("sum")
        return summed or self.background != "none" or self.unit_sum or bool(self.shrink)
