"""The JSON report of an evaluation as types: one form of ``kp2heat.pipeline.json_reports``."""

from __future__ import annotations

from typing import Any, TypedDict

Numbers = dict[str, float | int | None]
"""Numbers by name; null where a number is undefined."""


class ScoresJson(TypedDict):
    """Scores of one metric: over all scored joints, and of each joint by its name."""

    overall: Numbers
    per_joint: dict[str, Numbers]


class EvaluationJson(TypedDict):
    """What ``kp2heat evaluate --json`` prints.

    Counts of images, instances and results; metrics by name; groups of joints by name, then metric; COCO's
    numbers; the calibration of scores; and notes on what was assumed.
    """

    images: int
    instances: int
    matched: int
    detections: int
    unmatched_detections: int
    on_unknown_images: int
    matching: str
    images_identified_by: str
    joints: list[str]
    metrics: dict[str, ScoresJson]
    groups: dict[str, dict[str, Numbers]]
    ap: Numbers
    calibration: dict[str, dict[str, Any]]
    notes: list[str]
