"""OpenPifPaf's composite fields (Kreiss et al. 2021; encoder/cif.py, caf.py, annrescaler.py).

    heatmaps (S, K, H, W)   confidence: 1 in the 4x4 cells round each joint
    cif      (S, 5K, H, W)  per joint: confidence, dx and dy to it in cells, least scale b, scale
    caf      (S, 9L, H, W)  per limb: confidence, dx and dy to its first and to its second joint, b and scale of
                            both, in a band 3 cells wide that leaves out at least a quarter at each end

A cell belongs to the nearest joint or limb; in a cell that belongs to none everything but the confidence is
NaN. The scale of a person is sqrt(area of the visible joints) in cells, completed by an upright or a turned
standard pose (for COCO skeletons), times the joint's OKS sigma; NaN under three joints. The grid has corners
on corners: 21 cells of 8 px on 161 px.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.codecs.nearest_joint import offsets, vector_dtype
from kp2heat.contracts import Codec, Level
from kp2heat.errors import SpecError
from kp2heat.gaussian import stored, turns
from kp2heat.scene import Scene
from kp2heat.skeleton import COCO_NAMES

SIDE, BAND = 4, 3
"""Side of the patch of a joint, and width of the band of a limb, in cells."""
MARGIN = (0.25, 0.4)
"""Least and greatest share of a limb that is left out at each end."""
B_MIN = 0.1
"""The least scale, in input px."""
MOST_FACTOR, LEAST_SCALE = 5.0, 0.1

_SIDE = (0.35, 0.7, 1.4, 1.75, 1.75, 1.26, 1.4, 1.4)
UPRIGHT_X = (0.0, *(x for side in _SIDE for x in (-side, side)))
UPRIGHT_Y = (9.3, 9.7, 9.7, 9.5, 9.5, 8.0, 8.0, 6.0, 6.2, 4.0, 4.2, 4.0, 4.0, 2.0, 2.1, 0.0, 0.1)
UPRIGHT = np.array([UPRIGHT_X, UPRIGHT_Y]).T
"""The standard pose of COCO's joints (plugins/coco/constants.py), (17, 2); only ratios of its extents matter."""


def encode(
    scene: Scene, level: Level, dtype: DTypeLike = np.float32, *, scale: float = 1.0
) -> dict[str, NDArray[Any]]:
    """Return heatmaps, cif, caf and weights. SpecError for a skeleton without limbs.

    >>> import kp2heat
    >>> grid = {"input_size": (64, 64), "size": (16, 16)}
    >>> limb = kp2heat.Skeleton(("hip", "knee"), limbs=((0, 1),))
    >>> planes = kp2heat.encode([[[30.0, 20.0], [30.0, 44.0]]], codec="openpifpaf", skeleton=limb, **grid)
    >>> planes["cif"].shape, planes["caf"].shape
    ((1, 10, 16, 16), (1, 9, 16, 16))
    """
    if not scene.skeleton.limbs:
        raise SpecError(
            "codec", "association fields need limbs, and this skeleton names none", "give it limbs"
        )
    cells = np.where(scene.drawn[..., None], level.alignment.to_cell(scene.xy), np.nan)
    sigmas = np.asarray(scene.skeleton.sigmas or np.ones(len(scene.skeleton)))
    scales = person_scales(cells, scene.skeleton.names == COCO_NAMES)[:, None] * sigmas
    cif, touched = _cif(scene, level, cells, scales)
    shape = (scene.samples, len(scene.skeleton), *cif.shape[2:])
    vectors = vector_dtype(dtype)
    return {
        "heatmaps": stored(cif[:, 0], dtype, scale).reshape(shape),
        "cif": cif.astype(vectors).reshape(shape[0], 5 * shape[1], *shape[2:]),
        "caf": _caf(scene, level, cells, scales).astype(vectors),
        "weights": scene.per_sample(np.where(touched, scene.weight, 0).astype(np.float32)),
    }


def _extent(points: Floats) -> Floats:
    """Return (...): the area of the bounding box of points (..., K, 2), without those that are NaN."""
    sides = np.fmax.reduce(points, axis=-2) - np.fmin.reduce(points, axis=-2)
    return np.asarray(sides[..., 0] * sides[..., 1])


def person_scales(cells: Floats, coco: bool) -> Floats:
    """Return (M,): the square root of the area of each person (M, K, 2), completed by the standard pose.

    NaN under three joints. ``coco`` says that the joints are COCO's.
    """
    seen = np.asarray(np.isfinite(cells).all(axis=-1))
    factor = np.ones(len(cells))
    if coco:
        turn = np.sqrt(0.5) * np.array([[1, -1], [1, 1]])
        poses = np.stack([UPRIGHT, UPRIGHT @ turn.T])
        part = _extent(np.where(seen[:, None, :, None], poses, np.nan))
        with np.errstate(invalid="ignore", divide="ignore"):
            grown = np.where(part > 0.1, np.sqrt(_extent(poses) / part), np.inf)
        factor = np.minimum(grown.min(axis=1), MOST_FACTOR)
    scale = np.sqrt(_extent(cells)) * factor
    return np.where((seen.sum(axis=1) >= 3) & (scale >= LEAST_SCALE), scale, np.nan)


def _claim(
    best: Floats, owner: Ints, rows: NDArray[np.generic], at: Ints, distance: Floats, ties: bool
) -> None:
    """Give the flat cells ``at`` (P, n), -1 for none, to ``rows`` (P,) where these are nearer, in place."""
    held = best[at]
    won = (at >= 0) & ((distance <= held) if ties else (distance < held))
    best[at[won]] = distance[won]
    owner[at[won]] = np.broadcast_to(rows[:, None], at.shape)[won]


