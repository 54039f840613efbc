"""Draw, normalise, round: the planes of one level for one scene."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat import normalize
from kp2heat.contracts import Level
from kp2heat.gaussian import stored
from kp2heat.scene import Scene, make_scene
from kp2heat.shards.schema import PlaneLayout
from kp2heat.skeleton import Skeleton
from kp2heat.spec import DTYPES, Spec

CHUNK_BYTES = 1 << 18
"""Dense bytes aimed at in a chunk: one sample of a large map, many of a small one, read in well under 1 ms."""
MOST_ROWS = 64
"""Rows of the largest chunk; shards are cut on multiples of it, so that no chunk has two writers."""


def scale_factor(spec: Spec, level: Level) -> float:
    """What one count of a stored value stands for: 1 for floats; the greatest possible value / 255 for uint8."""
    if spec.dtype != "u8":
        return 1.0
    if spec.normalize == "none":
        return spec.record.bound(level.size, level.sigma) / 255
    row, params = normalize.normalization(spec.normalize, spec.normalize_params)
    return row.bound(level.size, level.sigma, **params) / 255


def draw(spec: Spec, level: Level, scene: Scene) -> dict[str, NDArray[Any]]:
    """The planes of one level, heatmaps normalised and in the stored dtype."""
    dtype = np.dtype(DTYPES[spec.dtype])
    scale = scale_factor(spec, level)
    if spec.normalize == "none":
        return spec.record.encode(scene, level, dtype, scale=scale, **spec.params)
    planes = spec.record.encode(scene, level, np.float64, **spec.params)
    maps = normalize.apply(spec.normalize, planes["heatmaps"], spec.normalize_params)
    return {**planes, "heatmaps": stored(maps, dtype, scale)}


def plane_layouts(
    spec: Spec, skeleton: Skeleton, level: Level, input_size: tuple[int, int]
) -> dict[str, PlaneLayout]:
    """Shape, dtype and chunk of every plane, from an empty scene."""
    joints = len(skeleton)
    scene = make_scene(skeleton, input_size, np.zeros((0, joints, 2)), np.zeros((0, joints), np.uint8))
    return {name: _layout(array) for name, array in draw(spec, level, scene).items()}


def _layout(array: NDArray[Any]) -> PlaneLayout:
    row = array.shape[1:]
    size = max(1, int(np.prod(row)) * array.dtype.itemsize)
    rows = 1
    while rows < MOST_ROWS and 2 * rows * size <= CHUNK_BYTES:
        rows *= 2
    return PlaneLayout(row, array.dtype.str, rows)
