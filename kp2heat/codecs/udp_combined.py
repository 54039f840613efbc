"""UDP's combined target (Huang et al. 2020; mmpose 1.3.2 UDPHeatmap('combined')): a disc, and offsets to its centre.

Cells within R of the joint are 1 in ``heatmaps``; ``offsets`` hold (joint - cell) / R there, x then y.
R = ``radius_factor`` x the longer side of the map, in cells. mmpose stacks both as [disc, dx, dy] per joint.

``literal=True``: offsets fill the whole map, a joint far outside keeps its weight, and a disc below 0.71
cells (maps under 13 cells) can miss every cell, which leaves no peak where the offset could be read. By
default offsets end with the disc (as in the authors' UDP-Pose), the disc always holds a cell, and a joint
whose disc misses the map has weight 0.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat.codecs.nearest_joint import least_radius, offsets, owners, reached, vector_dtype
from kp2heat.contracts import Codec, Level
from kp2heat.gaussian import stored
from kp2heat.scene import Scene

LEAST = sqrt(0.5) + 1e-9
"""Least R in cells: a disc of this radius round any point between four cells holds one of them."""


def encode(
    scene: Scene,
    level: Level,
    dtype: DTypeLike = np.float32,
    *,
    scale: float = 1.0,
    radius_factor: float = 0.0546875,
    literal: bool = False,
) -> dict[str, NDArray[Any]]:
    """Return heatmaps (S, K, H, W), offsets (S, 2K, H, W) in units of R, and weights (S, K).

    >>> import kp2heat
    >>> grid = {"input_size": (64, 64), "size": (16, 16)}
    >>> planes = kp2heat.encode([[[30.0, 20.0]]], codec="udp-combined", **grid)
    >>> planes["heatmaps"].shape, planes["offsets"].shape
    ((1, 1, 16, 16), (1, 2, 16, 16))
    """
    cells = level.alignment.to_cell(scene.xy)
    unit = radius = radius_factor * max(level.size)
    drawn, weight = scene.drawn, scene.weight
    if literal:
        flag, finite = scene.flag, np.isfinite(cells).all(axis=-1)
        drawn, weight = finite & (flag >= 0.5), np.where(finite, flag, 0)
    else:
        unit = max(radius, LEAST)
        radius = max(unit, least_radius(level, scene.input_size))
        weight = np.where(drawn & reached(cells, radius, level.size), weight, 0)
    m, k = np.nonzero(drawn)
    centre, joints = cells[m, k], scene.xy.shape[1]
    index, maps = scene.sample[m] * joints + k, scene.samples * joints
    owner = owners(index, centre, radius, maps, level.size)
    pointing = owners(index, centre, np.inf, maps, level.size) if literal else owner
    shape = (scene.samples, joints, *owner.shape[1:])
    return {
        "heatmaps": stored((owner >= 0).astype(np.float64), dtype, scale).reshape(shape),
        "offsets": (offsets(pointing, centre) / unit)
        .astype(vector_dtype(dtype))
        .reshape(shape[0], 2 * joints, *shape[2:]),
        "weights": scene.per_sample(weight.astype(np.float32)),
    }


CODEC = Codec(
    name="udp-combined",
    encode=encode,
    align="align-corners",
    literal_align="mmpose-udp",
    decoder="offset",
    source="Huang et al. 2020 (UDP), classification and offsets; mmpose 1.3.2 UDPHeatmap('combined')",
    convention="1 within R cells of the joint, and offsets to it in units of R",
    planes=("heatmaps", "offsets", "weights"),
)
