"""CenterNet's full label set for people (Zhou, Wang and Kraehenbuehl 2019; datasets/sample/multi_pose.py).

Maps, with Gaussians on the floor of each position and with the radius of the person's box:

    heatmaps (S, K, H, W) joints (published as ``hm_hp``)  hm (S, 1, H, W) person centres

and rows, one per person (M = ``max_objs``), zeros where there is none:

    wh         (S, M, 2)     sides of the box, cells           hps       (S, M, 2K)  joints less the centre's cell
    reg        (S, M, 2)     centre less its cell              hps_mask  (S, M, 2K)
    ind        (S, M)        the centre's cell, y W + x        hp_offset (S, M K, 2) joint less its cell
    reg_mask   (S, M)        1 where a person with joints is   hp_ind, hp_mask (S, M K)

``centernet-dense`` adds ``dense_hps`` (S, 2K, H, W), from every cell round a centre to the joints, and
``dense_hps_mask``, the weight of the loss: the centre's Gaussian wherever that joint is drawn. ``mse`` draws all
Gaussians with the level's sigma within 3 sigma (``--mse_loss``, MSRA's blobs).

``literal=True``: the radius lacks the division of the quadratic formula (2.2 to 4 times too large), joints in
the half pixel left of or above pixel 0 are left out, and people beyond ``max_objs`` are dropped. By default the
radius is the true one, a joint on the input is always drawn, and too many people are refused.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat import gaussian
from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.codecs import box_radius as radii
from kp2heat.codecs.bottom_up.people import rows_of_people
from kp2heat.codecs.nearest_joint import vector_dtype
from kp2heat.contracts import Codec, Level
from kp2heat.scene import Scene, outside_input


class People(NamedTuple):
    """The P people that are drawn, in cells.

    sample, row        (P,): the sample and the row of each person
    side               (P, 2): width and height of the box, cut to the map
    centre, cell       (P, 2): the centre of the box, and its floor
    radius             (P,): whole cells
    joint, joint_cell  (P, K, 2): positions, and their cells
    seen               (P, K): whether the joint is drawn
    """

    sample: Ints
    row: Ints
    side: Floats
    centre: Floats
    cell: Floats
    radius: Floats
    joint: Floats
    joint_cell: Floats
    seen: Bools


def encode(
    scene: Scene,
    level: Level,
    dtype: DTypeLike = np.float32,
    *,
    scale: float = 1.0,
    overlap: float = 0.7,
    max_objs: int = 32,
    mse: bool = False,
    literal: bool = False,
    dense: bool,
) -> dict[str, NDArray[Any]]:
    """Return the planes of the module's table and weights (S, K). An unknown box becomes the extent of the drawn joints.

    >>> import kp2heat
    >>> grid = {"input_size": (64, 64), "size": (16, 16)}
    >>> planes = kp2heat.encode([[[30.0, 20.0]]], codec="centernet", bbox=[[10, 4, 40, 32]], **grid)
    >>> planes["wh"][0, 0].tolist(), planes["hps"][0, 0].tolist()  # cells: the box, the joint from its centre
    ([10.0, 8.0], [0.5, 0.0])
    """
    people, weight = _people(scene, level, overlap, max_objs, literal)
    joints = scene.xy.shape[1]
    vectors = vector_dtype(dtype)
    centres = _maps(people.cell, people.radius, people.sample, scene.samples, level, mse, vectors, 1.0)
    p, k = np.nonzero(people.seen)
    index = people.sample[p] * joints + k
    cells, radius = people.joint_cell[p, k], people.radius[p]
    maps = _maps(cells, radius, index, scene.samples * joints, level, mse, dtype, scale)
    height, width = maps.shape[-2:]
    planes = {
        "heatmaps": maps.reshape(scene.samples, joints, height, width),
        "hm": centres.reshape(scene.samples, 1, height, width),
        **_rows(people, scene, level, max_objs),
        "weights": scene.per_sample(weight),
    }
    return {**planes, **_dense(people, scene, level, vectors)} if dense else planes


def _people(
    scene: Scene, level: Level, overlap: float, max_objs: int, literal: bool
) -> tuple[People, NDArray[np.float32]]:
    """Return the people and the joints' weights (M, K)."""
    last = np.asarray(level.size) - 1.0
    cells = level.alignment.to_cell(scene.xy)
    seen, weight = _seen_and_weight(scene, cells, level, literal)
    corners = np.clip(level.alignment.to_cell(_box_corners(scene, seen)), 0, last)
    side, centre = corners[:, 1] - corners[:, 0], corners.mean(axis=1)
    row = rows_of_people(scene.sample, max_objs, literal)
    kept = (row < max_objs) & np.isfinite(side).all(axis=1)
    kept &= (side > 0).all(axis=1) if literal else True
    width, height = np.ceil(side[kept]).T
    people = People(
        sample=scene.sample[kept],
        row=row[kept],
        side=side[kept],
        centre=centre[kept],
        cell=np.floor(centre[kept]),
        radius=radii.whole((radii.legacy if literal else radii.corrected)(height, width, overlap)),
        joint=cells[kept],
        joint_cell=np.clip(np.floor(cells), 0, last)[kept],
        seen=seen[kept],
    )
    return people, weight


