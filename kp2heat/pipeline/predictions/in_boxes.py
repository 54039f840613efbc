"""Predictions without labels: the boxes they were made in, and the settings of the network, are enough."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from kp2heat import frame as frames
from kp2heat.errors import InputError, SpecError
from kp2heat.files.input_file import check_regular, damage_reported
from kp2heat.pipeline.decoding.undo_normalisation import methods_for, peaks_in_cells
from kp2heat.pipeline.encoding.planning.framing import frame_alignment
from kp2heat.pipeline.predictions.align import Settings, align_predictions
from kp2heat.pipeline.predictions.files import open_predictions
from kp2heat.skeleton import Skeleton
from kp2heat.spec import Spec

ROWS = 256
FARTHEST = 2.0**31
"""Px and scores beyond this are mistakes, as in annotations."""


def decode_boxes(
    settings: Settings,
    spec: Spec,
    boxes: Path,
    *,
    method: str = "auto",
    min_score: float | None = None,
    **params: Any,
) -> list[dict[str, Any]]:
    """Return the COCO results of predictions made in the boxes of a detections list, one row of maps per box.

    A result's score is its box's score (1 where it has none) times the mean score of its joints.
    SpecError where the settings do not say how a box becomes the input; InputError on files that do not fit.
    """
    if spec.input_size is None or spec.fit not in ("crop", None):
        raise SpecError(
            "--config", "the settings do not crop boxes to an input size", 'set fit = "crop" and input_size'
        )
    detections = _read_boxes(boxes)
    first = open_predictions(settings.files[0])
    names = settings.channels or first.channels
    skeleton = Skeleton(tuple(names)) if names else Skeleton.numbered(first.shape[1])
    levels = {level.name: level for level in spec.levels(spec.input_size)}
    bbox = np.array([d["bbox"] for d in detections], float).reshape(-1, 4)
    ids = np.array([d.get("id", i) for i, d in enumerate(detections)])
    predicted = align_predictions(settings, skeleton, spec.input_size, levels, spec, ids)
    (used,) = methods_for(method, spec.codec, ["heatmaps"], predicted=True)
    frame = frames.crop(bbox, spec.input_size, spec.padding, frame_alignment(spec))
    rows: list[dict[str, Any]] = []
    for start in range(0, len(detections), ROWS):
        stop = min(start + ROWS, len(detections))
        maps, _, _ = predicted.maps(start, stop)
        peaks = peaks_in_cells({"heatmaps": maps}, predicted.level, spec.codec, used, **params)
        xy = frame.take(slice(start, stop)).to_image(predicted.level.alignment.to_input(peaks.xy))
        kept = np.isfinite(xy).all(axis=-1) & (peaks.score >= (-np.inf if min_score is None else min_score))
        triples = np.where(kept[..., None], np.concatenate([xy, peaks.score[..., None]], axis=-1), 0.0)
        mean = np.where(kept, peaks.score, 0).sum(axis=1) / np.maximum(kept.sum(axis=1), 1)
        rows += [
            {
                "image_id": d["image_id"],
                "category_id": d.get("category_id", 1),
                "keypoints": triples[i].ravel().tolist(),
                "score": float(d.get("score", 1.0) * mean[i]),
                "bbox": d["bbox"],
            }
            for i, d in enumerate(detections[start:stop])
        ]
    return rows


def _read_boxes(path: Path) -> list[dict[str, Any]]:
    """Return ``[{image_id, bbox, score}, ...]``, or the annotations of a COCO file."""
    check_regular(path)
    with damage_reported(str(path), "cannot be read as JSON", "give a COCO detections list"):
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    rows = content.get("annotations", []) if isinstance(content, dict) else content
    if not isinstance(rows, list):
        raise InputError(path.name, "is not a list of detections", "give [{image_id, bbox, score}, ...]")
    for i, row in enumerate(rows):
        where = f"{path.name}, $[{i}]"
        box = row.get("bbox") if isinstance(row, dict) else None
        if not _is_box(box) or not isinstance(row.get("image_id"), int | str):
            raise InputError(where, f"has no usable bbox or image_id ({box})", "correct that row")
        if not _is_number(row.get("score", 1.0)):
            raise InputError(where, f"has the score {row['score']!r}, which is no number", "correct that row")
        if not isinstance(row.get("id", i), int | str):
            raise InputError(where, f"has the id {row['id']!r}", "give a number or a text")
    return rows


def _is_box(box: object) -> bool:
    """Return whether this is x, y, width and height of a box that can be cut out."""
    return isinstance(box, list) and len(box) == 4 and all(map(_is_number, box)) and min(box[2:]) > 0


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) < FARTHEST
