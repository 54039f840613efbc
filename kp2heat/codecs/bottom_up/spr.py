"""SPR's label set (Nie et al. 2019, single-stage pose machines; mmpose 1.3.2 codecs/spr.py).

    heatmaps              (S, K + 1, H, W)  Gaussians of the joints, and as the last map of the people's roots, with
                                            sigma sqrt(W H) / 32; a root is the mean of a person's joints
    heatmap_weights       (S, K + 1, H, W)  1 where a map is above 0, ``background_weight`` elsewhere
    displacements         (S, 2K, H, W)     joint less cell, x then y, in the cells round a root
    displacement_weights  (S, 2K, H, W)     1 / diagonal of the person's extent in cells there, 0 elsewhere

Displacements are given within the root's sigma. People whose diagonal is under ``least_diagonal`` cells have no root.
Where people overlap, a cell belongs to the smaller one.

``literal=True``: maps as mmpose draws them; the square of displacements lacks its last row and column; one diagonal
is kept per cell, in float32, for all joints. By default the square is centred on the cell nearest to the root, and
diagonals are kept per joint.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat.arrays import Floats
from kp2heat.codecs.bottom_up.people import (
    counted_joints,
    joint_centers,
    joints_and_center,
    point_to_joints,
    squared_diagonal,
)
from kp2heat.codecs.gaussian.draw import draw
from kp2heat.codecs.gaussian.table import CONVENTIONS
from kp2heat.codecs.nearest_joint import vector_dtype
from kp2heat.contracts import Codec, Level
from kp2heat.gaussian import stored
from kp2heat.scene import Scene, outside_input

ROW = CONVENTIONS["spr"]


def encode(
    scene: Scene,
    level: Level,
    dtype: DTypeLike = np.float32,
    *,
    scale: float = 1.0,
    background_weight: float = 0.1,
    least_diagonal: float = 5.0,
    literal: bool = False,
) -> dict[str, NDArray[Any]]:
    """Return the planes of the module's table and weights (S, K).

    >>> import kp2heat
    >>> grid = {"input_size": (64, 64), "size": (16, 16)}
    >>> planes = kp2heat.encode([[[30.0, 20.0], [30.0, 44.0]]], codec="spr-displacements", **grid)
    >>> planes["heatmaps"].shape, planes["displacements"].shape
    ((1, 3, 16, 16), (1, 4, 16, 16))
    """
    row = ROW.as_published() if literal else ROW
    sigma = sqrt(level.size[0] * level.size[1]) / 32
    cells = level.alignment.to_cell(scene.xy)
    counted = counted_joints(scene, cells, literal)
    large = squared_diagonal(cells, counted) >= least_diagonal**2
    roots = joint_centers(scene, counted, large)
    joints, weights = draw(row, scene, level)
    middle, _ = draw(row, roots, Level(level.size, sigma, level.alignment))
    maps = np.concatenate([joints, middle], axis=1)
    to_joint, vector_weight = _round_roots(scene, roots.xy[:, 0], level, sigma, literal)
    return {
        "heatmaps": stored(maps, dtype, scale),
        "heatmap_weights": np.where(maps > 0, 1, background_weight).astype(np.float32),
        "displacements": to_joint.astype(vector_dtype(dtype)),
        "displacement_weights": vector_weight,
        "weights": weights,
    }


def _round_roots(
    scene: Scene, root: Floats, level: Level, sigma: float, literal: bool
) -> tuple[Floats, NDArray[np.float32]]:
    """Return the vectors from the cells round each root to the person's joints."""
    cells, middle = level.alignment.to_cell(scene.xy), level.alignment.to_cell(root)
    if literal:
        middle = middle.astype(np.float32).astype(np.float64)
        window = np.trunc(middle - sigma), np.trunc(middle + sigma)
        present = ((middle >= 0) & (middle < level.size)).all(axis=1)
        drawn = (scene.flag >= 1) & ((cells >= 0) & (cells < level.size)).all(axis=-1)
    else:
        at = np.clip(np.floor(middle + 0.5), 0, np.asarray(level.size) - 1)
        window = np.ceil(at - sigma), np.floor(at + sigma) + 1
        present, drawn = ~outside_input(root, scene.input_size), scene.drawn
    counted = counted_joints(scene, cells, literal)
    people = np.flatnonzero(np.isfinite(middle).all(axis=1) & present)
    return point_to_joints(
        scene, level, people, window, cells, drawn, squared_diagonal(cells, counted), shared=literal
    )


CODEC = Codec(
    name="spr-displacements",
    encode=encode,
    align=ROW.align,
    literal_align=ROW.as_published().align,
    source="Nie et al. 2019 (SPM); mmpose 1.3.2 SPR, its maps, roots and displacements",
    convention="Gaussians on whole cells for joints and roots, and displacements to the joints round each root",
    planes=("heatmaps", "heatmap_weights", "displacements", "displacement_weights", "weights"),
    sigma=ROW.sigma,
    channels=joints_and_center,
)
