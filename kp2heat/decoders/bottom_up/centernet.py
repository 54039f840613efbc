"""``centernet``: people from centres, and their joints from the peaks next to where each person expects them.

Zhou, Wang and Kraehenbuehl 2019, "Objects as points", section 5; models/decode.py, multi_pose_decode. Reads
the maps a network gives (``hm``, ``heatmaps``, ``wh``, ``reg``, ``hps``, ``hp_offset``, each (N, C, H, W), after
the sigmoid), or the rows of a label, which are put back into maps at their ``ind``. In a label every joint has
an offset of its own; a network's two offset maps are shared by all joints, and joints in one cell disturb each
other (up to 2 px at stride 4): so do a label's with ``literal=True``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Floats, Ints
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.nms import peak_cells
from kp2heat.peaks import Peaks

JOINT_SCORE = 0.1
"""A joint's peak counts above it."""
REACH = 0.3
"""A peak replaces a regressed joint within this share of the box's longer side."""


class Detections(NamedTuple):
    """P people per sample, as many as the richest sample has (at least 1), best first; score 0 and NaN elsewhere.

    score (N, P), category (N, P) int64, box (N, P, 4) x1, y1, x2, y2 in cells,
    joint (N, P, K, 2) in cells, joint_score (N, P, K): of the peak, or 0 where the regressed joint is kept
    """

    score: Floats
    category: Ints
    box: Floats
    joint: Floats
    joint_score: Floats


