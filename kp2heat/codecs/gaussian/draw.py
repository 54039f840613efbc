"""The renderer of every Gaussian convention: blobs, merge, background, and one rounding."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat import gaussian
from kp2heat.codecs.gaussian.blobs import find_blobs, patches
from kp2heat.codecs.gaussian.channels import check, drawn_groups
from kp2heat.codecs.gaussian.convention import Convention
from kp2heat.codecs.gaussian.shrink import shrunken
from kp2heat.codecs.gaussian.switches import BACKGROUNDS
from kp2heat.contracts import Level
from kp2heat.frame import alignment
from kp2heat.scene import Scene


def chosen_row(convention: Convention, *, literal: bool = False, **asked: Any) -> Convention:
    """Return the row that is drawn: the published one where ``literal``, with what a user asks for.

    asked   ``background``, ``empty``, ``groups``, ``overlap`` and ``mask``, in place of the row's own
    """
    row = replace(convention.as_published() if literal else convention, **asked)
    check(row.background, row.empty)
    return row


def encode(
    convention: Convention,
    scene: Scene,
    level: Level,
    dtype: DTypeLike = np.float32,
    *,
    scale: float = 1.0,
    **params: Any,
) -> dict[str, NDArray[Any]]:
    """Return heatmaps (S, C, H, W) in ``dtype`` (uint8: counts of ``scale``) and weights (S, K) float32.

    params: those of ``chosen_row``. Without ``groups``, maps are the skeleton's groups where the convention draws groups,
    else each joint's. ``mask`` adds the plane ``mask`` (S, C, H, W) uint8: 1 where a blob is drawn, without the background.
    """
    row = chosen_row(convention, **params)
    paint = _shrunk if row.shrink else draw
    canvas = np.float64 if row.composed else dtype
    if row.maps_of == "center":
        maps, _ = paint(row, scene.first_instances().box_centers(), level, canvas, scale)
        weights = np.zeros((scene.samples, scene.xy.shape[1]), np.float32)
    else:
        people = scene.first_instances() if row.with_bystanders else scene
        maps, weights = paint(row, people, level, canvas, scale)
    if row.with_bystanders:
        maps = np.concatenate([maps, paint(row, scene, level, canvas, scale)[0]], axis=1)
    planes = {"heatmaps": gaussian.stored(maps, dtype, scale) if row.composed else maps, "weights": weights}
    if row.mask:
        joints = maps if row.background == "none" else maps[:, 1:] if row.background_first else maps[:, :-1]
        planes["mask"] = (joints > 0).astype(np.uint8)
    return planes


def draw(
    row: Convention,
    scene: Scene,
    level: Level,
    dtype: DTypeLike = np.float64,
    scale: float = 1.0,
) -> tuple[NDArray[Any], NDArray[np.float32]]:
    """Return the maps (S, C, H, W) of one row, and the joints' weights (S, K)."""
    blobs = find_blobs(row, scene, level)
    values = patches(row, blobs)
    if not row.composed:
        values = gaussian.stored(values, dtype, scale)
    width, height = level.size
    maps = np.zeros((blobs.maps, height, width), dtype)
    members = drawn_groups(row, scene.skeleton, row.groups).members
    channels, alone = len(members), all(len(group) == 1 for group in members)
    merge = "set" if scene.one_per_sample and alone else row.merge.removesuffix("-clamp")
    gaussian.paint(maps, blobs.index, blobs.windows, values, merge)
    stacks = maps.reshape(scene.samples, channels, height, width)
    return _finished(row, stacks), scene.per_sample(blobs.weight)


def _finished(row: Convention, maps: NDArray[Any]) -> NDArray[Any]:
    """Clamp, divide, fill and add the background, as the row says."""
    if row.merge == "sum-clamp":
        maps = np.minimum(maps, 1)
    if row.empty == "uniform":
        maps = np.where(maps.any(axis=(-2, -1), keepdims=True), maps, 1)
    if row.unit_sum:
        both_ways = maps + maps[..., ::-1]  # so that a mirrored map has the same sum, to the last bit
        total = both_ways.sum(axis=(-2, -1), keepdims=True) / 2
        maps = maps / np.where(total > 0, total, 1)
    if row.background == "none":
        return maps
    background = BACKGROUNDS[row.background](maps)
    return np.concatenate([background, maps] if row.background_first else [maps, background], axis=1)


def _shrunk(
    row: Convention, scene: Scene, level: Level, _: DTypeLike, scale: float
) -> tuple[NDArray[Any], NDArray[np.float32]]:
    """Draw at the input's size and shrink, one sample at a time, because a stack of full-size maps is large."""
    stride = level.alignment.stride
    sigma = level.sigma * float(np.sqrt(stride[0] * stride[1]))
    full = Level(scene.input_size, sigma, alignment("stride", scene.input_size, scene.input_size))
    parts = [scene.take(n, n + 1) for n in range(scene.samples)] or [scene]
    pairs = [draw(row, part, full, np.float64, scale) for part in parts]
    return (
        np.concatenate([shrunken(maps, level.size, row.shrink) for maps, _ in pairs]),
        np.concatenate([weights for _, weights in pairs]),
    )