def _flat(maps: Ints, x: Floats, y: Floats, level: Level) -> Ints:
    """Return the flat index into a stack of maps; -1 outside."""
    width, height = level.size
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return np.where(inside, (maps * height + y) * width + x, -1).astype(np.int64)


def _cif(scene: Scene, level: Level, cells: Floats, scales: Floats) -> tuple[Floats, Bools]:
    """Return the fields of joints (S K, 5, H, W), and which joints (M, K) have a cell."""
    joints, (width, height) = cells.shape[1], level.size
    m, k = np.nonzero(scene.drawn)
    centre, index = cells[m, k], scene.sample[m] * joints + k
    maps = scene.samples * joints
    owner, best = np.full(maps * height * width, -1), np.full(maps * height * width, np.inf)
    row, column = (i.ravel().astype(np.float64) for i in np.indices((SIDE, SIDE)))
    first = np.rint(centre - (SIDE - 1) / 2)
    x, y = first[:, :1] + column, first[:, 1:] + row
    at = _flat(index[:, None], x, y, level)
    distance = np.hypot(x - centre[:, :1], y - centre[:, 1:])
    for turn in turns(index):
        _claim(best, owner, np.arange(len(index))[turn], at[turn], distance[turn], ties=False)
    owner = owner.reshape(maps, height, width)
    held = owner >= 0
    out = np.full((maps, 5, height, width), np.nan)
    out[:, 0] = held
    out[:, 1:3] = np.where(held[:, None], offsets(owner, centre), np.nan)
    out[:, 3] = np.where(held, B_MIN / level.alignment.stride[0], np.nan)
    out[:, 4] = np.where(held, np.append(scales[m, k], np.nan)[owner], np.nan)
    touched = np.zeros(scene.drawn.shape, bool)
    touched[m, k] = (at >= 0).any(axis=1)
    return out, touched


def _caf(scene: Scene, level: Level, cells: Floats, scales: Floats) -> Floats:
    """Return the fields of limbs (S, 9L, H, W)."""
    pairs, (width, height) = np.asarray(scene.skeleton.limbs), level.size
    ends = cells[:, pairs]
    last = np.asarray(level.size) - 1
    out_of_view = ((ends < 0) | (ends > last)).any(axis=-1).all(axis=-1)
    m, limb = np.nonzero(scene.drawn[:, pairs].all(axis=-1) & ~out_of_view)
    a, b = ends[m, limb, 0], ends[m, limb, 1]
    index, maps = scene.sample[m] * len(pairs) + limb, scene.samples * len(pairs)
    flat, best = np.full(maps * height * width, -1), np.full(maps * height * width, np.inf)
    for turn in turns(index):
        at, distance = _band(a[turn], b[turn], index[turn], level)
        _claim(best, flat, np.arange(len(index))[turn], at, distance, ties=True)
    owner = flat.reshape(maps, height, width)
    held = owner >= 0
    out = np.full((maps, 9, height, width), np.nan)
    out[:, 0] = held
    for place, end in ((1, a), (3, b)):
        out[:, place : place + 2] = np.where(held[:, None], offsets(owner, end), np.nan)
    out[:, 5:7] = np.where(held, B_MIN / level.alignment.stride[0], np.nan)[:, None]
    for place, side in ((7, 0), (8, 1)):
        of_joint = np.append(scales[m, pairs[limb, side]], np.nan)
        out[:, place] = np.where(held, of_joint[owner], np.nan)
    return out.reshape(scene.samples, 9 * len(pairs), height, width)


def _band(a: Floats, b: Floats, index: Ints, level: Level) -> tuple[Ints, Floats]:
    """Return the flat cells (P, n) of each limb's band, -1 for none, and their distances from its line."""
    full = b - a
    length = np.hypot(full[:, 0], full[:, 1])
    steps = np.maximum(2, np.ceil(length))
    margin = np.clip(BAND / 2 / (length + np.spacing(1.0)), *MARGIN)
    turn = np.arange(int(steps.max(initial=2)))
    share = margin[:, None] + (1 - 2 * margin)[:, None] * turn / (steps - 1)[:, None]
    across = np.arange(BAND) - (BAND - 1) / 2
    v, u = (i.ravel() for i in np.meshgrid(across, across, indexing="ij"))
    x = np.rint(a[:, 0, None, None] + share[..., None] * full[:, 0, None, None] + u)
    y = np.rint(a[:, 1, None, None] + share[..., None] * full[:, 1, None, None] + v)
    at = np.where((turn < steps[:, None])[..., None], _flat(index[:, None, None], x, y, level), -1)
    sides = full[:, 1, None, None] * (x - a[:, 0, None, None]) - full[:, 0, None, None] * (
        y - a[:, 1, None, None]
    )
    distance = np.abs(sides) / (length + 0.01)[:, None, None]
    cells = len(a), turn.size * u.size
    return at.reshape(cells), distance.reshape(cells)


CODEC = Codec(
    name="openpifpaf",
    encode=encode,
    align="align-corners",
    source="Kreiss et al. 2021 (OpenPifPaf), encoder/cif.py and caf.py",
    convention="confidence in 4x4 cells, with vectors, scales and association fields",
    planes=("heatmaps", "cif", "caf", "weights"),
    decoder="cif",
)
