"""Match detections with annotated instances: by id, one per image, or as COCO does. Categories never mix."""

from __future__ import annotations

import numpy as np

from kp2heat.annotations import Annotations
from kp2heat.arrays import Floats, Ints
from kp2heat.metrics.columns import mean
from kp2heat.metrics.oks import areas, similarity
from kp2heat.metrics.pairing.detections import Detections
from kp2heat.metrics.pairing.neighbours import rank_within, rows_of
from kp2heat.metrics.pairing.pairs import Pairs

LEAST = 0.1
"""Least OKS of a detection with the instance it is matched with (Ronchi & Perona 2017)."""

CHUNK = 4096
"""Detections compared at a time."""


def match(truth: Annotations, detections: Detections, sigmas: Floats, least: float = LEAST) -> Ints:
    """Return the (N,) row of the detection that each instance got, -1 for none.

    In every image the detections of a category choose in the order of their scores: each takes the free
    instance with which it has the greatest OKS, if that is at least ``least``. Where scores are equal, the
    detection with the greater OKS chooses first, so that the order of the file does not matter. Crowds,
    instances without labelled joints, and those with neither area nor box cannot be chosen.
    """
    matched = np.full(len(truth), -1, np.int64)
    candidates = np.flatnonzero((truth.visible > 0).any(axis=1) & ~truth.crowd)
    if not len(candidates):
        return matched
    truth_group, group, count = _groups(truth, detections)
    table = rows_of(truth_group[candidates], count)
    table = np.where(table >= 0, candidates[table], -1)
    near = _similar(truth, detections, sigmas, table[group])
    order = np.lexsort((-near.max(axis=1), -detections.score))
    turn = rank_within(group[order])[np.argsort(order)]
    free = table >= 0
    for now in range(int(turn.max(initial=-1)) + 1):
        choosers = np.flatnonzero(turn == now)
        chosen_from = group[choosers]
        offers = np.where(free[chosen_from], near[choosers], -1.0)
        best = offers.argmax(axis=1)
        sure = offers[np.arange(len(choosers)), best] >= least
        matched[table[chosen_from, best][sure]] = choosers[sure]
        free[chosen_from[sure], best[sure]] = False
    return matched


def _groups(truth: Annotations, detections: Detections) -> tuple[Ints, Ints, int]:
    """Return numbers of the image and category of the (N,) instances and (M,) detections, and how many there are."""
    names, category = np.unique(np.concatenate([truth.category, detections.category]), return_inverse=True)
    image = np.concatenate([truth.image, detections.image])
    groups, number = np.unique(image * len(names) + category, return_inverse=True)
    return number[: len(truth)], number[len(truth) :], len(groups)


def _similar(truth: Annotations, detections: Detections, sigmas: Floats, table: Ints) -> Floats:
    """Return the (M, G) OKS of each detection with the instances ``table`` (M, G), -1 where there is none."""
    area, _ = areas(truth.area, truth.bbox)
    near, xy = np.full(table.shape, -1.0), detections.detected()
    for start in range(0, len(detections), CHUNK):
        rows = slice(start, start + CHUNK)
        others = table[rows]
        squared = ((xy[rows, None] - truth.xy[others]) ** 2).sum(axis=-1)
        counted = (truth.visible[others] > 0) & np.isfinite(truth.xy[others]).all(axis=-1)
        joints = np.where(np.isfinite(squared), similarity(squared, area[others], sigmas), 0.0)
        usable = (others >= 0) & np.isfinite(area[others]) & (counted.sum(axis=-1) > 0)
        scores = mean(np.moveaxis(joints, -1, 0), np.moveaxis(counted, -1, 0))
        near[rows] = np.where(usable, scores, -1.0)
    return near


def match_by_id(truth: Annotations, detections: Detections) -> Ints | None:
    """Return the (N,) row of the detection made for each instance, -1 for none; None where the ids do not tell.

    They tell where each detection has an id of its own, which is that of an annotation of the same image.
    """
    ids = detections.id.tolist()
    if len(ids) != len(detections) or len(set(ids)) != len(ids):
        return None
    rows = {str(name): row for row, name in enumerate(truth.id.tolist())}
    meant = np.array([rows.get(str(name), -1) for name in ids], np.int64)
    if (meant < 0).any() or (truth.image[meant] != detections.image).any():
        return None
    matched = np.full(len(truth), -1, np.int64)
    matched[meant] = np.arange(len(ids))
    return matched


def match_by_image(truth: Annotations, detections: Detections) -> Ints | None:
    """Return the (N,) row of the only detection in each instance's image, -1 for none.

    None where an image has several instances, or several detections, of one category.
    """
    instances = np.flatnonzero((truth.visible > 0).any(axis=1) & ~truth.crowd)
    truth_group, group, count = _groups(truth, detections)
    for numbers in (truth_group[instances], group):
        if np.bincount(numbers, minlength=1).max() > 1:
            return None
    of_group = np.full(count, -1, np.int64)
    of_group[group] = np.arange(len(detections))
    matched = np.full(len(truth), -1, np.int64)
    matched[instances] = of_group[truth_group[instances]]
    return matched


def paired(truth: Annotations, detections: Detections, matched: Ints) -> Pairs:
    """Return each annotated instance with its detection, in image px; crowds are not scored.

    matched (N,) rows of detections, -1 for none, from :func:`match` or known beforehand.
    """
    has = matched >= 0
    xy = np.full(truth.xy.shape, np.nan)
    score = np.full(truth.visible.shape, np.nan)
    xy[has], score[has] = detections.detected()[matched[has]], detections.confidence[matched[has]]
    return Pairs(
        skeleton=truth.skeleton,
        truth=truth.xy,
        predicted=xy,
        visible=truth.visible,
        scored=np.broadcast_to(~truth.crowd[:, None], truth.visible.shape),
        bbox=truth.bbox,
        area=truth.area,
        head=truth.head,
        score=score,
        image=truth.image,
    )
