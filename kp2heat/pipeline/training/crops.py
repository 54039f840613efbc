"""The network's input, cut out of an image by the affine that the labels record."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor, hypot
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bytes, Floats
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
    if interpolation not in INTERPOLATIONS:
        found = f"'{interpolation}' is not known"
        raise SpecError("interpolation", found, did_you_mean(interpolation, INTERPOLATIONS))
    return cut(image, matrix, size, border, interpolation)


def cut(
    image: NDArray[Any], matrix: Floats, size: Size, border: float = 0, interpolation: str = "linear"
) -> NDArray[Any]:
    """Return the same of a matrix (2, 3), a size and an interpolation that are known to be right."""
    check_type("image", image, np.ndarray, "give (H, W) or (H, W, C) uint8 or float32")
    if image.ndim not in (2, 3) or image.dtype.char not in "Bf" or 0 in image.shape:
        raise InputError(
            "image",
            f"has shape {image.shape} and dtype {image.dtype}",
            "give (H, W) or (H, W, C) uint8 or float32",
        )
    (a, b, _), (c, d, _) = matrix.tolist()
    if interpolation != "nearest" and min(hypot(a, c), hypot(b, d)) * ALIASES_ABOVE < 1:
        image, matrix = _averaged(image, matrix, size, border)
    if interpolation == "linear" and image.dtype.char == "B" and image.shape[2:] == (3,) and a * d != b * c:
        part, moved = (image, matrix) if _few(image, size) else _part(image, matrix, size)
        if _few(part, size):
            return _by_four(part, moved, size, border)
    cv2 = opencv()
    flags = getattr(cv2, INTERPOLATIONS[interpolation])
    return np.asarray(cv2.warpAffine(image, matrix, size, flags=flags, borderValue=(border,) * 4))


def _few(image: Bytes, size: Size) -> bool:
    """Return whether giving a picture of three bytes a fourth pays: there are few pixels of it per pixel of the input."""
    return bool(image.shape[0] * image.shape[1] <= 4 * size[0] * size[1])


def _by_four(image: Bytes, matrix: Floats, size: Size, border: float) -> Bytes:
    """Return what ``cv2.warpAffine`` gives, to the last bit.

    OpenCV 5 samples four bytes per pixel in less than half the time of three; OpenCV 4 takes as long for both.
    """
    cv2 = opencv()
    shown = cv2.warpAffine(cv2.cvtColor(image, cv2.COLOR_RGB2RGBA), matrix, size, borderValue=(border,) * 4)
    return np.asarray(cv2.cvtColor(shown, cv2.COLOR_RGBA2RGB))


def _part(image: Bytes, matrix: Floats, size: Size) -> tuple[Bytes, Floats]:
    """Return the part of the image that the input shows, and the affine from there."""
    (x0, y0), (x1, y1) = _shown(matrix, size, image.shape[1::-1])
    rows = [[a, b, a * x0 + b * y0 + shift] for a, b, shift in matrix.tolist()]
    return image[y0:y1, x0:x1], np.array(rows)


def _averaged(
    image: NDArray[Any], matrix: Floats, input_size: Size, border: float
) -> tuple[NDArray[Any], Floats]:
    """Return the part of the image that the input shows, one pixel per block, and the affine from there."""
    cv2 = opencv()
    shrinks = 1 / np.maximum(np.linalg.norm(matrix[:, :2], axis=0), 1e-9)
    fewer = np.floor(np.minimum(shrinks, image.shape[1::-1]))
    blocks = np.where(shrinks > ALIASES_ABOVE, fewer, 1).astype(int)
    first, last = _shown(matrix, input_size, image.shape[1::-1], tuple(blocks.tolist()))
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
    matrix: Floats, input_size: Size, image_size: tuple[int, ...], blocks: tuple[int, ...] = (1, 1)
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return first and last + 1 pixel (x, y) of the image that the input shows, first ones on block borders."""
    (a, b, e), (c, d, f) = matrix.tolist()
    det = a * d - b * c
    # From the middle of the input, it reaches one pixel further than its outermost centres.
    x, y = (input_size[0] - 1) / 2 - e, (input_size[1] - 1) / 2 - f
    across, down = (input_size[0] + 1) / 2, (input_size[1] + 1) / 2
    middle = (d * x - b * y) / det, (a * y - c * x) / det
    reach = (abs(d) * across + abs(b) * down) / abs(det), (abs(a) * down + abs(c) * across) / abs(det)
    (x0, x1), (y0, y1) = (
        _clipped(floor(at - far) - block, ceil(at + far) + block + 1, block, pixels)
        for at, far, block, pixels in zip(middle, reach, blocks, image_size, strict=True)
    )
    return (x0, y0), (x1, y1)


def _clipped(low: int, high: int, block: int, pixels: int) -> tuple[int, int]:
    """Return ``low``, on a border of blocks, and ``high`` within an axis of so many pixels, at least one apart."""
    first = min(max(low // block * block, 0), (pixels - 1) // block * block)
    return first, min(max(high, first + 1), pixels)
