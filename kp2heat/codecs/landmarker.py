"""Rotated, anisotropic blobs (landmarker, Jonkers et al. 2024; heatmap/generator.py at 8026c94).

With q = d^T C^-1 d and C = R diag(sigma_y^2, sigma_x^2) R^T in (y, x): ``landmarker-gaussian`` draws exp(-q / 2),
``landmarker-laplace`` exp(-sqrt(3 q)), over the whole map. sigma_x is the level's sigma, sigma_y is ``ratio`` times
that, and ``rotation`` turns the axes by that many radians from y towards x.

Of several people in one map the greatest value is taken; ``literal=True`` adds them, as landmarker does.
"""

from __future__ import annotations

from functools import partial
from math import cos, sin
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat.arrays import Floats
from kp2heat.contracts import Codec, Level
from kp2heat.errors import SpecError
from kp2heat.gaussian import TINIEST, stored, turns
from kp2heat.scene import Scene


def precision(sigma: float, ratio: float, rotation: float) -> Floats:
    """Return C^-1, (2, 2) in (y, x). SpecError for a ratio that is not positive.

    >>> precision(2.0, 0.5, 0.0).tolist()
    [[1.0, 0.0], [0.0, 0.25]]
    """
    if not ratio > 0:
        raise SpecError("ratio", f"{ratio:g} is not usable", "give a positive number")
    turn = np.array([[cos(rotation), -sin(rotation)], [sin(rotation), cos(rotation)]])
    return np.asarray(turn @ np.diag([1 / (ratio * sigma) ** 2, 1 / sigma**2]) @ turn.T)


def encode(
    scene: Scene,
    level: Level,
    dtype: DTypeLike = np.float32,
    *,
    scale: float = 1.0,
    laplace: bool,
    ratio: float = 1.0,
    rotation: float = 0.0,
    literal: bool = False,
) -> dict[str, NDArray[Any]]:
    """Return heatmaps (S, K, H, W) and weights (S, K). SpecError for a ratio that is not positive."""
    joints, (width, height) = scene.xy.shape[1], level.size
    inverse = precision(level.sigma, ratio, rotation)
    cells = level.alignment.to_cell(scene.xy)
    m, k = np.nonzero(scene.drawn)
    index, centre = scene.sample[m] * joints + k, cells[m, k]
    maps = np.zeros((scene.samples * joints, height, width))
    seen = np.zeros(len(m), bool)
    for turn in turns(index):
        values = _blobs(centre[turn], inverse, level, laplace)
        seen[turn] = values.any(axis=(1, 2))
        at = index[turn]
        maps[at] = maps[at] + values if literal else np.maximum(maps[at], values)
    weight = scene.weight.copy()
    weight[m[~seen], k[~seen]] = 0
    return {
        "heatmaps": stored(maps, dtype, scale).reshape(scene.samples, joints, height, width),
        "weights": scene.per_sample(weight),
    }


def _blobs(centre: Floats, inverse: Floats, level: Level, laplace: bool) -> Floats:
    """Return (P, H, W) blobs round the centres (P, 2)."""
    dx = np.arange(level.size[0]) - centre[:, :1]
    dy = np.arange(level.size[1]) - centre[:, 1:]
    q = inverse[0, 0] * dy[:, :, None] ** 2 + inverse[1, 1] * dx[:, None, :] ** 2
    q = q + 2 * inverse[0, 1] * dy[:, :, None] * dx[:, None, :]
    values = np.exp(-np.sqrt(3 * np.maximum(q, 0)) if laplace else -q / 2)
    return np.asarray(np.where(values >= TINIEST, values, 0))


def _codec(name: str, laplace: bool) -> Codec:
    return Codec(
        name=name,
        encode=partial(encode, laplace=laplace),
        align="stride",
        source=f"Jonkers et al. 2024 (landmarker), {'Laplacian' if laplace else 'Gaussian'}HeatmapGenerator at 8026c94",
        convention=f"uncut sub-pixel {'Laplace blob' if laplace else 'Gaussian'} with two widths and a rotation",
        decoder="dark",
    )


GAUSSIAN, LAPLACE = _codec("landmarker-gaussian", False), _codec("landmarker-laplace", True)
