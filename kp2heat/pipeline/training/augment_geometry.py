"""The geometry of augmentation: one affine per sample, composed with the frame, so that labels are drawn and never warped.

It acts in input px round the middle of the crop; where the fit keeps the aspect (crop, letterbox) that is the
same as turning and scaling the box in the image.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from math import cos, radians, sin

import numpy as np

from kp2heat.arrays import Bools, Bytes, Floats
from kp2heat.frame import Size, crop
from kp2heat.pipeline.training.augment import Augment, Choice
from kp2heat.skeleton import Skeleton

LOWER_BODY = ("hip", "knee", "ankle", "pelvis", "foot", "toe", "heel", "thigh", "leg")
"""A joint whose name holds one of these words belongs to the lower half of the body."""

HALF_BODY_PADDING = 1.5

CPM_TARGET = 1.171
"""CPM's ``target_dist``: a person of MPII's scale s is resized by 1.171 / s."""


@lru_cache(maxsize=16)
def _lower_body(skeleton: Skeleton) -> Bools:
    """Return (K,): the joint belongs to the lower half of the body, by its name."""
    return np.array([any(word in name.lower() for word in LOWER_BODY) for name in skeleton.names])


def half_body_box(
    augment: Augment, choice: Choice, skeleton: Skeleton, xy: Floats, visible: Bytes
) -> Floats | None:
    """Return the box (x, y, w, h) round the half of the body that is kept, 1.5 times its extent; None without one.

    xy (K, 2) image px and visible (K,) of one person. The box is centred at the joints' mean, as HRNet and
    mmpose have it. Joints of the other half stay labelled.
    """
    labelled = (visible > 0) & np.isfinite(xy).all(axis=1)
    if not choice.half or labelled.sum() < augment.half_body_joints:
        return None
    lower = _lower_body(skeleton)
    halves = {"upper": labelled & ~lower, "lower": labelled & lower}
    least = dict(zip(("upper", "lower"), augment.half_least, strict=True))
    for name in (choice.half, "lower" if choice.half == "upper" else "upper"):
        if halves[name].sum() >= least[name]:
            joints = xy[halves[name]]
            extent = np.maximum(joints.max(axis=0) - joints.min(axis=0), 1) * HALF_BODY_PADDING
            return np.concatenate([joints.mean(axis=0) - extent / 2, extent])
    return None


def middle(input_size: Size, align: str) -> tuple[float, float]:
    """Return the point (x, y) of the input where a crop's centre lies, by the family of its frame."""
    corner = 0.0 if align in ("stride", "cell-center") else 1.0
    return (input_size[0] - corner) / 2, (input_size[1] - corner) / 2


def placed(
    augment: Augment, choice: Choice, frame: Floats, image_size: Size, align: str, input_size: Size
) -> Choice:
    """Return the choice with the shift that brings its place in the image to the middle of the input.

    frame (2, 3): image px to input px. The place is a whole pixel at least the border from the image's sides.
    """
    if augment.border is None or choice.place is None:
        return choice
    borders = [border_within(augment.border, side) for side in image_size]
    low_high = zip(choice.place, borders, image_size, strict=True)
    pixel = np.array([border + int(u * (side - 2 * border)) for u, border, side in low_high])
    away = (frame[:, :2] @ pixel + frame[:, 2] - middle(input_size, align)) / input_size
    return replace(choice, shift=(choice.shift[0] + away[0], choice.shift[1] + away[1]))


def border_within(border: int, side: int) -> int:
    """Return the border, halved (rounded down) until two of them leave something of an image's side.

    >>> [border_within(128, side) for side in (640, 257, 256, 100)]
    [128, 128, 64, 32]
    """
    parts = 1
    while 2 * (border // parts) >= max(side, 1):
        parts *= 2
    return border // parts


def affine(choice: Choice, input_size: Size, align: str) -> Floats:
    """Return the affine (2, 3), input px to input px, of a choice: shift, rotation, scale, mirror.

    >>> affine(Choice(zoom=2), (8, 8), "half-pixel")[0].tolist()
    [2.0, 0.0, -3.5]
    """
    x, y = middle(input_size, align)
    c, s = choice.zoom * cos(radians(choice.rotate)), choice.zoom * sin(radians(choice.rotate))
    a, b = (-c, -s) if choice.flip else (c, s)
    right, down = x + choice.shift[0] * input_size[0], y + choice.shift[1] * input_size[1]
    return np.array([[a, b, x - (a * right + b * down)], [-s, c, y - (c * down - s * right)]])


def compose(outer: Floats, inner: Floats) -> Floats:
    """Return the affine (2, 3) that does ``inner`` first and ``outer`` after it.

    Written out: it is done for every sample that is drawn, and arrays of six numbers take ten times as long.
    """
    (a, b, e), (c, d, f) = inner.tolist()
    rows = [[p * a + q * c, p * b + q * d, p * e + q * f + r] for p, q, r in outer.tolist()]
    return np.array(rows)


def augmented(
    augment: Augment,
    choice: Choice,
    frame: Floats,
    input_size: Size,
    align: str,
    person: tuple[Skeleton, Floats, Bytes] | None = None,
    image_size: Size = (0, 0),
) -> Floats:
    """Return a sample's frame (2, 3), image px to input px, with the choice composed.

    person: skeleton, xy (K, 2) image px and visible (K,), for samples that are crops round one person: without
    it there is no half-body crop. image_size: of the sample's image, for recipes that place the crop in it.
    """
    choice = placed(augment, choice, frame, image_size, align, input_size)
    box = half_body_box(augment, choice, *person) if person and choice.half else None
    if box is not None:
        frame = crop(box[None], input_size, 1.0, align).matrix[0]
    return compose(affine(choice, input_size, align), frame)


def published_cpm(
    image_size: Size,
    center: tuple[float, float],
    scale_self: float,
    *,
    scale: float = 1.0,
    rotate: float = 0.0,
    flip: bool = False,
    crop_side: int = 368,
) -> Floats:
    """Return CPM's own augmentation as one affine (2, 3), image px to crop px, its roundings included.

    The image is resized by 1.171 / scale_self times ``scale`` (coordinates are plainly multiplied), rotated by
    ``rotate`` degrees round the middle of a canvas that grows to hold it, cropped round the person's centre
    rounded to a pixel, and mirrored last (shihenw/caffe data_transformer.cpp; Wei et al. 2016). The preset
    ``cpm-mpii`` is the same without the rounding of the crop's centre, which moves the picture by up to 0.5 px.
    """
    factor = CPM_TARGET / scale_self * scale
    width, height = (float(np.floor(side * factor + 0.5)) for side in image_size)
    c, s = cos(radians(rotate)), sin(radians(rotate))
    linear = np.array([[c, s], [-s, c]])
    half = np.array([width, height]) / 2
    reach = np.abs(linear) @ half
    canvas = np.ceil(half + reach) - np.floor(half - reach) + 1
    shift = canvas / 2 - linear @ half
    person = factor * (linear @ np.asarray(center)) + shift
    shift = shift - (np.floor(person + 0.5) - crop_side / 2)
    matrix = np.concatenate([linear * factor, shift[:, None]], axis=1)
    mirror = np.array([[-1.0, 0, crop_side - 1], [0, 1, 0]])
    return compose(mirror, matrix) if flip else matrix
