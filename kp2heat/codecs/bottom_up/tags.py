"""Associative embedding's full label (Newell et al. 2017; mmpose 1.3.2 AssociativeEmbedding): maps and tag places.

    heatmaps   (S, K, H, W)       the maps of ``associative-embedding``
    tag_index  (S, M, K) int32    y W + x of the cell whose tag the loss groups, one row per person; 0 where invalid
    tag_valid  (S, M, K) uint8    1 where that cell is in the map and the joint is drawn

The cell is the nearest to the joint. M is ``max_objs``. ``literal=True``: rounding folds -0.8 to 0, so that joints up to
a cell outside are tagged at the edge, indices of joints outside are what the formula gives, and people beyond
``max_objs`` are dropped; by default they are refused.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat.codecs.bottom_up.people import rows_of_people
from kp2heat.codecs.gaussian.codec import codec
from kp2heat.codecs.gaussian.table import CONVENTIONS
from kp2heat.contracts import Codec, Level
from kp2heat.frame import finite
from kp2heat.scene import Scene

MAPS = codec(CONVENTIONS["associative-embedding"])


def encode(
    scene: Scene,
    level: Level,
    dtype: DTypeLike = np.float32,
    *,
    scale: float = 1.0,
    max_objs: int = 30,
    literal: bool = False,
) -> dict[str, NDArray[Any]]:
    """Return heatmaps, weights, tag_index and tag_valid.

    >>> import kp2heat
    >>> grid = {"input_size": (64, 64), "size": (16, 16)}
    >>> planes = kp2heat.encode([[[30.0, 20.0]]], codec="associative-embedding-tags", **grid)
    >>> planes["tag_index"][0, 0].tolist(), planes["tag_valid"][0, 0].tolist()  # cell 5 * 16 + 8
    ([88], [1])
    """
    row = rows_of_people(scene.sample, max_objs, literal)
    cells = level.alignment.to_cell(scene.xy)
    known = finite(cells)
    place = np.where(known[..., None], cells + 0.5, -1)
    cell = (np.trunc(place) if literal else np.floor(place)).astype(np.int64)
    seen = known & (scene.flag > 0.5) if literal else scene.drawn
    valid = seen & ((cell >= 0) & (cell < level.size)).all(axis=-1)
    index = np.where(known if literal else valid, cell[..., 1] * level.size[0] + cell[..., 0], 0)
    shape = (scene.samples, max_objs, scene.xy.shape[1])
    tag_index, tag_valid = np.zeros(shape, np.int32), np.zeros(shape, np.uint8)
    kept = row < max_objs
    at = scene.sample[kept], row[kept]
    tag_index[at] = np.clip(index[kept], -(2**31), 2**31 - 1)
    tag_valid[at] = valid[kept]
    maps = MAPS.encode(scene, level, dtype, scale=scale, literal=literal)
    return {**maps, "tag_index": tag_index, "tag_valid": tag_valid}


CODEC = Codec(
    name="associative-embedding-tags",
    encode=encode,
    align=MAPS.align,
    literal_align=MAPS.literal_align,
    source="Newell et al. 2017; mmpose 1.3.2 AssociativeEmbedding, heatmaps and keypoint_indices",
    convention=f"{MAPS.convention}; and the cell of every person's joints, where tags are grouped",
    planes=("heatmaps", "weights", "tag_index", "tag_valid"),
    sigma=MAPS.sigma,
)
