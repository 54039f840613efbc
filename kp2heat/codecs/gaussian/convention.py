"""One Gaussian convention, as a row of switches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kp2heat.codecs.gaussian.switches import SigmaRule


@dataclass(frozen=True)
class Blob:
    """One convention.

    align       its alignment of input px and cells
    sigma       default sigma; None: kp2heat's common rule
    sized       whether sigma is the level's, or of each instance: a key of SIGMAS
    rounding    of the centre: a key of ROUNDINGS
    cut, trim   half-width of the square window: cut sigmas less ``trim`` cells; None: the whole map
    least       the least value kept: cuts a disc out of the window
    window      how the published code lays that window: a key of WINDOWS
    shape       gaussian | disc | cauchy
    merge       of blobs that share a map: max | sum | sum-clamp (to 1) | overwrite
    background  an extra channel: none, or a key of BACKGROUNDS, in front of the joints where ``first``
    unit_sum    every map is divided by its sum
    of          what has a map: joints | groups (the skeleton's) | center (the first person's box)
    masked      can give OpenPose's loss mask: 1 where a joint's blob is drawn (its part ratios all 1)
    doubled     the first person's maps, then everyone's
    shrink      drawn at the input's size and shrunk: a key of KERNELS
    empty       a map without a blob: zero | uniform
    weighted    a blob's peak is its joint's weight
    frame       which joints are drawn at all: a key of FRAMES
    decoder     the decoder that is exact for its clean maps
    shift       cells from the quantised centre to the joint's mean position
    policies    whether kp2heat's rules for hidden joints and joints outside the input apply
    published   the row of PUBLISHED that rules window, rejection and weight
    """

    name: str
    source: str
    align: str
    sigma: SigmaRule | None = None
    sized: str = "level"
    rounding: str = "none"
    cut: float | None = 3.0
    trim: float = 0.0
    least: float = 0.0
    window: str = "square"
    shape: str = "gaussian"
    merge: str = "max"
    background: str = "none"
    first: bool = False
    unit_sum: bool = False
    of: str = "joints"
    masked: bool = False
    doubled: bool = False
    shrink: str = ""
    empty: str = "zero"
    weighted: bool = False
    frame: str = "window"
    decoder: str = "lsq"
    shift: float = 0.0
    policies: bool = True
    published: str = ""
    literal: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def as_published(self) -> Blob:
        """The row with the switches of the published code."""
        return replace(self, **self.literal, policies=False, literal={})
