"""SLEAP's offset head (Pereira et al. 2022; nn/data/offset_regression.py) with its confidence maps.

``cell_offsets`` (S, 2K, H, W) go from each cell to the joint, in cells, x then y, where the joint's confidence
exceeds ``threshold``. Where animals overlap, the published offsets add up; here a cell points to the nearest.
"""

from __future__ import annotations

from math import log, sqrt
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat.codecs.gaussian.codec import codec
from kp2heat.codecs.gaussian.table import CONVENTIONS
from kp2heat.codecs.nearest_joint import least_radius, offsets, owners, vector_dtype
from kp2heat.contracts import Codec, Level
from kp2heat.scene import Scene

CONFIDENCE = codec(CONVENTIONS["sleap"])


def encode(
    scene: Scene, level: Level, dtype: DTypeLike = np.float32, *, scale: float = 1.0, threshold: float = 0.2
) -> dict[str, NDArray[Any]]:
    """Return heatmaps, weights and cell_offsets. The threshold is lowered where no cell of a joint exceeds it.

    >>> import kp2heat
    >>> grid = {"input_size": (64, 64), "size": (16, 16)}
    >>> planes = kp2heat.encode([[[30.0, 20.0]]], codec="sleap-offsets", **grid)
    >>> planes["cell_offsets"][0, :, 5, 7].tolist()  # cell (7, 5) of the joint at (7.5, 5)
    [0.5, 0.0]
    """
    radius = level.sigma * sqrt(-2 * log(threshold))
    radius = max(radius, least_radius(level, scene.input_size))
    m, k = np.nonzero(scene.drawn)
    joints = scene.xy.shape[1]
    centre = level.alignment.to_cell(scene.xy)[m, k]
    owner = owners(scene.sample[m] * joints + k, centre, radius, scene.samples * joints, level.size)
    vectors = offsets(owner, centre).astype(vector_dtype(dtype))
    maps = CONFIDENCE.encode(scene, level, dtype, scale=scale)
    return {**maps, "cell_offsets": vectors.reshape(scene.samples, 2 * joints, *owner.shape[1:])}


CODEC = Codec(
    name="sleap-offsets",
    encode=encode,
    align="stride",
    source="Pereira et al. 2022 (SLEAP), confidence maps and offset refinement",
    convention="uncut sub-pixel Gaussian, and offsets to the joint where it exceeds the threshold",
    planes=(*CONFIDENCE.planes, "cell_offsets"),
    decoder="cell-offset",
    sigma=CONFIDENCE.sigma,
)