def _seen_and_weight(
    scene: Scene, cells: Floats, level: Level, literal: bool
) -> tuple[Bools, NDArray[np.float32]]:
    """Return which joints (M, K) are drawn, and their weights."""
    if literal:
        inside = ((cells >= 0) & (cells < level.size)).all(axis=-1)
        return inside & (scene.flag > 0), np.where(inside, scene.flag, 0).astype(np.float32)
    seen = scene.drawn & ~outside_input(scene.xy, scene.input_size)
    return seen, np.where(seen, scene.weight, 0).astype(np.float32)


def _box_corners(scene: Scene, seen: Bools) -> Floats:
    """Return (M, 2, 2) corners of the boxes in input px; where unknown, of the extent of the drawn joints."""
    box = np.stack([scene.bbox[:, :2], scene.bbox[:, :2] + scene.bbox[:, 2:]], axis=1)
    drawn = np.where(seen[..., None], scene.xy, np.nan)
    extent = np.stack([np.fmin.reduce(drawn, axis=1), np.fmax.reduce(drawn, axis=1)], axis=1)
    known = np.asarray(np.isfinite(scene.bbox).all(axis=1))[:, None, None]
    return np.where(known, box, extent)


def _maps(
    cells: Floats,
    radius: Floats,
    index: Ints,
    maps: int,
    level: Level,
    mse: bool,
    dtype: DTypeLike,
    scale: float,
) -> NDArray[Any]:
    """Return (maps, H, W): Gaussians on ``cells`` (P, 2), the greatest where they meet."""
    sigma = np.full(len(cells), level.sigma) if mse else (2 * radius + 1) / 6
    reach = (3 * sigma if mse else radius)[:, None]
    blobs = gaussian.windows(cells, sigma, cells - reach, cells + reach, level.size)
    out = np.zeros((maps, level.size[1], level.size[0]), dtype)
    gaussian.paint(out, index, blobs, gaussian.stored(gaussian.patches(blobs), dtype, scale), "max")
    return out


