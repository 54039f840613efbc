"""Megvii's blurred dot (CPN, MSPN, RSN; mmpose 1.3.2 codecs/megvii_heatmap.py): a 1 in the joint's cell, blurred.

The cell is the floor of the position, so a joint lies half a cell further on average; the codec's shift of
0.5 records that. ``literal=True`` mirrors the blur at the sides, which can lift a neighbour above the joint's
cell (280 against 255), and scales maps to 255; by default the blur is cut at the sides, and peaks are 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat import gaussian
from kp2heat.arrays import Floats, Ints
from kp2heat.contracts import Codec, Level
from kp2heat.scene import Scene

TOP = np.float32(255)
"""The value at the joint's cell in the published code."""


def kernel_taps(sigma: float) -> int:
    """Return the greatest odd number of taps whose sigma, by OpenCV's rule, is at most ``sigma`` cells.

    >>> kernel_taps(2)
    11
    """
    return 2 * max(0, int(np.floor((sigma - 0.8) / 0.3 + 1e-9))) + 3


def spread(kernel: Floats, cells: int) -> Floats:
    """Return (cells, cells): row c is a 1 in cell c after the blur, scaled to 1 there, and cut at the sides."""
    half = len(kernel) // 2
    distance = np.abs(np.arange(cells)[:, None] - np.arange(cells))
    side = np.concatenate([kernel[half:], np.zeros(cells)])
    return np.asarray(side[distance] / kernel[half])


def spread_mirrored(kernel: Floats, cells: int) -> NDArray[np.float32]:
    """Return (cells, cells) as OpenCV does: unscaled, in float32, with cells beyond the sides mirrored (reflect-101)."""
    out = np.zeros((cells, cells), np.float32)
    period = max(1, 2 * (cells - 1))
    for tap, weight in enumerate(kernel.astype(np.float32)):
        place = (np.arange(cells) + tap - len(kernel) // 2) % period
        out[np.minimum(place, period - place), np.arange(cells)] += weight
    return out


def encode(
    scene: Scene,
    level: Level,
    dtype: DTypeLike = np.float32,
    *,
    scale: float = 1.0,
    kernel: int = 0,
    literal: bool = False,
) -> dict[str, NDArray[Any]]:
    """Return heatmaps (S, K, H, W) in ``dtype`` and weights (S, K).

    ``kernel`` is an odd number of taps; 0 takes those of the level's sigma.
    """
    (m, k), dots, weight = find_dots(scene, level, literal)
    x, y = sides(level, kernel, literal)
    start = np.zeros(len(m), np.int64)
    blobs = gaussian.Windows(start, start, x[dots[:, 0]], y[dots[:, 1]])
    values = gaussian.patches(blobs)
    if literal:
        peak = values[np.arange(len(m)), dots[:, 1], dots[:, 0]]
        values = values / (peak / TOP)[:, None, None]
    joints = scene.xy.shape[1]
    maps = np.zeros((scene.samples * joints, level.size[1], level.size[0]), dtype)
    gaussian.paint(maps, scene.sample[m] * joints + k, blobs, gaussian.stored(values, dtype, scale), "max")
    return {
        "heatmaps": maps.reshape(scene.samples, joints, *maps.shape[1:]),
        "weights": scene.per_sample(weight),
    }


def find_dots(
    scene: Scene, level: Level, literal: bool
) -> tuple[tuple[Ints, Ints], Ints, NDArray[np.float32]]:
    """Return the instances and joints (P,) that are drawn, their cells (P, 2), and the weights (M, K)."""
    cells = level.alignment.to_cell(scene.xy)
    dot = np.trunc(cells)
    inside = ((dot >= 0) & (dot < level.size)).all(axis=-1)
    drawn, weight = scene.drawn, np.where(inside, scene.weight, 0)
    if literal:
        flag, finite = scene.flag, np.isfinite(cells).all(axis=-1)
        drawn = finite & (flag >= 0.5)
        weight = np.where(finite & (inside | ~drawn), flag, 0)
    m, k = np.nonzero(drawn & inside)
    return (m, k), dot[m, k].astype(np.int64), weight.astype(np.float32)


def sides(level: Level, kernel: int, literal: bool) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the blurs of a 1 in each column (W, W) and in each row (H, H)."""
    taps = gaussian.opencv_kernel(kernel or kernel_taps(level.sigma))
    x, y = ((spread_mirrored if literal else spread)(taps, n) for n in level.size)
    return x, y


CODEC = Codec(
    name="megvii",
    encode=encode,
    align="stride",
    literal_align="mmpose-stride",
    decoder="megvii",
    source="Chen et al. 2018 (CPN), Li et al. 2019 (MSPN); mmpose 1.3.2 MegviiHeatmap",
    convention="a 1 in the floored cell, blurred, scaled to peak 1",
    shift=0.5,
)
