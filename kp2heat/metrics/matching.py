"""Which detection belongs to which annotated instance: as the file says, one an image, or as COCO matches."""

from __future__ import annotations

import numpy as np

from kp2heat.annotations import Annotations
from kp2heat.arrays import Floats, Ints
from kp2heat.metrics.columns import mean
from kp2heat.metrics.detections import Detections
from kp2heat.metrics.neighbours import rank_within, rows_of
from kp2heat.metrics.oks import areas, similarity
from kp2heat.metrics.pairs import Pairs

LEAST = 0.1
"""OKS a detection must have with an instance to be taken for it (Ronchi & Perona 2017)."""

CHUNK = 4096


def match(truth: Annotations, detections: Detections, sigmas: Floats, least: float = LEAST) -> Ints:
    """(N,) row of the detection that each instance got, -1 for none.

    In every image the detections choose in the order of their scores, each the instance not yet taken with
    which it has the greatest OKS, if that is at least ``least``. Crowds and instances without labelled
    joints are not there to choose; nor are those with neither area nor box, whose OKS is not known.
    """
    matched = np.full(len(truth), -1, np.int64)
    candidates = np.flatnonzero((truth.visible > 0).any(axis=1) & ~truth.crowd)
    if not len(candidates):
        return matched
    table = rows_of(truth.image[candidates], len(truth.images))
    table = np.where(table >= 0, candidates[table], -1)
    order = np.argsort(-detections.score, kind="stable")
    turn = np.empty(len(detections), np.int64)
    turn[order] = rank_within(detections.image[order])
    near = _similar(truth, detections, sigmas, table)
    free = table >= 0
    for now in range(int(turn.max(initial=-1)) + 1):
        choosers = np.flatnonzero(turn == now)
        image = detections.image[choosers]
        offers = np.where(free[image], near[choosers], -1.0)
        best = offers.argmax(axis=1)
        sure = offers[np.arange(len(choosers)), best] >= least
        matched[table[image, best][sure]] = choosers[sure]
        free[image[sure], best[sure]] = False
    return matched


def _similar(truth: Annotations, detections: Detections, sigmas: Floats, table: Ints) -> Floats:
    """(M, G): OKS of each detection with the instances of its image, -1 where there is none."""
    area, _ = areas(truth.area, truth.bbox)
    near = np.full((len(detections), table.shape[1]), -1.0)
    for start in range(0, len(detections), CHUNK):
        rows = slice(start, start + CHUNK)
        others = table[detections.image[rows]]
        squared = ((detections.xy[rows, None] - truth.xy[others]) ** 2).sum(axis=-1)
        counted = (truth.visible[others] > 0) & np.isfinite(truth.xy[others]).all(axis=-1)
        joints = np.where(np.isfinite(squared), similarity(squared, area[others], sigmas), 0.0)
        usable = (others >= 0) & np.isfinite(area[others]) & (counted.sum(axis=-1) > 0)
        scores = mean(np.moveaxis(joints, -1, 0), np.moveaxis(counted, -1, 0))
        near[rows] = np.where(usable, scores, -1.0)
    return near


def match_by_id(truth: Annotations, detections: Detections) -> Ints | None:
    """(N,) row of the detection made for each instance, -1 for none; None where ids do not tell.

    They tell where every detection has one of its own that an annotation of the same image has.
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
    """(N,) row of the only detection in the image of each instance, -1 for none; None where an image has several."""
    instances = np.flatnonzero((truth.visible > 0).any(axis=1) & ~truth.crowd)
    crowded = (np.bincount(truth.image[instances], minlength=1).max() > 1) or (
        np.bincount(detections.image, minlength=1).max() > 1
    )
    if crowded:
        return None
    of_image = np.full(len(truth.images), -1, np.int64)
    of_image[detections.image] = np.arange(len(detections))
    matched = np.full(len(truth), -1, np.int64)
    matched[instances] = of_image[truth.image[instances]]
    return matched


def paired(truth: Annotations, detections: Detections, matched: Ints) -> Pairs:
    """Each annotated instance with its detection, in image px; crowds are not scored.

    matched (N,) rows of detections, -1 for none, from :func:`match` or known beforehand.
    """
    has = matched >= 0
    xy = np.full(truth.xy.shape, np.nan)
    score = np.full(truth.visible.shape, np.nan)
    xy[has], score[has] = detections.detected()[matched[has]], detections.confidence[matched[has]]
    return Pairs(
        skeleton=truth.skeleton, truth=truth.xy, predicted=xy, visible=truth.visible,
        scored=np.broadcast_to(~truth.crowd[:, None], truth.visible.shape),
        bbox=truth.bbox, area=truth.area, score=score, image=truth.image,
    )  # fmt: skip
