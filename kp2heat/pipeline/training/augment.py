"""Recipes of geometric augmentation, and what they draw for a sample.

A recipe (``Augment``) says from which ranges rotation, scale, shift, mirroring and the half-body crop are drawn.
What is drawn (``Choice``) depends on the seed, the epoch and the sample's id alone: not on the worker, the
batch, or the order of samples. ``augment_geometry`` turns it into an affine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import shake_128
from numbers import Real
from statistics import NormalDist
from struct import Struct

import numpy as np

from kp2heat.errors import SpecError, did_you_mean

NUMBERS: Mapping[str, str] = {
    **dict.fromkeys(("scale", "half_least"), "two numbers"),
    **dict.fromkeys(("rotate", "rotate_p", "scale_step", "shift", "shift_p", "flip"), "a number"),
    **dict.fromkeys(("half_body", "half_body_joints", "upper"), "a number"),
}
"""What a field of a recipe has to be."""
LAWS = ("uniform", "normal", "truncated")

WORDS = Struct("<9Q")
"""The numbers that a draw is made of."""
NORMAL = NormalDist()
BELOW = NORMAL.cdf(-1.0)
"""The share of a standard normal below -1."""


@dataclass(frozen=True)
class Augment:
    """A recipe of geometric augmentation. Probabilities are between 0 and 1.

    rotate       degrees either way; ``rotate_p``: the probability that the sample is rotated at all
    scale        (least, greatest) factor of the person's size in the input, or with ``scale_of="box"`` of the
                 box that is cropped, which makes the person smaller as it grows; with ``scale_step`` the factor is
                 one of least, least + step, ..., greatest, each as likely
    shift        share of the input's sides by which the crop moves, either way; ``shift_p``: its probability
    border       image px, for whole images: the crop's centre is any pixel of the image at least so far from its
                 sides, or half, a quarter, ... as far where the image is too small for that; None: it is the image's
    flip         probability of mirroring; left and right joints change places
    half_body    probability of cropping the upper or lower half of the body, where at least
                 ``half_body_joints`` joints are labelled, 2 or 3 of them (``half_least``) in that half;
                 ``upper`` is the probability that the upper half is taken where both are possible
    law          how rotation, scale and shift are drawn: ``uniform``; ``normal``: clipped, with the value of rotation
                 and shift (and half the scale's range) as its standard deviation, and two of them as the limit of
                 rotation and shift; ``truncated``: a standard normal truncated at +-1 and scaled to the range

    >>> Augment(rotate=40, scale=(0.7, 1.3), flip=0.5).rotate
    40
    """

    rotate: float = 0.0
    rotate_p: float = 1.0
    scale: tuple[float, float] = (1.0, 1.0)
    scale_of: str = "person"
    scale_step: float = 0.0
    shift: float = 0.0
    shift_p: float = 1.0
    border: int | None = None
    flip: float = 0.0
    half_body: float = 0.0
    half_body_joints: int = 9
    half_least: tuple[int, int] = (2, 3)
    upper: float = 0.5
    law: str = "uniform"

    def __post_init__(self) -> None:
        for name, kind in NUMBERS.items():
            value = getattr(self, name)
            pair = (
                isinstance(value, list | tuple)
                and len(value) == 2
                and all(isinstance(n, Real) for n in value)
            )
            if not (pair if kind == "two numbers" else isinstance(value, Real)):
                raise SpecError("augment", f"{name} = {value!r} cannot be used", f"give {kind}")
        if self.law not in LAWS:
            raise SpecError("augment", f"law '{self.law}' is not known", did_you_mean(self.law, LAWS))
        if self.scale_of not in ("person", "box"):
            raise SpecError("augment", f"scale_of '{self.scale_of}' is not known", "use person or box")
        for name in ("rotate_p", "shift_p", "flip", "half_body", "upper"):
            if not 0 <= getattr(self, name) <= 1:
                raise SpecError("augment", f"{name} = {getattr(self, name)} is no probability", "give 0 to 1")
        if not 0 < self.scale[0] <= self.scale[1] < np.inf:
            raise SpecError("augment", f"scale = {self.scale} is no range", "give (0.7, 1.3), least first")
        if not 0 <= self.scale_step < np.inf:
            raise SpecError(
                "augment", f"scale_step = {self.scale_step} is no step", "give 0.1, or 0 for none"
            )
        if self.border is not None and self.border < 0:
            raise SpecError("augment", f"border = {self.border} is no distance", "give image px, 0 or more")
        if not (0 <= self.rotate <= 360 and 0 <= self.shift < np.inf):
            raise SpecError(
                "augment",
                f"rotate = {self.rotate}, shift = {self.shift} cannot be used",
                "give rotate in degrees and shift as a share of the side, both 0 or more",
            )


PRESETS: Mapping[str, Augment] = {
    "cpm-mpii": Augment(rotate=40, scale=(0.7, 1.3), flip=0.5),
    "hrnet": Augment(
        rotate=45,
        rotate_p=0.6,
        scale=(0.65, 1.35),
        scale_of="box",
        flip=0.5,
        half_body=0.3,
        half_least=(3, 3),
        upper=0.69,
        law="normal",
    ),
    "hrnet-mpii": Augment(
        rotate=30, rotate_p=0.6, scale=(0.75, 1.25), scale_of="box", flip=0.5, law="normal"
    ),
    "simple-baseline": Augment(
        rotate=40, rotate_p=0.6, scale=(0.7, 1.3), scale_of="box", flip=0.5, law="normal"
    ),
    "mmpose": Augment(
        rotate=80,
        rotate_p=0.6,
        scale=(0.5, 1.5),
        scale_of="box",
        shift=0.16,
        shift_p=0.3,
        flip=0.5,
        half_body=0.3,
        upper=0.7,
        law="truncated",
    ),
    "centernet": Augment(
        scale=(0.6, 1.3), scale_of="box", scale_step=0.1, border=128, flip=0.5, law="normal"
    ),
    "centernet-shift": Augment(scale=(0.6, 1.4), scale_of="box", shift=0.1, flip=0.5, law="normal"),
}
"""Published recipes by name.

``cpm-mpii``: CPM's genProto (Wei et al. 2016), whose person is 234 px high in a crop of 368, a padding of 1.57.
``simple-baseline``: Xiao et al. 2018, COCO. ``hrnet``, ``hrnet-mpii``: JointsDataset of HRNet with its COCO and MPII settings; its coin for the upper half
is ``randn() < 0.5``, which comes up in 69 of 100. ``mmpose``: RandomFlip, RandomHalfBody and RandomBBoxTransform
of mmpose 1.3.2, whose shift is measured in the padded box before its aspect is fixed. ``centernet``: multi_pose and ctdet of
CenterNet (Zhou et al. 2019), for whole images (``fit="letterbox"``, a square input); ``centernet-shift``: the same with its
option ``not_rand_crop``. Their rotation is off by default: ``replace(recipe, rotate=..., rotate_p=...)``.
"""


def augment_preset(name: str) -> Augment:
    """Return the published recipe of that name; SpecError with a suggestion where there is none.

    >>> augment_preset("cpm-mpii").scale
    (0.7, 1.3)
    """
    if name not in PRESETS:
        raise SpecError("augment-preset", f"'{name}' is not known", did_you_mean(name, PRESETS))
    return PRESETS[name]


@dataclass(frozen=True)
class Choice:
    """One draw from a recipe.

    rotate  degrees, counter-clockwise as the picture is seen
    zoom    factor of the person's size in the input
    shift   share of the input's sides by which the crop moves right and down
    place   where the crop's centre lies between the borders of the image, (right, down) in 0 to 1; None: it stays
    flip    whether the sample is mirrored
    half    ``upper`` or ``lower`` is the half of the body wanted first; empty where the whole box is kept
    """

    rotate: float = 0.0
    zoom: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    place: tuple[float, float] | None = None
    flip: bool = False
    half: str = ""


def choose(augment: Augment, seed: int, epoch: int, sample: int | str) -> Choice:
    """Return what the recipe draws for this sample in this epoch, by a hash of the three: on every machine the same.

    >>> recipe = Augment(rotate=30)
    >>> choose(recipe, 0, 1, "a") == choose(recipe, 0, 1, "a") != choose(recipe, 0, 2, "a")
    True
    """
    digest = shake_128(f"{seed}/{epoch}/{sample}".encode()).digest(WORDS.size)
    u = [((word >> 11) + 0.5) * 2.0**-53 for word in WORDS.unpack(digest)]
    spread = 2.0 if augment.law == "normal" else 1.0
    factor = _factor(augment, u[0])
    rotate = augment.rotate * _deviate(u[1], augment.law, spread) if u[2] < augment.rotate_p else 0.0
    shift = (0.0, 0.0)
    if augment.shift and u[3] < augment.shift_p:
        shift = (
            augment.shift * _deviate(u[4], augment.law, spread),
            augment.shift * _deviate(u[5], augment.law, spread),
        )
    half = ("upper" if u[8] < augment.upper else "lower") if u[7] < augment.half_body else ""
    zoom = 1 / factor if augment.scale_of == "box" else factor
    place = None if augment.border is None else (u[4], u[5])
    return Choice(rotate, zoom, shift, place, u[6] < augment.flip, half)


def _factor(augment: Augment, u: float) -> float:
    """Return the scale's factor at the share ``u`` of its distribution."""
    low, high = augment.scale
    if augment.scale_step:
        return low + augment.scale_step * int(u * (1 + round((high - low) / augment.scale_step)))
    return (low + high) / 2 + (high - low) / 2 * _deviate(u, augment.law, 1.0)


def _deviate(u: float, law: str, limit: float) -> float:
    """Return the value at the share ``u`` of the law's distribution, within +-limit (uniform, truncated: +-1)."""
    if law == "uniform":
        return 2 * u - 1
    if law == "normal":
        return min(limit, max(-limit, NORMAL.inv_cdf(u)))
    return NORMAL.inv_cdf(BELOW + u * (1 - 2 * BELOW))
