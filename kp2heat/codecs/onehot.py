"""Mask R-CNN's keypoint label (He et al. 2017): the one of the S x S cells of a person's box that holds the joint.

The box is the network's input: crop with ``padding = 1``. ``index`` (S, K) int32 is y W + x, and 0 where
``valid`` (S, K) is 0; it is the target of a cross-entropy over W H cells. ``heatmaps`` (S, K, H, W) hold the
same as a single 1 per map. The cell is the floor of the position; a joint on the right or lower edge belongs
to the last cell (detectron2 structures/keypoints.py, torchvision models/detection/roi_heads.py). By default a
joint in the half pixel left of or above the first pixel centre of the box belongs to the first cell; the
published rule leaves it out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat.contracts import Codec, Level
from kp2heat.errors import SpecError
from kp2heat.gaussian import stored
from kp2heat.scene import Scene, outside_input


def encode(
    scene: Scene, level: Level, dtype: DTypeLike = np.float32, *, scale: float = 1.0, literal: bool = False
) -> dict[str, NDArray[Any]]:
    """Return index, valid, heatmaps and weights. SpecError where a sample holds several people.

    >>> import kp2heat
    >>> grid = {"input_size": (64, 64), "size": (16, 16)}
    >>> planes = kp2heat.encode([[[30.0, 20.0]]], codec="onehot", bbox=[[10, 4, 40, 32]], **grid)
    >>> planes["heatmaps"].sum().item(), planes["index"].tolist(), planes["valid"].tolist()
    (1.0, [[87]], [[1]])
    """
    if scene.samples != len(scene.xy):
        raise SpecError("codec", "onehot labels one person per sample", "use --sample instance")
    cells, last = level.alignment.to_cell(scene.xy), np.asarray(level.size) - 1.0
    inside = ((cells >= 0) & (cells <= level.size)).all(axis=-1)
    drawn, weight = scene.drawn & ~outside_input(scene.xy, scene.input_size), scene.weight
    if literal:
        weight = scene.flag
        drawn = inside & (weight > 0)
    cell = np.where(drawn[..., None], np.clip(np.floor(cells), 0, last), 0).astype(np.int32)
    index = cell[..., 1] * level.size[0] + cell[..., 0]
    maps = np.zeros((*drawn.shape, level.size[1] * level.size[0]), dtype)
    m, k = np.nonzero(drawn)
    maps[m, k, index[m, k]] = stored(np.ones(()), dtype, scale)
    return {
        "heatmaps": maps.reshape(*drawn.shape, level.size[1], level.size[0]),
        "index": index,
        "valid": drawn.astype(np.uint8),
        "weights": np.where(drawn, weight, 0).astype(np.float32),
    }


CODEC = Codec(
    name="onehot",
    encode=encode,
    align="stride",
    source="He et al. 2017 (Mask R-CNN); detectron2 _keypoints_to_heatmap, torchvision keypoints_to_heatmap",
    convention="a 1 in the floored cell, or its index as the target of a cross-entropy",
    planes=("heatmaps", "index", "valid", "weights"),
    decoder="onehot",
    shift=0.5,
)
