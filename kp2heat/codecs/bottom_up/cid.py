"""CID's label set (Wang and Zhang 2022, contextual instance decoupling; mmpose 1.3.2 codecs/decoupled_heatmap.py).

    heatmaps           (S, K + 1, H, W)    Gaussians of all people's joints, and as the last map of their centres, each
                                           with its person's sigma; a centre is the mean of a person's joints
    instance_heatmaps  (S, M K, H, W)      the joints' maps of one person after the other
    instance_weights   (S, M, K) float32   the joints' weights of each person
    instance_coords    (S, M, 2) int32     x, y of the centre's cell, where the network reads the person's features
    instance_valid     (S, M) uint8        1 where there is such a person

People come in order of size, the smallest first; of those whose centres share a cell only the first is in the label, for
the network could not tell them apart. M is ``max_objs``. Sigma is that of ``cid``, from the extent of the
joints; mmpose takes it from the annotated box where its loader hands one over.

``literal=True``: maps as mmpose draws them, cells truncated, and people beyond ``max_objs`` are dropped; by default they
are refused. The published code moves each centre by up to a cell at random, which belongs to augmentation, and drops
people at random; here the centre stays, and the largest are dropped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.codecs.bottom_up.people import (
    counted_joints,
    joint_centers,
    joints_and_center,
    rows_of_people,
    squared_diagonal,
)
from kp2heat.codecs.gaussian.blobs import find_blobs
from kp2heat.codecs.gaussian.codec import codec
from kp2heat.codecs.gaussian.draw import chosen_row, draw
from kp2heat.codecs.gaussian.table import CONVENTIONS
from kp2heat.codecs.nearest_joint import vector_dtype
from kp2heat.contracts import Codec, Level
from kp2heat.scene import Scene
from kp2heat.skeleton import Skeleton

ROW = CONVENTIONS["cid"]


def encode(
    scene: Scene,
    level: Level,
    dtype: DTypeLike = np.float32,
    *,
    scale: float = 1.0,
    overlap: float = 0.7,
    max_objs: int = 30,
    literal: bool = False,
) -> dict[str, NDArray[Any]]:
    """Return the planes of the module's table and weights (S, K).

    >>> import kp2heat
    >>> grid = {"input_size": (64, 64), "size": (16, 16)}
    >>> planes = kp2heat.encode([[[30.0, 20.0]]], codec="cid-instances", **grid)
    >>> planes["heatmaps"].shape, planes["instance_heatmaps"].shape, int(planes["instance_valid"].sum())
    ((1, 2, 16, 16), (1, 30, 16, 16), 1)
    """
    row = chosen_row(ROW, literal=literal, overlap=overlap)
    cells = level.alignment.to_cell(scene.xy)
    counted = counted_joints(scene, cells, literal)
    both = _with_centers(scene, counted)
    maps, weights = draw(row, both, level, dtype, scale)
    center_weight = find_blobs(row, both, level).weight[:, -1]
    centre = level.alignment.to_cell(both.xy[:, -1])
    present = np.isfinite(centre).all(axis=1) & (center_weight >= 1 if literal else center_weight > 0)
    person, seat, cell = _seats(
        scene, centre, present, squared_diagonal(cells, counted), level, max_objs, literal
    )
    alone = scene.instances(person)
    each = replace(alone, sample=alone.sample * max_objs + seat, samples=scene.samples * max_objs)
    instance_maps, instance_weights = draw(row, each, level, vector_dtype(dtype))
    joints, (width, height) = scene.xy.shape[1], level.size
    coords = np.zeros((scene.samples, max_objs, 2), np.int32)
    valid = np.zeros((scene.samples, max_objs), np.uint8)
    at = scene.sample[person], seat
    coords[at], valid[at] = cell, 1
    return {
        "heatmaps": maps,
        "instance_heatmaps": instance_maps.reshape(scene.samples, max_objs * joints, height, width),
        "instance_weights": instance_weights.reshape(scene.samples, max_objs, joints),
        "instance_coords": coords,
        "instance_valid": valid,
        "weights": weights[:, :-1],
    }


def _with_centers(scene: Scene, counted: Bools) -> Scene:
    """Return the scene with the mean of each person's counted joints (M, K) as a further joint ``center``."""
    centers = joint_centers(scene, counted)
    joints = ("xy", "visible", "flag", "weight", "drawn", "outside")
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(scene, name), getattr(centers, name)], axis=1) for name in joints
    }
    return replace(scene, skeleton=Skeleton((*scene.skeleton.names, "center")), **columns)


def _seats(
    scene: Scene, centre: Floats, present: Bools, size: Floats, level: Level, max_objs: int, literal: bool
) -> tuple[Ints, Ints, Ints]:
    """Return P people with maps of their own, in order of size (M,): which, their rows, their centres' cells (P, 2).

    SpecError where a sample has too many and not ``literal``.
    """
    last = np.asarray(level.size) - 1
    place = np.clip(np.where(present[:, None], centre, 0), 0, last)
    cell = (np.trunc(place) if literal else np.clip(np.floor(place + 0.5), 0, last)).astype(np.int64)
    order = np.lexsort((size, scene.sample))
    order = order[present[order]]
    key = np.column_stack([scene.sample[order], place[order] if literal else cell[order]])
    order = order[np.sort(np.unique(key, axis=0, return_index=True)[1])]
    seat = rows_of_people(scene.sample[order], max_objs, literal)
    kept = seat < max_objs
    return order[kept], seat[kept], cell[order[kept]]


CODEC = Codec(
    name="cid-instances",
    encode=encode,
    align=ROW.align,
    literal_align=ROW.as_published().align,
    source="Wang and Zhang 2022 (CID); mmpose 1.3.2 DecoupledHeatmap, all its planes",
    convention="Gaussians on whole cells of all joints and centres with each person's sigma; and each person's own maps",
    planes=(
        "heatmaps",
        "instance_heatmaps",
        "instance_weights",
        "instance_coords",
        "instance_valid",
        "weights",
    ),
    decoder="cid",
    channels=joints_and_center,
    holds=codec(ROW).holds,
)
