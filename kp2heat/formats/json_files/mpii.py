"""MPII's list format, as HRNet and mmpose keep it: joints, joints_vis, center, scale, counted from 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct

from kp2heat.formats.checks import PLACES, error
from kp2heat.formats.columns import column, flat, matrix
from kp2heat.formats.content import Content
from kp2heat.formats.csv_files.rows import distinct
from kp2heat.formats.json_files.coco import boxes_round
from kp2heat.formats.json_files.schema import decode
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import ParsedFile
from kp2heat.skeletons import SKELETONS

NAMES = SKELETONS["mpii"].names


class Person(Struct, gc=False):
    """One annotated person."""

    image: Any = None
    joints: Any = None
    joints_vis: Any = None
    center: Any = None
    scale: Any = None


def sniff(head: bytes) -> bool:
    """A JSON list of objects with joints."""
    return head.lstrip()[:1] == b"[" and b'"joints"' in head and b'"image"' in head


def parse(content: Content, _options: ReadOptions) -> ParsedFile:
    """16 joints a person; (-1, -1) and joints_vis 0 are not labelled; MATLAB counts pixels from 1."""
    people = decode(content, list[Person])
    width = 2 * len(NAMES)
    xy = matrix([flat(p.joints) for p in people], width).reshape(-1, len(NAMES), 2)
    odd = [i for i, p in enumerate(people) if len(flat(p.joints)) != width]
    found = f"holds {len(flat(people[odd[0]].joints))} numbers where 16 joints need 32" if odd else ""
    flags = matrix([p.joints_vis or [1] * len(NAMES) for p in people], len(NAMES))
    missing = (xy == -1).all(axis=-1)
    scale = np.repeat(column([p.scale for p in people])[:, None], 2, axis=1)
    names, _, image = distinct(np.array([str(p.image) for p in people], np.str_))
    return ParsedFile(
        title="MPII JSON", source=content.name, rows="person", place="[{row}]", origin="1", names=NAMES,
        xy=xy, third=np.where(missing, 0.0, np.minimum(flags, 1)), third_kind="visibility",
        id=np.arange(len(people)), row=np.arange(len(people)), image=image,
        image_id=np.arange(len(names)), file_name=names, numbered_images=True,
        bbox=boxes_round(matrix([p.center for p in people], 2), scale),
        findings=(
            error("wrong-k", len(odd), [f"[{i}].joints" for i in odd[:PLACES]], found, "write x, y of 16 joints"),
        ) if odd else (), notes=("boxes from center and scale",),
    )  # fmt: skip
