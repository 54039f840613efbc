"""DEKR's label set (Geng et al. 2021, lib/dataset/target_generators at 7a30313; DeepLabCut 3 trains on the same).

    heatmaps         (S, K + 1, H, W)  Gaussians of the joints, and as the last map of the people's centres, with
                                       twice the sigma; a centre is the mean of a person's joints
    heatmap_weights  (S, K + 1, H, W)  1 in the windows of the Gaussians, ``background_weight`` elsewhere
    offsets          (S, 2K, H, W)     cell less joint, x then y, in the cells round a centre
    offset_weights   (S, 2K, H, W)     1 / sqrt(w^2 + h^2) of the person's extent in cells there, 0 elsewhere

Where people overlap, a cell belongs to the smaller one. The published loader gives people under 32^2 px of area no
centre (``least_area``, here in input px of the joints' extent), and counts the image's origin into the extent of
people with unlabelled joints; here the extent is that of the labelled joints.

``literal=True``: joints in the last half pixel left of or above pixel 0 are not drawn; the square of offsets lacks its
last row and column; one area is kept per cell, in float32, so that after a joint that only the larger person has, its
further joints may overwrite the smaller person's. By default every joint on the input is drawn, the square is centred on the cell
nearest to the centre, and areas are kept per joint.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat.arrays import Bools, Floats
from kp2heat.codecs.gaussian.convention import Convention
from kp2heat.codecs.gaussian.draw import draw
from kp2heat.codecs.gaussian.sigmas import cells as sigma_in_cells
from kp2heat.codecs.nearest_joint import vector_dtype
from kp2heat.codecs.people import joint_centers, squared_diagonal
from kp2heat.contracts import Codec, Level
from kp2heat.gaussian import stored, turns
from kp2heat.scene import Scene, outside_input
from kp2heat.skeleton import Skeleton

BLOBS = Convention(
    "dekr",
    "Geng et al. 2021 (DEKR), HeatmapGenerator and OffsetGenerator at 7a30313",
    "stride",
    sigma=sigma_in_cells(2),
    window="wide",
    literal={"drawn_where": "map"},
)


def encode(
    scene: Scene,
    level: Level,
    dtype: DTypeLike = np.float32,
    *,
    scale: float = 1.0,
    radius: int = 4,
    background_weight: float = 0.1,
    least_area: float = 0.0,
    literal: bool = False,
) -> dict[str, NDArray[Any]]:
    """Return the planes above and weights (S, K)."""
    row = BLOBS.as_published() if literal else BLOBS
    large = squared_diagonal(scene.xy, scene.drawn) >= least_area
    centres = joint_centers(scene, scene.drawn, large)
    joints, weights = draw(row, scene, level)
    middle, _ = draw(row, centres, Level(level.size, 2 * level.sigma, level.alignment))
    maps = np.concatenate([joints, middle], axis=1)
    vectors, vector_weights = _offsets(scene, centres.xy[:, 0], level, radius, literal)
    vectors_dtype = vector_dtype(dtype)
    shape = (scene.samples, 2 * joints.shape[1], *maps.shape[2:])
    return {
        "heatmaps": stored(maps, dtype, scale),
        "heatmap_weights": np.where(maps > 0, 1, background_weight).astype(np.float32),
        "offsets": vectors.reshape(shape).astype(vectors_dtype),
        "offset_weights": np.repeat(vector_weights, 2, axis=1).astype(np.float32),
        "weights": weights,
    }


def _offsets(scene: Scene, centre: Floats, level: Level, radius: int, literal: bool) -> tuple[Floats, Floats]:
    """Return the offsets (S, K, 2, H, W) and their weights (S, K, H, W)."""
    joints, (width, height) = scene.xy.shape[1], level.size
    cells, middle = level.alignment.to_cell(scene.xy), level.alignment.to_cell(centre)
    drawn = scene.drawn & (((cells >= 0) & (cells < level.size)).all(axis=-1) if literal else True)
    area = squared_diagonal(cells, scene.drawn)
    area = area if literal else np.maximum(area, 1)
    at = np.trunc(middle) if literal else np.clip(np.floor(middle + 0.5), 0, np.asarray(level.size) - 1)
    step = np.arange(-radius, radius + (0 if literal else 1))
    vectors = np.zeros((scene.samples, joints, 2, height, width))
    weights = np.zeros((scene.samples, joints, height, width))
    kept_as = np.float32 if literal else np.float64
    owner = np.zeros((scene.samples, 1 if literal else joints, height, width), kept_as)
    inside = (
        ((at >= 0) & (at < level.size)).all(axis=1) if literal else ~outside_input(centre, scene.input_size)
    )
    present = np.flatnonzero(np.isfinite(at).all(axis=1) & inside)
    for turn in turns(scene.sample[present]):
        for k in range(joints):
            m = present[turn][drawn[present[turn], k]]
            person, y, x = _square(at[m], step, level)
            who = m[person]
            sample, kept = scene.sample[who], 0 if literal else k
            taken = (
                (vectors[sample, k, :, y, x] != 0).any(axis=1) if literal else weights[sample, k, y, x] > 0
            )
            won = ~(taken & (owner[sample, kept, y, x] < area[who]))
            sample, who, y, x = sample[won], who[won], y[won], x[won]
            vectors[sample, k, 0, y, x] = x - cells[who, k, 0]
            vectors[sample, k, 1, y, x] = y - cells[who, k, 1]
            weights[sample, k, y, x] = 1 / np.sqrt(area[who])
            owner[sample, kept, y, x] = area[who]
    return vectors, weights


def _square(at: Floats, step: NDArray[np.int64], level: Level) -> tuple[NDArray[np.int64], ...]:
    """Return person, row and column of the cells of each square that lie in the map; at (P, 2)."""
    x = at[:, 0, None, None].astype(np.int64) + step
    y = at[:, 1, None, None].astype(np.int64) + step[:, None]
    inside: Bools = np.asarray((x >= 0) & (x < level.size[0]) & (y >= 0) & (y < level.size[1]))
    person = np.nonzero(inside)[0]
    return person, np.broadcast_to(y, inside.shape)[inside], np.broadcast_to(x, inside.shape)[inside]


def channels(skeleton: Skeleton, **_: Any) -> tuple[str, ...]:
    """Return the joints' names and ``center``."""
    return (*skeleton.names, "center")


CODEC = Codec(
    name="dekr",
    encode=encode,
    align="stride",
    literal_align="stride",
    source=BLOBS.source,
    convention="sub-pixel Gaussians of joints and of people's centres, and offsets to the joints round each centre",
    params={"radius": 4, "background_weight": 0.1, "least_area": 0.0, "literal": False},
    planes=("heatmaps", "heatmap_weights", "offsets", "offset_weights", "weights"),
    sigma=BLOBS.sigma,
    channels=channels,
)
