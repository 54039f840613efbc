"""The three spaces: image px, input px and cells; the mapping from image px to input px.

``alignments.py`` has the mapping from input px to cells. Coordinates are float64 (x, y) with integers at pixel
*centres*, so an image w px wide covers [-0.5, w - 0.5]. Sizes are (width, height).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.frame.alignments import ALIGNMENTS, Alignment, Size, alignment, parse_size, show_size

__all__ = [
    "ALIGNMENTS",
    "Alignment",
    "Frame",
    "FramesOnDemand",
    "Size",
    "affine",
    "alignment",
    "crop",
    "finite",
    "letterbox",
    "parse_size",
    "show_size",
    "stretch",
    "whole",
]


def finite(xy: Floats) -> Bools:
    """Return (...): whether both coordinates of a position (..., 2) are finite."""
    return np.asarray(np.isfinite(xy[..., 0]) & np.isfinite(xy[..., 1]))


@dataclass(frozen=True, eq=False)
class Frame:
    """The mapping from image px to input px: one affine per sample.

    matrix      (N, 2, 3) float64: input = matrix[:, :, :2] @ image + matrix[:, :, 2]. Frames made in this module
                are axis-parallel, with zeros off the diagonal, but any invertible affine works.
    input_size  (w, h) of the network's input, px

    >>> frame = crop(np.array([[10.0, 20.0, 96.0, 128.0]]), (192, 256), 1.0, "half-pixel")
    >>> frame.to_input(np.array([[[9.5, 19.5]]])).tolist()
    [[[-0.5, -0.5]]]
    """

    matrix: Floats
    input_size: Size

    def to_input(self, xy: Floats) -> Floats:
        """Return input px of image px (N, ..., 2)."""
        return _apply(self.matrix, xy)

    def to_image(self, xy: Floats) -> Floats:
        """Return image px of input px (N, ..., 2)."""
        inverse = np.linalg.inv(self.matrix[:, :, :2])
        shift = -np.einsum("nij,nj->ni", inverse, self.matrix[:, :, 2])
        return _apply(np.concatenate([inverse, shift[:, :, None]], axis=2), xy)

    def take(self, rows: Ints | slice) -> Frame:
        """Return the frames of these samples."""
        return Frame(self.matrix[rows], self.input_size)


@dataclass(frozen=True, eq=False)
class FramesOnDemand:
    """The frames of samples, worked out when they are asked for: those of all samples take much of a plan's memory.

    make    rows -> their frames

    >>> frames = FramesOnDemand(lambda rows: whole((64, 48), 9).take(rows), (64, 48))
    >>> frames.take(slice(2, 5)).matrix.shape, frames.matrix.shape
    ((3, 2, 3), (9, 2, 3))
    """

    make: Callable[[Ints | slice], Frame]
    input_size: Size

    @property
    def matrix(self) -> Floats:
        """The matrices of all."""
        return self.make(slice(None)).matrix

    def take(self, rows: Ints | slice) -> Frame:
        """Return the frames of these samples."""
        return self.make(rows)


def _apply(matrix: Floats, xy: Floats) -> Floats:
    """Apply one affine per sample."""
    return affine(matrix.reshape(len(matrix), *(1,) * (xy.ndim - 2), 2, 3), xy)


def affine(matrix: Floats, xy: Floats) -> Floats:
    """Return positions xy (..., 2) moved by an affine (2, 3), or by affines (..., 2, 3) that broadcast.

    Written out, because the bits of a matrix product depend on the batch size.

    >>> affine(np.array([[2.0, 0, 1], [0, 2, 0]]), np.array([[3.0, 4.0]])).tolist()
    [[7.0, 8.0]]
    """
    x, y = xy[..., 0], xy[..., 1]
    out = np.empty_like(xy)
    for axis in (0, 1):
        row = matrix[..., axis, :]
        out[..., axis] = row[..., 0] * x + row[..., 1] * y + row[..., 2]
    return out


def _diagonal(scale: Floats, shift: Floats) -> Floats:
    """Return affines (N, 2, 3) of scale and shift (N, 2)."""
    matrix = np.zeros((len(scale), 2, 3))
    matrix[:, 0, 0], matrix[:, 1, 1] = scale.T
    matrix[:, :, 2] = shift
    return matrix


def _placed(region: Floats, extent: Floats, target: Size, align: str) -> Floats:
    """Return the affine from a region (its left/top edge, its extent) to the whole target, in this alignment.

    ``half-pixel``: edges on edges, so a crop at scale 1 is an array slice. ``stride`` and ``cell-center``:
    the region's edge goes to coordinate 0, as HRNet and mmpose warp. ``align-corners``: the region's edges go
    to the centres of the outermost pixels, as UDP warps: x_in = (x - c + S/2)(w - 1)/S, S the region's extent.
    """
    wh = np.asarray(target, float)
    if align == "align-corners":
        scale = (wh - 1) / extent
        return _diagonal(scale, -region * scale)
    scale = wh / extent
    half = 0.5 if align == "half-pixel" else 0.0
    return _diagonal(scale, (half - region) * scale - half)


def whole(image_size: Size, count: int) -> Frame:
    """Return ``count`` frames that leave the image as it is: input px are image px."""
    ones = np.ones((count, 2))
    return Frame(_diagonal(ones, ones * 0), image_size)


def stretch(image_size: NDArray[np.int32], input_size: Size, align: str) -> Frame:
    """Return frames that stretch the whole image to the input's size; image_size (N, 2) px."""
    extent = image_size.astype(float) - (align == "align-corners")
    return Frame(_placed(np.zeros_like(extent), extent, input_size, align), input_size)


def letterbox(image_size: NDArray[np.int32], input_size: Size, align: str) -> Frame:
    """Return frames that fit the whole image into the middle of the input with its aspect; image_size (N, 2) px."""
    true = image_size.astype(float)
    grown = np.asarray(input_size) * (true / input_size).max(axis=1, keepdims=True)
    edge, extent = (true - grown) / 2, grown
    if align == "align-corners":
        steps = np.asarray(input_size) - 1.0
        extent = steps * ((true - 1) / steps).max(axis=1, keepdims=True)
        edge = (true - 1 - extent) / 2
    return Frame(_placed(edge, extent, input_size, align), input_size)


def crop(bbox: Floats, input_size: Size, padding: float, align: str) -> Frame:
    """Return frames of boxes (N, 4: x, y, w, h in image px) with the input's aspect, times ``padding``.

    The short side is grown. This is the rule of HRNet, mmpose and UDP: box, centre and scale, aspect, padding,
    one warp. ``align`` "darkpose" has DarkPose's: a box w px wide has its centre at x + (w - 1)/2, and the
    region S wide is mapped by (w_in - 1)/(S - 1) on both axes, centre to centre.
    """
    wh = bbox[:, 2:]
    aspect = np.asarray(input_size, float)
    extent = aspect * (wh / aspect).max(axis=1, keepdims=True) * padding
    if align == "darkpose":
        scale = np.repeat((aspect[0] - 1) / (extent[:, :1] - 1), 2, axis=1)
        return Frame(_diagonal(scale, (aspect - 1) / 2 - (bbox[:, :2] + (wh - 1) / 2) * scale), input_size)
    return Frame(_placed(bbox[:, :2] + wh / 2 - extent / 2, extent, input_size, align), input_size)
