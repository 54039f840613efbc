"""COCO's average precision and recall over OKS, counted by faster-coco-eval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.annotations import Annotations, Array, Images
from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.errors import InputError
from kp2heat.libraries import library
from kp2heat.metrics.normalisers import canonical
from kp2heat.metrics.oks import areas
from kp2heat.metrics.pairing.detections import Detections

NAMES = ("AP", "AP50", "AP75", "AP-M", "AP-L", "AR", "AR50", "AR75", "AR-M", "AR-L")
CROWDING = {"AP-easy": (-np.inf, 0.2), "AP-medium": (0.2, 0.8), "AP-hard": (0.8, np.inf)}
"""CrowdPose's crowd indices, from and below, as its evaluation script has them (its paper says 0.1 for 0.2)."""

HEAD_AND_NECK = ("head", "tophead", "neck")
"""Joints that CrowdPose leaves out of ``num_keypoints``, which says whether an instance counts."""


def average_precision(
    truth: Annotations, detections: Detections, sigmas: Floats, *, detected_images_only: bool = False
) -> dict[str, float]:
    """Return COCO's ten numbers for keypoints (cocodataset.org; pycocotools ``COCOeval``), by name.

    OKS thresholds .50:.05:.95, 101 recall points, 20 detections per image; M: area 32^2 to 96^2, L: above;
    the mean over categories. A number is -1, as in COCO, where no instance has that size. Images are numbered
    by the rank of their ids, which is how COCO breaks ties of scores. ``area_from_box``: instances with
    labelled joints for which 0.53 w h of the box replaces a missing area. Crowds and instances without
    labelled joints neither count nor punish. ``detected_images_only`` skips images without a detection.

    DependencyError without faster-coco-eval; InputError for an instance with neither area nor box.
    """
    area, from_box = areas(truth.area, truth.bbox)
    labelled = (truth.visible > 0).sum(axis=1) > 0
    lost = np.flatnonzero(labelled & np.isnan(area))
    if len(lost):
        where = f"{truth.source or 'truth'}: annotation {truth.id[lost[0]]}"
        raise InputError(where, "neither area nor box", "OKS needs one")
    kept = np.unique(detections.image) if detected_images_only else np.arange(len(truth.images))
    inside = np.isin(truth.image, kept)
    counted = labelled & ~truth.crowd & inside
    usable = inside & (labelled | np.isfinite(truth.bbox).all(axis=1))
    numbers = _coco_numbers(truth.take(usable), area[usable], detections, kept, sigmas)
    return {**numbers, "count": float(counted.sum()), "area_from_box": float((counted & from_box).sum())}


def precision_by_crowding(truth: Annotations, detections: Detections, sigmas: Floats) -> dict[str, float]:
    """Return CrowdPose's AP of its easy, medium and hard images; nothing where the truth has no crowd indices.

    Li et al. 2019, "CrowdPose", and its evaluation script. -1 where no image is of that kind.
    """
    crowding = truth.images.crowding
    if not np.isfinite(crowding).any():
        return {}
    numbers = {}
    for name, (low, below) in CROWDING.items():
        rows = np.flatnonzero((crowding >= low) & (crowding < below))
        part = truth.take(np.isin(truth.image, rows))
        some = detections.take(np.isin(detections.image, rows))
        numbers[name] = average_precision(part, some, sigmas)["AP"]
    return numbers


def _coco_numbers(
    truth: Annotations, area: Floats, detections: Detections, kept: Ints, sigmas: Floats
) -> dict[str, float]:
    """Return the ten numbers of instances (N,) of known area, in the images ``kept``."""
    coco = library("faster_coco_eval", "AP")
    numbers = image_ranks(truth.images)
    categories = np.unique(truth.category)
    dataset = {
        "images": [{"id": image} for image in np.sort(numbers[kept]).tolist()],
        "categories": [{"id": i, "name": str(name)} for i, name in enumerate(categories.tolist(), start=1)],
        "annotations": _truths(truth, area, numbers, categories),
    }
    ground = coco.COCO(dataset)
    results = ground.loadRes(_results(detections, kept, numbers, categories))
    evaluation = coco.COCOeval_faster(
        ground, results, iouType="keypoints", kpt_oks_sigmas=sigmas.tolist(), print_function=_silent
    )
    evaluation.params.catIds = [*range(1, len(categories) + 1)]
    evaluation.run()
    return dict(zip(NAMES, map(float, evaluation.stats), strict=True))


def _silent(*_: object) -> None:
    """Discard what COCOeval prints."""


def image_ranks(images: Images) -> Ints:
    """Return the (M,) rank of each image by its id, or by its file name where the file has no ids.

    >>> image_ranks(Images(np.array([30, 10, 20]), np.array(["a", "b", "c"]), np.zeros((3, 2))))
    array([2, 0, 1])
    """
    order = np.argsort(images.file_name if images.numbered else images.id, kind="stable")
    return np.argsort(order)


def _flat(xy: Floats, third: NDArray[Any]) -> Floats:
    """Return (M, 3 K): x, y, third of each joint, from (M, K, 2) and (M, K)."""
    whole = np.concatenate([xy, third[..., None].astype(float)], axis=-1)
    return whole.reshape(len(xy), 3 * xy.shape[1])


def _rows(columns: Mapping[str, NDArray[Any]]) -> list[dict[str, Any]]:
    """Return a dict per row of these columns."""
    values = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in values]


def _truths(truth: Annotations, area: Floats, numbers: Ints, categories: Array) -> list[dict[str, Any]]:
    """Return COCO annotations numbered from 1, because COCOeval takes an id of 0 for "no match"."""
    columns = {
        "id": np.arange(1, len(truth) + 1),
        "keypoints": _flat(np.nan_to_num(truth.xy), truth.visible),
        "image_id": numbers[truth.image],
        "category_id": np.searchsorted(categories, truth.category) + 1,
        "iscrowd": truth.crowd.astype(int),
        "num_keypoints": _counted_joints(truth).sum(axis=1),
        "area": np.nan_to_num(area),
        "bbox": np.nan_to_num(truth.bbox),
    }
    return _rows(columns)


def _counted_joints(truth: Annotations) -> Bools:
    """Return the (N, K) labelled joints that make an instance count; in CrowdPose head and neck do not."""
    limbs = np.array([canonical(name) not in HEAD_AND_NECK for name in truth.skeleton.names])
    crowd_pose = np.isfinite(truth.images.crowding).any()
    return (truth.visible > 0) & (limbs | ~crowd_pose)


def _results(detections: Detections, kept: Ints, numbers: Ints, categories: Array) -> list[dict[str, Any]]:
    """Return COCO results; a joint without coordinates is infinitely far away."""
    some = detections.take(np.isin(detections.image, kept) & np.isin(detections.category, categories))
    columns = {
        "keypoints": _flat(np.where(np.isfinite(some.xy), some.xy, np.inf), some.confidence),
        "image_id": numbers[some.image],
        "category_id": np.searchsorted(categories, some.category) + 1,
        "score": some.score,
        "bbox": np.nan_to_num(some.bbox),
    }
    return _rows(columns)
