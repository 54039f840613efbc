"""The three spaces and the only place where they meet: image px -> input px -> cell.

Coordinates are float64 (x, y) with integers at pixel *centres*, so an image w px wide covers
[-0.5, w - 0.5]. Sizes are (width, height).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.errors import SpecError

Size = tuple[int, int]


def parse_size(text: object, key: str = "size") -> Size:
    """``WxH`` -> (W, H)."""
    found = re.fullmatch(r"\s*(\d+)\s*[xX×]\s*(\d+)\s*", str(text))
    if not found or not 0 < int(found[1]) <= 65536 or not 0 < int(found[2]) <= 65536:
        raise SpecError(key, f"'{text}' is not a size", "write width x height, 1 to 65536, e.g. 192x256")
    return int(found[1]), int(found[2])


def show_size(size: Size) -> str:
    """(W, H) -> ``WxH``."""
    return f"{size[0]}x{size[1]}"


_SNAP = 2.0**36
"""Cells are snapped to 2^-36: then mirrored inputs give exactly mirrored cells, and flipping keypoints
equals flipping maps bit for bit."""


def finite(xy: Floats) -> Bools:
    """(..., 2) -> (...): both coordinates are numbers."""
    return np.asarray(np.isfinite(xy[..., 0]) & np.isfinite(xy[..., 1]))


@dataclass(frozen=True)
class Alignment:
    """Input px <-> cells of one level: ``cell = (x - origin_input) / stride + origin_cell``, per axis.

    The two origins name the point that both grids share: pixel 0 for ``stride``, the middle of the
    picture for ``half-pixel`` and ``align-corners``.
    """

    name: str
    stride: tuple[float, float]
    origin_input: tuple[float, float]
    origin_cell: tuple[float, float]
    back_stride: tuple[float, float]
    """Equal to ``stride`` but where a published decoder does not invert its own encoder."""

    def to_cell(self, xy: Floats) -> Floats:
        """(..., 2) input px -> (..., 2) cells."""
        xy = np.asarray(xy, np.float64)
        cell = np.empty_like(xy)
        for axis in (0, 1):  # a loop over two numbers at a time would cost more than the numbers
            offset = (xy[..., axis] - self.origin_input[axis]) / self.stride[axis]
            if any(self.origin_cell) and any(self.origin_input):
                offset = np.rint(offset * _SNAP) / _SNAP
            cell[..., axis] = offset + self.origin_cell[axis]
        return cell

    def to_input(self, cell: Floats) -> Floats:
        """(..., 2) cells -> (..., 2) input px."""
        xy = np.empty_like(cell)
        for axis in (0, 1):
            offset = (cell[..., axis] - self.origin_cell[axis]) * self.back_stride[axis]
            xy[..., axis] = offset + self.origin_input[axis]
        return xy


def _ratio(full: Size, cells: Size) -> tuple[float, float]:
    return full[0] / cells[0], full[1] / cells[1]


def _steps(full: Size, cells: Size) -> tuple[float, float]:
    if min(cells) < 2 or min(full) < 2:
        raise SpecError(
            "align", f"align-corners cannot place {cells[0]}x{cells[1]} cells on {full[0]}x{full[1]} px",
            "use half-pixel, which has a meaning for a single cell",
        )  # fmt: skip
    return (full[0] - 1) / (cells[0] - 1), (full[1] - 1) / (cells[1] - 1)


def _middle(size: Size) -> tuple[float, float]:
    return (size[0] - 1) / 2, (size[1] - 1) / 2


def _single(stride: tuple[float, float]) -> tuple[float, float]:
    return float(np.float32(stride[0])), float(np.float32(stride[1]))


def _stride(full: Size, cells: Size) -> Alignment:
    """x / s: cell 0 on pixel 0 (MSRA, HRNet, mmpose, CenterNet, SLEAP, Lightning Pose)."""
    s = _ratio(full, cells)
    return Alignment("stride", s, (0, 0), (0, 0), s)


def _half_pixel(full: Size, cells: Size) -> Alignment:
    """(x + 0.5) / s - 0.5: both pictures cover the same area (CPM, OpenPose, cv2.resize)."""
    s = _ratio(full, cells)
    return Alignment("half-pixel", s, _middle(full), _middle(cells), s)


def _one_based(full: Size, cells: Size) -> Alignment:
    """x / s - 1: numbers counted from 1 on both sides, as MATLAB code takes them."""
    s = _ratio(full, cells)
    return Alignment("one-based", s, (0, 0), (-1, -1), s)


def _one_based_swapped(full: Size, cells: Size) -> Alignment:
    """``one-based`` with x divided by the rows' ratio and y by the columns', where (h, w) meets (x, y)."""
    s = _ratio(full, cells)[::-1]
    return Alignment("one-based-swapped", s, (0, 0), (-1, -1), s)


def _cell_center(full: Size, cells: Size) -> Alignment:
    """x / s - 0.5: cell i at s (i + 1/2) (DeepLabCut)."""
    s = _ratio(full, cells)
    return Alignment("cell-center", s, (0, 0), (-0.5, -0.5), s)


def _align_corners(full: Size, cells: Size) -> Alignment:
    """x (W - 1) / (w - 1): corner centres on corner centres (UDP, DARK's affine, kornia)."""
    s = _steps(full, cells)
    return Alignment("align-corners", s, _middle(full), _middle(cells), s)


def _mmpose_stride(full: Size, cells: Size) -> Alignment:
    """``stride`` with the ratio held in float32, as mmpose's codecs hold it."""
    s = _single(_ratio(full, cells))
    return Alignment("mmpose-stride", s, (0, 0), (0, 0), s)


def _mmpose_udp(full: Size, cells: Size) -> Alignment:
    """mmpose's UDPHeatmap: float32 (w-1)/(W-1) forward, but w/(W-1) back: off by up to a pixel."""
    w, h = full
    back = (w / (cells[0] - 1), h / (cells[1] - 1))
    return Alignment("mmpose-udp", _single(_steps(full, cells)), (0, 0), (0, 0), back)


ALIGNMENTS: Mapping[str, Callable[[Size, Size], Alignment]] = {
    "half-pixel": _half_pixel,
    "stride": _stride,
    "cell-center": _cell_center,
    "align-corners": _align_corners,
    "one-based": _one_based,
    "one-based-swapped": _one_based_swapped,
    "mmpose-stride": _mmpose_stride,
    "mmpose-udp": _mmpose_udp,
}


def alignment(name: str, input_size: Size, size: Size) -> Alignment:
    """How a picture of ``input_size`` lies under a map of ``size`` (both (w, h)); SpecError on other names."""
    if name not in ALIGNMENTS:
        raise SpecError("align", f"'{name}' is not an alignment", f"use one of {', '.join(ALIGNMENTS)}")
    return ALIGNMENTS[name](input_size, size)


@dataclass(frozen=True, eq=False)
class Frame:
    """Image px -> input px, one affine a sample.

    matrix      (N, 2, 3) float64: input = matrix[:, :, :2] @ image + matrix[:, :, 2]; axis-parallel, so the
                off-diagonal entries are zero in every frame made here, but any invertible affine works
    input_size  (w, h) of the network's input, px
    """

    matrix: Floats
    input_size: Size

    def to_input(self, xy: Floats) -> Floats:
        """(N, ..., 2) image px -> input px."""
        return _apply(self.matrix, xy)

    def to_image(self, xy: Floats) -> Floats:
        """(N, ..., 2) input px -> image px."""
        inverse = np.linalg.inv(self.matrix[:, :, :2])
        shift = -np.einsum("nij,nj->ni", inverse, self.matrix[:, :, 2])
        return _apply(np.concatenate([inverse, shift[:, :, None]], axis=2), xy)

    def take(self, rows: Ints | slice) -> Frame:
        """The frames of these samples."""
        return Frame(self.matrix[rows], self.input_size)


def _apply(matrix: Floats, xy: Floats) -> Floats:
    """An affine a sample, written out: a matrix product's bits would depend on the batch's size."""
    m = matrix.reshape(len(matrix), *(1,) * (xy.ndim - 2), 2, 3)
    x, y = xy[..., 0], xy[..., 1]
    out = np.empty_like(xy)
    for axis in (0, 1):
        out[..., axis] = m[..., axis, 0] * x + m[..., axis, 1] * y + m[..., axis, 2]
    return out


def _diagonal(scale: Floats, shift: Floats) -> Floats:
    """(N, 2) scale and shift -> (N, 2, 3) affine."""
    matrix = np.zeros((len(scale), 2, 3))
    matrix[:, 0, 0], matrix[:, 1, 1] = scale.T
    matrix[:, :, 2] = shift
    return matrix


def _placed(region: Floats, extent: Floats, target: Size, align: str) -> Floats:
    """Affine that lays the region (its left/top edge, its extent) over the whole target, in this alignment.

    ``half-pixel``: edges on edges, so a crop at scale 1 is an array slice. ``stride`` and ``cell-center``:
    the region's edge goes to coordinate 0, as HRNet and mmpose warp. ``align-corners``: the region's edges
    go to the centres of the outermost pixels, as UDP warps (CODECS: x_in = (x - c + S/2)(w - 1)/S).
    """
    wh = np.asarray(target, float)
    if align == "align-corners":
        scale = (wh - 1) / extent
        return _diagonal(scale, -region * scale)
    scale = wh / extent
    half = 0.5 if align == "half-pixel" else 0.0
    return _diagonal(scale, (half - region) * scale - half)


def whole(image_size: Size, count: int) -> Frame:
    """The image as it is, ``count`` times: input px are image px."""
    ones = np.ones((count, 2))
    return Frame(_diagonal(ones, ones * 0), image_size)


def stretch(image_size: NDArray[np.int32], input_size: Size, align: str) -> Frame:
    """The whole image pulled to the input's size, aspect not kept. image_size (N, 2) px."""
    extent = image_size.astype(float) - (align == "align-corners")
    return Frame(_placed(np.zeros_like(extent), extent, input_size, align), input_size)


def letterbox(image_size: NDArray[np.int32], input_size: Size, align: str) -> Frame:
    """The whole image, aspect kept, in the middle of the input, bars on two sides. image_size (N, 2) px."""
    true = image_size.astype(float)
    grown = np.asarray(input_size) * (true / input_size).max(axis=1, keepdims=True)
    edge, extent = (true - grown) / 2, grown
    if align == "align-corners":
        steps = np.asarray(input_size) - 1.0
        extent = steps * ((true - 1) / steps).max(axis=1, keepdims=True)
        edge = (true - 1 - extent) / 2
    return Frame(_placed(edge, extent, input_size, align), input_size)


def crop(bbox: Floats, input_size: Size, padding: float, align: str) -> Frame:
    """The box (N, 4: x, y, w, h in image px), its short side grown to the input's aspect, times ``padding``.

    The rule of HRNet, mmpose and UDP: box -> centre and scale -> aspect fix -> padding -> one warp.
    """
    wh = bbox[:, 2:]
    aspect = np.asarray(input_size, float)
    extent = aspect * (wh / aspect).max(axis=1, keepdims=True) * padding
    return Frame(_placed(bbox[:, :2] + wh / 2 - extent / 2, extent, input_size, align), input_size)
