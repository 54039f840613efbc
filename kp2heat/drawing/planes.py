"""Draw, normalise and round the planes of one level for one scene."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat import normalize
from kp2heat.contracts import Level
from kp2heat.gaussian import stored
from kp2heat.scene import Scene
from kp2heat.spec import DTYPES, Spec

NARROW = 0.5
"""Sigma in cells below which a blob may fall between the cells, so that its map holds nothing."""
SAMPLES = 64
"""Samples drawn at a time where the maps are looked at."""


def scale_factor(spec: Spec, level: Level) -> float:
    """Return the value of one stored count: 1 for floats, the greatest possible value / 255 for uint8."""
    if spec.dtype != "u8":
        return 1.0
    if spec.normalize == "none":
        return spec.record.bound(level.size, level.sigma) / 255
    row, params = normalize.normalization(spec.normalize, spec.normalize_params)
    return row.bound(level.size, level.sigma, **params) / 255


def draw(spec: Spec, level: Level, scene: Scene) -> dict[str, NDArray[Any]]:
    """Return the planes of one level, heatmaps normalised and in the stored dtype."""
    dtype = np.dtype(DTYPES[spec.dtype])
    scale = scale_factor(spec, level)
    if spec.normalize == "none":
        return spec.record.encode(scene, level, dtype, scale=scale, **spec.params)
    planes = spec.record.encode(scene, level, np.float64, **spec.params)
    maps = normalize.apply(spec.normalize, planes["heatmaps"], spec.normalize_params)
    return {**planes, "heatmaps": stored(maps, dtype, scale)}


def held_joints(spec: Spec, level: Level, scene: Scene) -> NDArray[np.bool_]:
    """Return (M, K): which joints are drawn, and leave a value in the stored maps of this level."""
    raw = spec.normalize == "none"
    dtype = DTYPES[spec.dtype] if raw else "<f8"
    scale = scale_factor(spec, level) if raw else 1.0
    if level.sigma < NARROW and scene.one_per_sample:
        return _looked_at(spec, level, scene, np.dtype(dtype), scale)
    held: NDArray[np.bool_] = spec.record.holds(scene, level, dtype, scale=scale, **spec.params)
    return held


def _looked_at(
    spec: Spec, level: Level, scene: Scene, dtype: np.dtype[Any], scale: float
) -> NDArray[np.bool_]:
    """Return (M, K) from the maps themselves, drawn some samples at a time: which joints have one that is not 0.

    A joint whose maps show other joints too (groups), or which has none, counts as the codec says.
    """
    held: NDArray[np.bool_] = spec.record.holds(scene, level, dtype, scale=scale, **spec.params).copy()
    names = scene.skeleton.names
    channels = spec.record.channels(scene.skeleton, **spec.params) or names
    order = [channels.index(name) for name in names if name in channels]
    for start in range(0, scene.samples, SAMPLES):
        part = scene.take(start, min(start + SAMPLES, scene.samples))
        planes = spec.record.encode(part, level, dtype, scale=scale, **spec.params)
        maps = [planes[name] for name in ("heatmaps", "simcc_x", "simcc_y") if name in planes]
        if len(order) == len(names) and all(plane.shape[1] == len(channels) for plane in maps):
            seen = [
                (plane[:, order] != 0).reshape(part.samples, len(names), -1).any(axis=2) for plane in maps
            ]
            held[start : start + part.samples] = part.drawn & np.logical_and.reduce(seen)
    return held
