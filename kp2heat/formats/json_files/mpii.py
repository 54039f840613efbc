"""MPII's list format, as HRNet and mmpose keep it: joints, joints_vis, center, scale, counted from 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct

from kp2heat.formats.columns import column, matrix
from kp2heat.formats.content import Content
from kp2heat.formats.csv_files.rows import distinct
from kp2heat.formats.json_files.boxes import boxes_around
from kp2heat.formats.json_files.keypoint_lists import Layout, keypoints
from kp2heat.formats.json_files.schema import decode
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import ParsedFile
from kp2heat.skeleton.named import SKELETONS

PLACE = "[{row}]"
NAMES = SKELETONS["mpii"].names


class Person(Struct, gc=False):
    """One annotated person."""

    image: Any = None
    joints: Any = None
    joints_vis: Any = None
    center: Any = None
    scale: Any = None


def sniff(head: bytes) -> bool:
    """Return whether the content is a JSON list of objects with joints."""
    return head.lstrip()[:1] == b"[" and b'"joints"' in head and b'"image"' in head


def parse(content: Content, _options: ReadOptions) -> ParsedFile:
    """Return 16 joints per person; (-1, -1) and joints_vis 0 are not labelled; MATLAB counts pixels from 1."""
    people = decode(content, list[Person])
    rows = np.arange(len(people))
    xy, _, wrong = keypoints([p.joints for p in people], rows.tolist(), Layout(len(NAMES), 2), PLACE)
    flags = matrix([p.joints_vis or [1] * len(NAMES) for p in people], len(NAMES))
    missing = (xy == -1).all(axis=-1)
    scale = np.repeat(column([p.scale for p in people])[:, None], 2, axis=1)
    names, _, image = distinct(np.array([str(p.image) for p in people], np.str_))
    return ParsedFile(
        title="MPII JSON",
        source=content.name,
        rows="person",
        place=PLACE,
        origin="1",
        names=NAMES,
        xy=xy,
        third=np.where(missing, 0.0, np.minimum(flags, 1)),
        third_kind="visibility",
        id=rows,
        row=rows,
        image=image,
        image_id=np.arange(len(names)),
        file_name=names,
        numbered_images=True,
        bbox=boxes_around(matrix([p.center for p in people], 2), scale),
        findings=wrong,
        notes=("boxes from center and scale",),
    )
