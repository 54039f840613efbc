"""AI Challenger's own JSON (Wu et al., 2017): a list of images, joints by the name of the person."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct

from kp2heat.formats.columns import matrix
from kp2heat.formats.content import Content
from kp2heat.formats.json_files.keypoint_lists import Layout, keypoints
from kp2heat.formats.json_files.schema import decode
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import ParsedFile
from kp2heat.skeleton.named import SKELETONS

PLACE = "[{row}]"
NAMES = SKELETONS["aic"].names
VISIBILITY = np.array([np.nan, 2.0, 1.0, 0.0])
"""AIC's 1 visible, 2 hidden, 3 not labelled, in COCO's numbers."""


class Scene(Struct, gc=False):
    """One image and its people."""

    image_id: Any = None
    keypoint_annotations: dict[str, Any] = {}
    human_annotations: dict[str, Any] = {}


def sniff(head: bytes) -> bool:
    """Return whether the content is a JSON list of objects with AIC's keys."""
    return head.lstrip()[:1] == b"[" and b'"keypoint_annotations"' in head


def parse(content: Content, _options: ReadOptions) -> ParsedFile:
    """Return 14 joints per person; boxes are corners in the file."""
    scenes = decode(content, list[Scene])
    rows = [
        (i, name, joints)
        for i, scene in enumerate(scenes)
        for name, joints in scene.keypoint_annotations.items()
    ]
    image = np.array([i for i, *_ in rows], np.int64)
    xy, third, wrong = keypoints(
        [joints for *_, joints in rows], image.tolist(), Layout(len(NAMES), 3), PLACE
    )
    known = np.isin(third, (1, 2, 3))
    box = matrix([scenes[i].human_annotations.get(name) for i, name, _ in rows], 4)
    box[:, 2:] -= box[:, :2]
    names = np.array([str(scene.image_id) for scene in scenes], np.str_)
    return ParsedFile(
        title="AI Challenger JSON",
        source=content.name,
        rows="person",
        place=PLACE,
        names=NAMES,
        row=image,
        xy=xy,
        third=np.where(known, VISIBILITY[np.where(known, third, 0).astype(int)], third),
        third_kind="visibility",
        id=np.arange(len(rows)),
        image=image,
        bbox=box,
        image_id=np.arange(len(names)),
        file_name=names,
        numbered_images=True,
        findings=wrong,
    )
