"""Mask R-CNN's decoder: a joint's map enlarged to the pixels of its box by cubic interpolation, and its maximum.

The box is the network's input. Published code repeats the end cells beyond the sides, which draws the peak of a
border cell to the very edge, up to half a cell off; ours takes them as 0. Enlarged by an even factor, a peak
falls between two pixels of equal value: published code takes the first, ours the middle.
"""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement.peak_cells import Maps
from kp2heat.peaks import Peaks

CUBIC = -0.75
"""The free parameter of the cubic kernel, as in OpenCV and PyTorch."""
EQUAL = 1e-9
ENDLESS = 1e38
"""In place of an infinite logit."""


def resampling(cells: int, pixels: int, repeat: bool) -> Floats:
    """Return (pixels, cells) weights of cubic interpolation, areas aligned; outside, end cells are repeated or 0."""
    place = (np.arange(pixels) + 0.5) * cells / pixels - 0.5
    first = np.floor(place).astype(np.int64)
    weights = np.zeros((pixels, cells))
    for tap in (-1, 0, 1, 2):
        t = np.abs(place - (first + tap))
        near = (CUBIC + 2) * t**3 - (CUBIC + 3) * t**2 + 1
        far = CUBIC * (t**3 - 5 * t**2 + 8 * t - 4)
        cell, weight = first + tap, np.where(t <= 1, near, far)
        if not repeat:
            weight[(cell < 0) | (cell >= cells)] = 0
        np.add.at(weights, (np.arange(pixels), np.clip(cell, 0, cells - 1)), weight)
    return weights


def enlarged_maximum(maps: Maps, pixels: tuple[int, int], literal: bool) -> tuple[Floats, Floats]:
    """Return maxima of (K, H, W) maps enlarged to ``pixels`` (w, h): places (K, 2) in pixels, values (K,).

    ``literal``: end cells repeated, the first of equal pixels; else 0 outside, the middle of two.
    """
    count, height, width = maps.shape
    across, down = (resampling(n, p, literal) for n, p in ((width, pixels[0]), (height, pixels[1])))
    large = down @ np.nan_to_num(maps.astype(np.float64), nan=0, neginf=0, posinf=ENDLESS) @ across.T
    flat = large.reshape(count, pixels[0] * pixels[1])
    place = flat.argmax(axis=1)
    value = flat[np.arange(count), place]
    y, x = np.divmod(place, pixels[0])
    xy = np.stack([x, y], axis=1).astype(np.float64)
    if not literal:
        k = np.arange(count)
        right, below = np.minimum(x + 1, pixels[0] - 1), np.minimum(y + 1, pixels[1] - 1)
        least = value - EQUAL * np.abs(value)
        xy[:, 0] += 0.5 * ((large[k, y, right] >= least) & (right > x))
        xy[:, 1] += 0.5 * ((large[k, below, x] >= least) & (below > y))
    return xy, value


def onehot(planes: Planes, level: Level, *, literal: bool = False) -> Peaks:
    """Return peaks (N, K) of heatmaps (N, K, H, W) in cells; score: the enlarged map's maximum.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32), codec="onehot")
    >>> kp2heat.decode(planes, method="onehot", input_size=(96, 128), codec="onehot").xy.round(1).tolist()
    [[[30.0, 54.0]]]
    """
    maps = planes["heatmaps"]
    n, joints, height, width = maps.shape
    stride = level.alignment.stride
    pixels = max(1, round(stride[0] * width)), max(1, round(stride[1] * height))
    xy, score = np.full((n, joints, 2), np.nan), np.zeros((n, joints))
    for sample in range(n):  # an enlarged batch would not fit the memory
        xy[sample], score[sample] = enlarged_maximum(maps[sample], pixels, literal)
    cells = (xy + 0.5) * np.array([width / pixels[0], height / pixels[1]]) - 0.5
    present = score > 0
    return Peaks(np.where(present[..., None], cells, np.nan), np.where(present, score, 0.0), present, "cell")


DECODER = Decoder(
    "onehot",
    onehot,
    "He et al. 2017 (Mask R-CNN); detectron2 heatmaps_to_keypoints, torchvision heatmaps_to_keypoints",
)
