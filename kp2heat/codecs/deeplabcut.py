"""DeepLabCut's targets: score maps, location refinement, and the cells in which each of them counts.

    heatmaps         (S, K, H, W)   ``dlc-plateau``: 1 within ``pos_dist`` px of the joint; ``dlc-gaussian``: sigma
                                    2 pos_dist / 3
    locref           (S, 2K, H, W)  joint less cell centre, in units of ``locref_std`` px, x then y
    locref_mask      (S, 2K, H, W)  1 in the disc, where the refinement is learnt
    heatmap_weights  (S, K, H, W)   1, and 0 for a joint of visibility below 0 (masked out)

(Mathis et al. 2018; pose_estimation_pytorch/models/target_generators.) ``literal=True``: with Gaussians the
refinement fills the whole map, and the last animal overwrites all others; a disc may miss every cell of a
coarse map. By default a cell within the disc points at the nearest animal's joint, and a disc holds a cell.
"""

from __future__ import annotations

from functools import partial
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat.codecs.gaussian.codec import codec
from kp2heat.codecs.gaussian.table import CONVENTIONS
from kp2heat.codecs.nearest_joint import least_radius, offsets, owners, reached, vector_dtype
from kp2heat.contracts import Codec, Level
from kp2heat.gaussian import stored
from kp2heat.scene import Scene

GAUSSIAN_MAPS = codec(CONVENTIONS["deeplabcut"])


def encode(
    scene: Scene,
    level: Level,
    dtype: DTypeLike = np.float32,
    *,
    scale: float = 1.0,
    pos_dist: float = 17.0,
    locref_std: float = 7.2801,
    literal: bool = False,
    plateau: bool,
) -> dict[str, NDArray[Any]]:
    """Return the planes of the module's table and weights (S, K); px are input px.

    >>> import kp2heat
    >>> grid = {"input_size": (64, 64), "size": (16, 16)}
    >>> planes = kp2heat.encode([[[30.0, 20.0]]], codec="dlc-gaussian", **grid)
    >>> planes["locref"].shape, planes["locref_mask"].shape
    ((1, 2, 16, 16), (1, 2, 16, 16))
    """
    stride = np.asarray(level.alignment.stride)
    cells = level.alignment.to_cell(scene.xy)
    radius = pos_dist / sqrt(stride[0] * stride[1])
    if not literal:
        radius = max(radius, least_radius(level, scene.input_size))
    weight = np.where(scene.drawn & reached(cells, radius, level.size), scene.weight, 0)
    m, k = np.nonzero(scene.drawn)
    centre, joints = cells[m, k], scene.xy.shape[1]
    index, maps = scene.sample[m] * joints + k, scene.samples * joints
    disc = owners(index, centre, radius, maps, level.size, last=literal)
    whole = literal and not plateau
    owner = owners(index, centre, np.inf, maps, level.size, last=True) if whole else disc
    vectors = vector_dtype(dtype)
    unit = (stride / locref_std)[:, None, None]
    shape = (scene.samples, joints, *disc.shape[1:])
    both = (scene.samples, 2 * joints, *disc.shape[1:])
    masked = np.zeros((scene.samples, joints), bool)
    np.logical_or.at(masked, scene.sample, scene.visible.astype(float) < 0)
    planes = {
        "heatmaps": stored((disc >= 0).astype(np.float64), dtype, scale).reshape(shape),
        "locref": (offsets(owner, centre) * unit).astype(vectors).reshape(both),
        "locref_mask": np.repeat((disc >= 0).astype(np.uint8), 2, axis=0).reshape(both),
        "heatmap_weights": np.broadcast_to(~masked[..., None, None], shape).astype(np.uint8),
        "weights": scene.per_sample(weight.astype(np.float32)),
    }
    if plateau:
        return planes
    return {**planes, **GAUSSIAN_MAPS.encode(scene, level, dtype, scale=scale)}


def _codec(name: str, plateau: bool) -> Codec:
    return Codec(
        name=name,
        encode=partial(encode, plateau=plateau),
        align="cell-center",
        source=f"Mathis et al. 2018 (DeepLabCut), {'Plateau' if plateau else 'Gaussian'}Generator with locref",
        convention=f"{'disc' if plateau else 'Gaussian'} score maps, and offsets to the joint within 17 px",
        planes=("heatmaps", "locref", "locref_mask", "heatmap_weights", "weights"),
        decoder="locref",
        sigma=GAUSSIAN_MAPS.sigma,
    )


PLATEAU, GAUSSIAN = _codec("dlc-plateau", True), _codec("dlc-gaussian", False)
