"""One part of COCO-WholeBody's 133 joints: what its evaluation script scores separately."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from kp2heat.annotations import Annotations
from kp2heat.errors import SpecError, check_choice
from kp2heat.metrics.pairing.detections import Detections
from kp2heat.skeleton import Skeleton

PARTS: Mapping[str, slice] = {
    "wholebody": slice(0, 133),
    "body": slice(0, 17),
    "foot": slice(17, 23),
    "face": slice(23, 91),
    "lefthand": slice(91, 112),
    "righthand": slice(112, 133),
}
"""Joints of each part (Jin et al., ECCV 2020)."""
JOINTS = 133


def truth_of_part(truth: Annotations, part: str) -> Annotations:
    """Return the truth with the joints of one part only; SpecError where it has no such part.

    Areas and boxes stay those of the whole person, as in COCO-WholeBody's script.
    """
    check_choice("--part", part, PARTS, "is not a part")
    if len(truth.skeleton) != JOINTS:
        found = f"the truth has {len(truth.skeleton)} joints, COCO-WholeBody has {JOINTS}"
        raise SpecError("--part", found, "leave --part out")
    joints = PARTS[part]
    skeleton = Skeleton(truth.skeleton.names[joints])
    return replace(truth, skeleton=skeleton, xy=truth.xy[:, joints], visible=truth.visible[:, joints])


def detections_of_part(detections: Detections, part: str) -> Detections:
    """Return the detections with the joints of one part only; those without a confidence above 0 are dropped.

    Their boxes stay as they are: the script takes a detection's size from its box, or else from the extent of
    its 17 body joints, whatever the part is.
    """
    joints = PARTS[part]
    some = replace(detections, xy=detections.xy[:, joints], confidence=detections.confidence[:, joints])
    return some.take(np.asarray((some.confidence > 0).any(axis=1)))
