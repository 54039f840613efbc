"""Maps drawn at the input's size and then shrunk: how each kernel weighs the input's columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.frame import Size


def _overlaps(low: Floats, high: Floats, full: int) -> Floats:
    """(out, full) shares of the columns i..i+1 in the intervals low..high (out,), rows summing to 1."""
    edge = np.arange(full)
    shared = np.minimum(high[:, None], edge + 1) - np.maximum(low[:, None], edge)
    shared = np.maximum(shared, 0)
    return np.asarray(shared / shared.sum(axis=1, keepdims=True))


def area(full: int, cells: int) -> Floats:
    """cv2.INTER_AREA: the mean over each cell's own area."""
    step = full / cells
    low: Floats = np.arange(cells, dtype=np.float64) * step
    return _overlaps(low, low + step, full)


def pool(full: int, cells: int) -> Floats:
    """Caffe's average pooling, stride s and kernel s + 1 (CPM: 9 and 8); what juts out is not counted."""
    step = full / cells
    low: Floats = np.arange(cells, dtype=np.float64) * step
    return _overlaps(low, np.minimum(low + step + 1, full), full)


def linear(full: int, cells: int) -> Floats:
    """cv2.INTER_LINEAR: between the two columns nearest to the cell's centre."""
    place = np.clip((np.arange(cells) + 0.5) * (full / cells) - 0.5, 0, full - 1)
    return np.asarray(np.maximum(0, 1 - np.abs(place[:, None] - np.arange(full))))


KERNELS: Mapping[str, Callable[[int, int], Floats]] = {"area": area, "linear": linear, "pool": pool}


def shrunken(maps: Floats, size: Size, kernel: str) -> Floats:
    """(..., h, w) maps -> (..., H, W), along both axes; mirrored maps give mirrored bits."""
    height, width = maps.shape[-2:]
    down = KERNELS[kernel](height, size[1])
    across = KERNELS[kernel](width, size[0])
    rows = np.swapaxes(_weighed(np.swapaxes(maps, -1, -2), down), -1, -2)
    if kernel == "pool":
        return _weighed(rows, across)
    return (_weighed(rows, across) + _weighed(rows[..., ::-1], across)[..., ::-1]) / 2


def _weighed(maps: Floats, kernel: Floats) -> Floats:
    """(..., full) times the transposed (out, full) kernel, tap by tap: few of its weights are not 0."""
    taps = int((kernel > 0).sum(axis=1).max())
    first = np.minimum((kernel > 0).argmax(axis=1), kernel.shape[1] - taps)
    weights = np.take_along_axis(kernel, first[:, None] + np.arange(taps), axis=1)
    out = np.zeros((*maps.shape[:-1], len(kernel)))
    for tap in range(taps):
        out += maps[..., first + tap] * weights[:, tap]
    return out
