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

from kp2heat.arrays import Floats
from kp2heat.codecs.bottom_up.people import (
    joint_centers,
    joints_and_center,
    point_to_joints,
    squared_diagonal,
)
from kp2heat.codecs.gaussian.convention import Convention
from kp2heat.codecs.gaussian.draw import draw
from kp2heat.codecs.gaussian.sigmas import cells as sigma_in_cells
from kp2heat.codecs.nearest_joint import vector_dtype
from kp2heat.contracts import Codec, Level
from kp2heat.gaussian import stored
from kp2heat.scene import Scene, outside_input

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
    """Return the planes of the module's table and weights (S, K).

    >>> import kp2heat
    >>> grid = {"input_size": (64, 64), "size": (16, 16)}
    >>> planes = kp2heat.encode([[[30.0, 20.0], [30.0, 44.0]]], codec="dekr", **grid)
    >>> planes["heatmaps"].shape  # two joints and the centre
    (1, 3, 16, 16)
    >>> planes["offsets"][0, :, 8, 7].tolist()  # cell (7, 8) less (7.5, 5) and (7.5, 11)
    [-0.5, 3.0, -0.5, -3.0]
    """
    row = BLOBS.as_published() if literal else BLOBS
    large = squared_diagonal(scene.xy, scene.drawn) >= least_area
    centres = joint_centers(scene, scene.drawn, large)
    joints, weights = draw(row, scene, level)
    middle, _ = draw(row, centres, Level(level.size, 2 * level.sigma, level.alignment))
    maps = np.concatenate([joints, middle], axis=1)
    to_joint, vector_weight = _round_centres(scene, centres.xy[:, 0], level, radius, literal)
    return {
        "heatmaps": stored(maps, dtype, scale),
        "heatmap_weights": np.where(maps > 0, 1, background_weight).astype(np.float32),
        "offsets": (-to_joint).astype(vector_dtype(dtype)),
        "offset_weights": vector_weight,
        "weights": weights,
    }


def _round_centres(
    scene: Scene, centre: Floats, level: Level, radius: int, literal: bool
) -> tuple[Floats, NDArray[np.float32]]:
    """Return the vectors from the cells round each centre to the person's joints."""
    cells, middle = level.alignment.to_cell(scene.xy), level.alignment.to_cell(centre)
    if literal:
        at = np.trunc(middle)
        present = ((at >= 0) & (at < level.size)).all(axis=1)
        drawn = scene.drawn & ((cells >= 0) & (cells < level.size)).all(axis=-1)
        stop = at + radius
    else:
        at = np.clip(np.floor(middle + 0.5), 0, np.asarray(level.size) - 1)
        present, drawn, stop = ~outside_input(centre, scene.input_size), scene.drawn, at + radius + 1
    area = squared_diagonal(cells, scene.drawn)
    people = np.flatnonzero(np.isfinite(at).all(axis=1) & present)
    return point_to_joints(scene, level, people, (at - radius, stop), cells, drawn, area, shared=literal)


CODEC = Codec(
    name="dekr",
    encode=encode,
    align="stride",
    source=BLOBS.source,
    convention="sub-pixel Gaussians of joints and of people's centres, and offsets to the joints round each centre",
    planes=("heatmaps", "heatmap_weights", "offsets", "offset_weights", "weights"),
    sigma=BLOBS.sigma,
    channels=joints_and_center,
)
