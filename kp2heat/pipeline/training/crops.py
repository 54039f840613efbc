"""The network's input, cut out of an image by the affine that the labels record."""

from __future__ import annotations

from collections.abc import Mapping
from math import hypot
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Floats
from kp2heat.errors import InputError, SpecError, check_type, did_you_mean
from kp2heat.frame import Frame, Size, parse_size
from kp2heat.libraries import opencv

ALIASES_ABOVE = 2.0
"""Image pixels per input pixel: beyond it, bilinear sampling skips pixels, and areas are averaged first."""


INTERPOLATIONS: Mapping[str, str] = {
    "linear": "INTER_LINEAR",
    "nearest": "INTER_NEAREST",
    "cubic": "INTER_CUBIC",
}
"""Names of how a picture is sampled -> OpenCV's."""


def crop_image(
    image: NDArray[Any],
    frame: Frame | Floats,
    input_size: Size | None = None,
    border: float = 0,
    interpolation: str = "linear",
) -> NDArray[Any]:
    """Return the network's input (h, w[, C]) in the image's dtype.

    image (H, W[, C]) uint8 or float32; frame: of one sample, such as ``shards[i].frame``, or its matrix (2, 3) with
    input_size (w, h): image px -> input px, in which the alignment family is already expressed. Pixel centres are at integers on both sides, as
    ``cv2.warpAffine`` has them, so a picture and its keypoints move by the same numbers. Sampling is bilinear, or
    ``interpolation``: "cubic"; "nearest" for masks, whose values are numbers of things and never mixed.
    Along an axis that shrinks more than twice, whole blocks of f pixels are averaged first, which moves a pixel
    centre x to (x + 0.5) / f - 0.5; not for "nearest". Pixels outside the image have the value ``border``.

    InputError where the image is not such an array, SpecError on other interpolations.

    >>> image = np.arange(12, dtype=np.float32).reshape(3, 4)
    >>> crop_image(image, np.array([[1.0, 0, -1], [0, 1, 0]]), (2, 2))
    array([[1., 2.],
           [5., 6.]], dtype=float32)
    """
    if isinstance(frame, Frame):
        matrix, size = frame.matrix[0], frame.input_size
    else:
        matrix, size = np.asarray(frame, np.float64), parse_size(input_size, "input_size")
    check_type("image", image, np.ndarray, "give (H, W) or (H, W, C) uint8 or float32")
    if image.ndim not in (2, 3) or image.dtype not in (np.uint8, np.float32) or 0 in image.shape:
        raise InputError(
            "image",
            f"has shape {image.shape} and dtype {image.dtype}",
            "give (H, W) or (H, W, C) uint8 or float32",
        )
    if interpolation not in INTERPOLATIONS:
        found = f"'{interpolation}' is not known"
        raise SpecError("interpolation", found, did_you_mean(interpolation, INTERPOLATIONS))
    cv2 = opencv()
    shrinks = min(hypot(matrix[0, 0], matrix[1, 0]), hypot(matrix[0, 1], matrix[1, 1])) * ALIASES_ABOVE < 1
    if shrinks and interpolation != "nearest":
        image, matrix = _averaged(image, matrix, size, border)
    return np.asarray(
        cv2.warpAffine(
            image,
            matrix,
            size,
            flags=getattr(cv2, INTERPOLATIONS[interpolation]),
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(border,) * 4,
        )
    )


def _averaged(
    image: NDArray[Any], matrix: Floats, input_size: Size, border: float
) -> tuple[NDArray[Any], Floats]:
    """Return the part of the image that the input shows, one pixel per block, and the affine from there."""
    cv2 = opencv()
    shrinks = 1 / np.maximum(np.linalg.norm(matrix[:, :2], axis=0), 1e-9)
    fewer = np.floor(np.minimum(shrinks, image.shape[1::-1]))
    blocks = np.where(shrinks > ALIASES_ABOVE, fewer, 1).astype(int)
    first, last = _shown(matrix, input_size, image.shape[1::-1], blocks)
    (x0, y0), (x1, y1) = first, last
    part = image[y0:y1, x0:x1]
    right, bottom = -(np.array(part.shape[1::-1])) % blocks
    if right or bottom:
        part = cv2.copyMakeBorder(part, 0, bottom, 0, right, cv2.BORDER_CONSTANT, value=(border,) * 4)
    size = np.array(part.shape[1::-1]) // blocks
    small = cv2.resize(part, (int(size[0]), int(size[1])), interpolation=cv2.INTER_AREA)
    # A pixel s of ``small`` is centred on image pixel f s + (f - 1) / 2 + first.
    linear = matrix[:, :2] * blocks
    shift = matrix[:, :2] @ ((blocks - 1) / 2 + first) + matrix[:, 2]
    return small, np.concatenate([linear, shift[:, None]], axis=1)


def _shown(
    matrix: Floats, input_size: Size, image_size: tuple[int, ...], blocks: NDArray[np.int_]
) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Return first and last + 1 pixel (x, y) of the image that the input shows, first ones on block borders."""
    inverse = np.linalg.inv(matrix[:, :2])
    corners = np.array([(x, y) for x in (-1, input_size[0]) for y in (-1, input_size[1])], float)
    reached = (corners - matrix[:, 2]) @ inverse.T
    low = np.floor(reached.min(axis=0)) - blocks
    high = np.ceil(reached.max(axis=0)) + blocks + 1
    whole = np.array(image_size)
    first = np.clip(low // blocks * blocks, 0, (whole - 1) // blocks * blocks).astype(int)
    return first, np.clip(high, first + 1, whole).astype(int)