def _rows(people: People, scene: Scene, level: Level, max_objs: int) -> dict[str, NDArray[Any]]:
    """Return the planes that hold a row per person, as float32: rows are few, and values are not small."""
    dtype, joints, width = np.float32, scene.xy.shape[1], level.size[0]
    shape, at = (scene.samples, max_objs), (people.sample, people.row)
    wh, reg = np.zeros((*shape, 2), dtype), np.zeros((*shape, 2), dtype)
    ind, reg_mask = np.zeros(shape, np.int32), np.zeros(shape, np.uint8)
    hps, hps_mask = np.zeros((*shape, joints, 2), dtype), np.zeros((*shape, joints, 2), np.uint8)
    hp_offset, hp_ind = np.zeros((*shape, joints, 2), dtype), np.zeros((*shape, joints), np.int32)
    hp_mask = np.zeros((*shape, joints), np.uint8)
    wh[at], reg[at] = people.side, people.centre - people.cell
    ind[at] = people.cell[:, 1] * width + people.cell[:, 0]
    reg_mask[at] = (scene.visible[_position(people, scene)].astype(float) > 0).any(axis=1)
    seen = people.seen
    hps[at] = np.where(seen[..., None], people.joint - people.cell[:, None], 0)
    hps_mask[at] = seen[..., None]
    hp_offset[at] = np.where(seen[..., None], people.joint - people.joint_cell, 0)
    cells = np.where(seen[..., None], people.joint_cell, 0)
    hp_ind[at], hp_mask[at] = cells[..., 1] * width + cells[..., 0], seen
    per_joint = scene.samples, max_objs * joints
    return {
        "wh": wh,
        "reg": reg,
        "ind": ind,
        "reg_mask": reg_mask,
        "hps": hps.reshape(*shape, 2 * joints),
        "hps_mask": hps_mask.reshape(*shape, 2 * joints),
        "hp_offset": hp_offset.reshape(*per_joint, 2),
        "hp_ind": hp_ind.reshape(per_joint),
        "hp_mask": hp_mask.reshape(per_joint),
    }


def _position(people: People, scene: Scene) -> Ints:
    """Return (P,): the instances of the scene that these people are."""
    return np.searchsorted(scene.sample, people.sample) + people.row


def _dense(people: People, scene: Scene, level: Level, dtype: DTypeLike) -> dict[str, NDArray[Any]]:
    """Return dense_hps and its mask; the person with the greatest Gaussian owns a cell, of equals the last."""
    joints, (width, height) = scene.xy.shape[1], level.size
    vectors = np.zeros((scene.samples, joints, 2, height, width), dtype)
    mask = np.zeros(vectors.shape, dtype)
    best = np.zeros((scene.samples, height, width))
    grid = np.stack(np.broadcast_arrays(np.arange(width), np.arange(height)[:, None]))
    for turn in gaussian.turns(people.sample):
        at, cell, reach = people.sample[turn], people.cell[turn], people.radius[turn, None]
        blobs = gaussian.windows(cell, (2 * reach[:, 0] + 1) / 6, cell - reach, cell + reach, level.size)
        drawn = np.zeros((len(cell), height, width))
        gaussian.paint(drawn, np.arange(len(cell)), blobs, gaussian.patches(blobs), "set")
        won = (drawn >= best[at]) & (drawn > 0)
        seen = people.seen[turn][:, :, None, None, None]
        to_joint = people.joint[turn][..., None, None] - grid
        vectors[at] = np.where(won[:, None, None] & seen, to_joint, vectors[at])
        mask[at] = np.maximum(mask[at], np.where(seen, drawn[:, None, None], 0))
        best[at] = np.maximum(best[at], drawn)
    shape = (scene.samples, 2 * joints, height, width)
    return {"dense_hps": vectors.reshape(shape), "dense_hps_mask": mask.reshape(shape)}


ROW_PLANES = ("wh", "reg", "ind", "reg_mask", "hps", "hps_mask", "hp_offset", "hp_ind", "hp_mask")
PLANES = ("heatmaps", "hm", *ROW_PLANES, "weights")


def _codec(name: str, dense: bool) -> Codec:
    return Codec(
        name=name,
        encode=partial(encode, dense=dense),
        align="stride",
        source="Zhou et al. 2019 (CenterNet), MultiPoseDataset at 4c50fd3",
        convention="Gaussians on floored joints and box centres, and a row of offsets per person",
        decoder="centernet",
        planes=(*PLANES, "dense_hps", "dense_hps_mask") if dense else PLANES,
        shift=0.5,
    )


CODEC, DENSE = _codec("centernet", False), _codec("centernet-dense", True)
