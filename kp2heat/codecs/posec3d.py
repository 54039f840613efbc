"""PoseC3D's pseudo heatmaps of limbs in addition to those of joints (Duan et al. 2022; mmaction2 GeneratePoseTarget).

    heatmaps (S, K, H, W)  joints: Gaussians whose peak is the joint's score
    limbs    (S, L, H, W)  limbs: exp(-d^2 / 2 sigma^2) with d the distance to the segment, times the lower of both
                           scores; of several people in one map the greatest value

A limb shorter than a cell is drawn as its first joint. A score is the visibility as given, at most 1: an annotated
joint has 1, a detected one its confidence. ``literal=True`` follows mmaction2 at 4d6c934: its windows begin up to
a cell early and end on the cell, and a short limb has the score of its first joint. By default windows are grown to
whole cells on all sides, so that a joint at the edge is still drawn in two cells.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat.arrays import Floats
from kp2heat.codecs.gaussian.blobs import LEAST_SCORE
from kp2heat.codecs.gaussian.codec import codec
from kp2heat.codecs.gaussian.table import CONVENTIONS
from kp2heat.contracts import Codec, Level
from kp2heat.errors import SpecError
from kp2heat.gaussian import stored, turns
from kp2heat.scene import Scene

JOINTS = codec(CONVENTIONS["posec3d"])


def encode(
    scene: Scene, level: Level, dtype: DTypeLike = np.float32, *, scale: float = 1.0, literal: bool = False
) -> dict[str, NDArray[Any]]:
    """Return heatmaps, limbs and weights. SpecError for a skeleton without limbs.

    >>> import kp2heat
    >>> grid = {"input_size": (64, 64), "size": (16, 16)}
    >>> limb = kp2heat.Skeleton(("hip", "knee"), limbs=((0, 1),))
    >>> planes = kp2heat.encode([[[30.0, 20.0], [30.0, 44.0]]], codec="posec3d-limbs", skeleton=limb, **grid)
    >>> planes["heatmaps"].shape, planes["limbs"].shape
    ((1, 2, 16, 16), (1, 1, 16, 16))
    """
    if not scene.skeleton.limbs:
        raise SpecError("codec", "limb maps need limbs, and this skeleton names none", "give it limbs")
    width, height = level.size
    limbs = stored(_limb_maps(scene, level, literal), dtype, scale)
    return {
        **JOINTS.encode(scene, level, dtype, scale=scale, literal=literal),
        "limbs": limbs.reshape(scene.samples, len(scene.skeleton.limbs), height, width),
    }


def _limb_maps(scene: Scene, level: Level, literal: bool) -> Floats:
    """Return (S L, H, W) float64."""
    pairs = np.asarray(scene.skeleton.limbs)
    ends = level.alignment.to_cell(scene.xy)[:, pairs]
    scores = np.minimum(scene.flag, 1)[:, pairs]
    score = scores.min(axis=-1)
    drawn = np.isfinite(ends).all(axis=(-1, -2)) if literal else scene.drawn[:, pairs].all(axis=-1)
    m, limb = np.nonzero(drawn & (score >= LEAST_SCORE))
    if literal:
        short = ((ends[..., 1, :] - ends[..., 0, :]) ** 2).sum(axis=-1) < 1
        score = np.where(short, scores[..., 0], score)
    index = scene.sample[m] * len(pairs) + limb
    maps = np.zeros((scene.samples * len(pairs), level.size[1], level.size[0]))
    for turn in turns(index):
        rows, which = m[turn], limb[turn]
        peak = score[rows, which].astype(np.float64)
        values = _segment(ends[rows, which], level, literal) * peak[:, None, None]
        maps[index[turn]] = np.maximum(maps[index[turn]], values)
    return maps


def _segment(ends: Floats, level: Level, literal: bool) -> Floats:
    """Return (P, H, W): the Gaussian of the distance to each segment (P, 2, 2), cut as its window says."""
    start, full = ends[:, 0], ends[:, 1] - ends[:, 0]
    squared = (full**2).sum(axis=1)
    full = np.where(squared[:, None] < 1, 0, full)
    x, y = np.arange(level.size[0]), np.arange(level.size[1])
    dx = (x - start[:, :1])[:, None, :]
    dy = (y - start[:, 1:])[:, :, None]
    fx, fy = full[:, 0, None, None], full[:, 1, None, None]
    share = np.clip((fx * dx + fy * dy) / np.maximum(squared, 1)[:, None, None], 0, 1)
    distance = (dx - share * fx) ** 2 + (dy - share * fy) ** 2
    values = np.exp(-distance / (2 * level.sigma**2))
    reach = 3 * level.sigma
    both = np.stack([start, start + full])
    low, high = both.min(axis=0) - reach, both.max(axis=0) + reach
    low, high = (np.trunc(low), np.trunc(high)) if literal else (np.floor(low), np.ceil(high))
    inside_x = (x >= low[:, :1]) & (x <= high[:, :1])
    inside_y = (y >= low[:, 1:]) & (y <= high[:, 1:])
    return np.asarray(np.where(inside_y[:, :, None] & inside_x[:, None, :], values, 0))


CODEC = Codec(
    name="posec3d-limbs",
    encode=encode,
    align="stride",
    source="Duan et al. 2022 (PoseC3D), GeneratePoseTarget of mmaction2 at 4d6c934, joints and limbs",
    convention="Gaussians of the joints, and of the distance to each limb, with the scores as peaks",
    planes=("heatmaps", "weights", "limbs"),
    sigma=JOINTS.sigma,
)
