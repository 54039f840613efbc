"""Kernels that shrink maps drawn at the input's size, as weights of the input's columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.frame import Size


def _overlaps(low: Floats, high: Floats, full: int) -> Floats:
    """Return (out, full): the share of column i..i+1 in each interval low..high (out,); rows sum to 1."""
    edge = np.arange(full)
    shared = np.minimum(high[:, None], edge + 1) - np.maximum(low[:, None], edge)
    shared = np.maximum(shared, 0)
    return np.asarray(shared / shared.sum(axis=1, keepdims=True))


def area(full: int, cells: int) -> Floats:
    """Return the weights of cv2.INTER_AREA, the mean over the area of each cell: (cells, full).

    >>> area(4, 2).tolist()
    [[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5]]
    """
    step = full / cells
    low: Floats = np.arange(cells, dtype=np.float64) * step
    return _overlaps(low, low + step, full)


def pool(full: int, cells: int) -> Floats:
    """Return the weights of Caffe's average pooling, stride s and kernel s + 1 (CPM: 8 and 9): (cells, full).

    Columns beyond the input are not counted.
    """
    step = full / cells
    low: Floats = np.arange(cells, dtype=np.float64) * step
    return _overlaps(low, np.minimum(low + step + 1, full), full)


def linear(full: int, cells: int) -> Floats:
    """Return the weights of cv2.INTER_LINEAR, of the two columns nearest to the cell's centre: (cells, full)."""
    place = np.clip((np.arange(cells) + 0.5) * (full / cells) - 0.5, 0, full - 1)
    return np.asarray(np.maximum(0, 1 - np.abs(place[:, None] - np.arange(full))))


KERNELS: Mapping[str, Callable[[int, int], Floats]] = {"area": area, "linear": linear, "pool": pool}


def shrunken(maps: Floats, size: Size, kernel: str) -> Floats:
    """Return maps (..., h, w) shrunk to (..., H, W) along both axes; mirrored maps give mirrored bits."""
    height, width = maps.shape[-2:]
    down = KERNELS[kernel](height, size[1])
    across = KERNELS[kernel](width, size[0])
    rows = np.swapaxes(_weighed(np.swapaxes(maps, -1, -2), down), -1, -2)
    if kernel == "pool":
        return _weighed(rows, across)
    return (_weighed(rows, across) + _weighed(rows[..., ::-1], across)[..., ::-1]) / 2


def _weighed(maps: Floats, kernel: Floats) -> Floats:
    """Return maps (..., full) times the transposed kernel (out, full), tap by tap, as few weights are not 0."""
    taps = int((kernel > 0).sum(axis=1).max())
    first = np.minimum((kernel > 0).argmax(axis=1), kernel.shape[1] - taps)
    weights = np.take_along_axis(kernel, first[:, None] + np.arange(taps), axis=1)
    out = np.zeros((*maps.shape[:-1], len(kernel)))
    for tap in range(taps):
        out += maps[..., first + tap] * weights[:, tap]
    return out
