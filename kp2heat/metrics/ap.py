"""COCO's average precision and recall over OKS, counted by faster-coco-eval."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.annotations import Annotations
from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.errors import DependencyError, InputError
from kp2heat.metrics.detections import Detections
from kp2heat.metrics.oks import areas

NAMES = ("AP", "AP50", "AP75", "AP-M", "AP-L", "AR", "AR50", "AR75", "AR-M", "AR-L")


def average_precision(
    truth: Annotations, detections: Detections, sigmas: Floats, *, detected_images_only: bool = False
) -> dict[str, float]:
    """COCO's ten numbers for keypoints (cocodataset.org; pycocotools ``COCOeval``), by name.

    OKS thresholds .50:.05:.95, 101 recall points, 20 detections an image; M: area 32^2 to 96^2, L: above.
    -1, as COCO has it, where no truth is of that size. ``area_from_box``: instances with labelled joints
    whose area is not annotated; 0.53 w h of the box stands in for it. Crowds and instances without labelled
    joints neither count nor punish. ``detected_images_only`` leaves out images without a detection.

    DependencyError without faster-coco-eval; InputError for an instance with neither area nor box.
    """
    library = _library()
    area, from_box = areas(truth.area, truth.bbox)
    labelled = (truth.visible > 0).sum(axis=1) > 0
    lost = np.flatnonzero(labelled & np.isnan(area))
    if len(lost):
        raise InputError(
            f"{truth.source or 'truth'}: annotation {truth.id[lost[0]]}",
            "neither area nor box",
            "OKS needs one",
        )
    kept = np.unique(detections.image) if detected_images_only else np.arange(len(truth.images))
    dataset = {
        "images": [{"id": image} for image in kept.tolist()],
        "categories": [{"id": 1, "name": "instance"}],
        "annotations": _truths(truth, area, labelled, kept),
    }
    ground = library.COCO(dataset)
    found = ground.loadRes(_results(detections, kept))
    evaluation = library.COCOeval_faster(
        ground, found, iouType="keypoints", kpt_oks_sigmas=sigmas.tolist(), print_function=_silent
    )
    evaluation.params.catIds = [1]
    evaluation.run()
    numbers = dict(zip(NAMES, map(float, evaluation.stats), strict=True))
    counted = labelled & ~truth.crowd & np.isin(truth.image, kept)
    return {**numbers, "count": float(counted.sum()), "area_from_box": float((counted & from_box).sum())}


def _library() -> Any:
    try:
        import faster_coco_eval
    except ImportError as problem:
        raise DependencyError(
            "AP", f"faster-coco-eval does not load ({problem})", "install it: pip install 'kp2heat[eval]'"
        ) from problem
    return faster_coco_eval


def _silent(*_: object) -> None:
    """COCOeval reports in words; kp2heat does not."""


def _flat(xy: Floats, third: NDArray[Any]) -> list[list[float]]:
    """(M, K, 2) and (M, K) -> M lists of x, y, third."""
    whole = np.concatenate([xy, third[..., None].astype(float)], axis=-1)
    return whole.reshape(len(xy), 3 * xy.shape[1]).tolist()


def _truths(truth: Annotations, area: Floats, labelled: Bools, kept: Ints) -> list[dict[str, Any]]:
    """COCO annotations numbered from 1 (COCOeval takes an id of 0 for "no match")."""
    usable = np.isin(truth.image, kept) & (labelled | np.isfinite(truth.bbox).all(axis=1))
    part = truth.take(usable)
    columns = zip(
        part.image.tolist(), _flat(np.nan_to_num(part.xy), part.visible), part.crowd.astype(int).tolist(),
        (part.visible > 0).sum(axis=1).tolist(), np.nan_to_num(area[usable]).tolist(),
        np.nan_to_num(part.bbox).tolist(), strict=True,
    )  # fmt: skip
    return [
        {"id": n, "category_id": 1, "image_id": image, "keypoints": keypoints, "iscrowd": crowd,
         "num_keypoints": count, "area": size, "bbox": box}
        for n, (image, keypoints, crowd, count, size, box) in enumerate(columns, start=1)
    ]  # fmt: skip


def _results(detections: Detections, kept: Ints) -> list[dict[str, Any]]:
    """COCO results; a joint without coordinates is infinitely far away."""
    usable = np.isin(detections.image, kept)
    xy = np.where(np.isfinite(detections.xy), detections.xy, np.inf)[usable]
    columns = zip(
        detections.image[usable].tolist(), _flat(xy, detections.confidence[usable]),
        detections.score[usable].tolist(), np.nan_to_num(detections.bbox[usable]).tolist(), strict=True,
    )  # fmt: skip
    return [
        {"category_id": 1, "image_id": image, "keypoints": keypoints, "score": score, "bbox": box}
        for image, keypoints, score, box in columns
    ]