def detections(
    planes: Planes, *, candidates: int = 100, snap: bool = True, literal: bool = False
) -> Detections:
    """Return the ``candidates`` best centres and their joints; ``snap``: moved to the peaks of ``heatmaps``."""
    maps = {name: plane.astype(np.float64, copy=False) for name, plane in planes.items()}
    width = maps["hm"].shape[-1]
    score, category, cell = _best(maps["hm"], candidates)
    inside = np.stack([cell % width, cell // width], axis=-1).astype(np.float64)
    at = np.where(score > 0, cell, 0)
    offset = _read(_as_map(maps, "reg", "ind", "reg_mask"), at) if "reg" in maps else 0.5
    centre = inside + offset
    side = _read(_as_map(maps, "wh", "ind", "reg_mask"), at)
    box = np.concatenate([centre - side / 2, centre + side / 2], axis=-1)
    hps = _read(_as_map(maps, "hps", "ind", "reg_mask"), at)
    joint = hps.reshape(*hps.shape[:2], -1, 2) + inside[:, :, None]
    if "hps_mask" in maps and not literal:
        annotated = _read(_as_map(maps, "hps_mask", "ind", "reg_mask"), at) > 0
        joint = np.where(annotated.reshape(joint.shape), joint, np.nan)
    joint_score = np.zeros(joint.shape[:3])
    if snap:
        joint, joint_score = _snapped(maps, joint, box, candidates, literal)
    none = score <= 0
    for values in (box, joint):
        values[none] = np.nan
    joint_score[none] = 0
    return Detections(np.where(none, 0, score), category, box, joint, joint_score)


def _ranked(maps: Floats, threshold: float, count: int) -> tuple[Floats, Ints]:
    """Return score and cell (N, C, P) of the best ``count`` (or fewer) local maxima of maps (N, C, H, W)."""
    located = peak_cells(maps, "maxpool", threshold, max(2, count))
    rank = located.slot % located.shape[-1]
    shape = (*maps.shape[:2], int(rank.max(initial=0)) + 1)
    score, cell = np.zeros(shape).reshape(-1, shape[-1]), np.zeros(shape, np.int64).reshape(-1, shape[-1])
    score[located.which, rank], cell[located.which, rank] = (
        located.score,
        located.y * maps.shape[-1] + located.x,
    )
    return score.reshape(shape), cell.reshape(shape)


def _best(hm: Floats, count: int) -> tuple[Floats, Ints, Ints]:
    """Score, category and cell (N, P) of the best centres over all categories."""
    score, cell = _ranked(hm, 0.0, count)
    n, _, several = score.shape
    score, cell = score.reshape(n, -1), cell.reshape(n, -1)
    order = np.argsort(-score, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(score, order, 1), order // several, np.take_along_axis(cell, order, 1)


def _as_map(planes: Planes, name: str, where: str, mask: str, channels: int = 1) -> Floats:
    """Return a plane as maps (N, C, H, W): as it is, or its rows (N, M, c) put where ``where`` and ``mask`` (N, M) say.

    ``channels`` > 1: rows take turns in as many channels of c, a joint each.
    """
    plane = planes[name]
    if plane.ndim == 4:
        return plane
    n, _, depth = plane.shape
    height, width = planes["hm"].shape[-2:]
    out = np.zeros((n, channels, depth, height * width))
    sample, row = np.nonzero(planes[mask] > 0)
    cell = planes[where][sample, row].astype(np.int64)
    out[sample, row % channels, :, cell] = plane[sample, row]
    return out.reshape(n, channels * depth, height, width)


def _read(maps: Floats, cell: Ints) -> Floats:
    """Return (N, P, C): the channels of maps (N, C, H, W) at cells (N, P)."""
    n, depth = maps.shape[:2]
    return np.take_along_axis(maps.reshape(n, depth, -1).transpose(0, 2, 1), cell[..., None], 1)


def _snapped(
    planes: dict[str, NDArray[Any]], joint: Floats, box: Floats, candidates: int, literal: bool
) -> tuple[Floats, Floats]:
    """Return each regressed joint (N, P, K, 2) moved to the nearest peak of its map, if one is near and in the box."""
    score, cell = _ranked(planes["heatmaps"], JOINT_SCORE, candidates)
    width = planes["heatmaps"].shape[-1]
    where = np.stack([cell % width, cell // width], axis=-1) + _within(planes, cell, literal)
    where[score == 0] = np.nan
    gap = np.linalg.norm(joint.transpose(0, 2, 1, 3)[:, :, :, None] - where[:, :, None], axis=-1)
    gap = np.where(np.isfinite(gap), gap, np.inf)
    nearest = gap.argmin(axis=-1)
    gap = np.take_along_axis(gap, nearest[..., None], -1)[..., 0].transpose(0, 2, 1)
    peak = np.take_along_axis(where, nearest[..., None], 2).transpose(0, 2, 1, 3)
    peak_score = np.take_along_axis(score, nearest, 2).transpose(0, 2, 1)
    low, high = box[:, :, None, :2], box[:, :, None, 2:]
    reach = REACH * (box[..., 2:] - box[..., :2]).max(axis=-1)[..., None]
    good = ((peak >= low) & (peak <= high)).all(axis=-1) & (gap <= reach) & np.isfinite(gap)
    return np.where(good[..., None], peak, joint), np.where(good, peak_score, 0)


def _within(planes: dict[str, NDArray[Any]], cell: Ints, literal: bool) -> Floats | float:
    """Return (N, K, P, 2) where in its cell each of a joint's peaks lies."""
    if "hp_offset" not in planes:
        return 0.5
    n, joints, _ = cell.shape
    kinds = joints if planes["hp_offset"].ndim == 3 and not literal else 1
    maps = _as_map(planes, "hp_offset", "hp_ind", "hp_mask", kinds).reshape(n, kinds, 2, -1)
    maps = np.broadcast_to(maps, (n, joints, *maps.shape[2:]))
    return np.take_along_axis(maps, cell[:, :, None], 3).transpose(0, 1, 3, 2)


def centernet(
    planes: Planes,
    _level: Level,
    *,
    candidates: int = 100,
    snap: bool = True,
    literal: bool = False,
    top: int = 1,
    threshold: float = 0.0,
) -> Peaks:
    """Return the joints (N, K, 2) of the best person of each sample, or (N, K, top, 2) of the ``top`` best, in cells.

    A joint's score is its person's; ``refined`` says that a peak of its own map was found. A joint that a
    label does not hold (``hps_mask``) is NaN, but with ``literal=True`` its person's centre.

    >>> import kp2heat
    >>> size = {"input_size": (96, 128), "size": (24, 32), "codec": "centernet"}
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], bbox=[[0, 0, 96, 128]], **size)
    >>> del size["size"]
    >>> kp2heat.decode(planes, method="centernet", **size).xy.round(1).tolist()
    [[[31.3, 52.8]]]
    """
    people = detections(planes, candidates=max(candidates, top), snap=snap, literal=literal)
    score = people.score[:, :top]
    xy = np.where((score > threshold)[..., None, None], people.joint[:, :top], np.nan)
    known = np.isfinite(xy).all(axis=-1)
    each = np.where(known, score[..., None], 0.0)
    refined = known & (people.joint_score[:, :top] > 0)
    missing = [(0, 0), (0, 0), (0, top - xy.shape[1])]
    xy = np.pad(np.moveaxis(xy, 1, 2), [*missing, (0, 0)], constant_values=np.nan)
    each, flags = (np.pad(np.swapaxes(a, 1, 2), missing) for a in (each, refined.astype(np.float64)))
    return Peaks(xy, each, flags > 0, "cell").first(top)


DECODER = Decoder(
    "centernet",
    centernet,
    "Zhou et al. 2019 (CenterNet), models/decode.py multi_pose_decode at 4c50fd3",
    ("heatmaps", "hm", "wh", "hps"),
    absolute=True,
)
