"""The mapping between input px and heatmap cells, by name.

Coordinates are float64 (x, y) with integers at pixel *centres*. Sizes are (width, height).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.errors import SpecError, check_choice

Size = tuple[int, int]


def parse_size(text: object, key: str = "size") -> Size:
    """Return the (W, H) of a text ``WxH`` or a pair of numbers; SpecError names the setting ``key``.

    >>> parse_size("192x256"), parse_size([192, 256])
    ((192, 256), (192, 256))
    """
    written = f"{text[0]}x{text[1]}" if isinstance(text, list | tuple) and len(text) == 2 else str(text)
    numbers = re.fullmatch(r"\s*(\d+)\s*[xX×]\s*(\d+)\s*", written)
    if not numbers or not 0 < int(numbers[1]) <= 65536 or not 0 < int(numbers[2]) <= 65536:
        raise SpecError(key, f"'{written}' is not a size", "write width x height, 1 to 65536, e.g. 192x256")
    return int(numbers[1]), int(numbers[2])


def show_size(size: Size) -> str:
    """Return the text ``WxH`` of a size (W, H)."""
    return f"{size[0]}x{size[1]}"


_SNAP = 2.0**36
"""Cells are rounded to multiples of 2^-36, so that mirrored inputs give exactly mirrored cells: flipped
keypoints draw flipped maps, bit for bit."""


@dataclass(frozen=True)
class Alignment:
    """The mapping between input px and cells: ``cell = (x - origin_input) / stride + origin_cell``, per axis.

    The two origins are the point that both grids share: pixel 0 for ``stride``, the middle of the image for
    ``half-pixel`` and ``align-corners``. ``back_stride`` equals ``stride`` except where a published decoder
    does not invert its own encoder.

    >>> alignment("stride", (192, 256), (48, 64)).to_cell(np.array([8.0, 4.0])).tolist()
    [2.0, 1.0]
    """

    name: str
    stride: tuple[float, float]
    origin_input: tuple[float, float]
    origin_cell: tuple[float, float]
    back_stride: tuple[float, float]

    def to_cell(self, xy: Floats) -> Floats:
        """Return cells (..., 2) of input px (..., 2)."""
        xy = np.asarray(xy, np.float64)
        cell = np.empty_like(xy)
        for axis in (0, 1):  # broadcasting over a last axis of two would cost more than the arithmetic
            offset = (xy[..., axis] - self.origin_input[axis]) / self.stride[axis]
            if any(self.origin_cell) and any(self.origin_input):
                offset = np.rint(offset * _SNAP) / _SNAP
            cell[..., axis] = offset + self.origin_cell[axis]
        return cell

    def to_input(self, cell: Floats) -> Floats:
        """Return input px (..., 2) of cells (..., 2)."""
        xy = np.empty_like(cell)
        for axis in (0, 1):
            offset = (cell[..., axis] - self.origin_cell[axis]) * self.back_stride[axis]
            xy[..., axis] = offset + self.origin_input[axis]
        return xy


def _ratio(full: Size, cells: Size) -> tuple[float, float]:
    return full[0] / cells[0], full[1] / cells[1]


def _steps(full: Size, cells: Size) -> tuple[float, float]:
    if min(cells) < 2 or min(full) < 2:
        found = f"align-corners cannot place {show_size(cells)} cells on {show_size(full)} px"
        raise SpecError("align", found, "use half-pixel, which has a meaning for a single cell")
    return (full[0] - 1) / (cells[0] - 1), (full[1] - 1) / (cells[1] - 1)


def _middle(size: Size) -> tuple[float, float]:
    return (size[0] - 1) / 2, (size[1] - 1) / 2


def _single(stride: tuple[float, float]) -> tuple[float, float]:
    return float(np.float32(stride[0])), float(np.float32(stride[1]))


def _pixels_per_step(full: Size, cells: Size) -> tuple[float, float]:
    return full[0] / (cells[0] - 1), full[1] / (cells[1] - 1)


Strides = Callable[[Size, Size], tuple[float, float]]

ALIGNMENTS: Mapping[str, tuple[Strides, float | None, Strides | None]] = {
    # x to (x + 0.5) / s - 0.5: both grids cover the same area (CPM, OpenPose, cv2.resize)
    "half-pixel": (_ratio, None, None),
    # x to x / s: cell 0 on pixel 0 (MSRA, HRNet, mmpose, CenterNet, SLEAP, Lightning Pose)
    "stride": (_ratio, 0, None),
    # x to x / s - 0.5: cell i at s (i + 1/2) (DeepLabCut)
    "cell-center": (_ratio, -0.5, None),
    # x to x (W - 1) / (w - 1): corner centres on corner centres (UDP, kornia)
    "align-corners": (_steps, None, None),
    # x to x / s - 1: both sides count from 1, as in MATLAB code
    "one-based": (_ratio, -1, None),
    # the same, but x is divided by the rows' ratio and y by the columns', a published fault
    "one-based-swapped": (lambda full, cells: _ratio(full, cells)[::-1], -1, None),
    # ``stride`` with the ratio rounded to float32, as in mmpose's codecs
    "mmpose-stride": (lambda full, cells: _single(_ratio(full, cells)), 0, None),
    # mmpose's UDPHeatmap: float32 (w - 1) / (W - 1) forward, but w / (W - 1) back, off by up to a pixel
    "mmpose-udp": (lambda full, cells: _single(_steps(full, cells)), 0, _pixels_per_step),
    # DarkPose: middle on middle, with the slope of the widths, (w - 1) / (W - 1), on both axes
    "darkpose": (lambda full, cells: (_steps(full, cells)[0],) * 2, None, None),
}
"""Name -> the stride of (input size, map size), the cell of input px 0 (None: the middles lie on each other), and the
stride on the way back, where that is another."""


def alignment(name: str, input_size: Size, size: Size) -> Alignment:
    """Return the alignment of that name between an input and a map, both sizes (w, h); SpecError on other names."""
    check_choice("align", name, ALIGNMENTS, "is not an alignment")
    stride_of, origin, back_of = ALIGNMENTS[name]
    stride = stride_of(input_size, size)
    back = back_of(input_size, size) if back_of else stride
    if origin is None:
        return Alignment(name, stride, _middle(input_size), _middle(size), back)
    return Alignment(name, stride, (0, 0), (origin, origin), back)
