"""COCO results lists: what detectors write, one object an instance, scores in the place of v."""

from __future__ import annotations

import numpy as np

from kp2heat.formats.columns import column
from kp2heat.formats.content import Content
from kp2heat.formats.csv_files.rows import distinct
from kp2heat.formats.findings import plural
from kp2heat.formats.json_files.coco import PLACE, boxes, keypoints
from kp2heat.formats.json_files.rows import labelled
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import ParsedFile, id_column


def sniff(head: bytes) -> bool:
    """A JSON list whose first objects have keypoints."""
    return head.lstrip()[:1] == b"[" and (b'"keypoints"' in head or head.strip() == b"[]")


def parse(content: Content, _options: ReadOptions) -> ParsedFile:
    """Rows with keypoints; the images are those that the rows name, their sizes unknown."""
    found = labelled(content, list, list)
    rows, kept = found.rows, found.kept
    xy, third, wrong = keypoints(found.lists["keypoints"], kept, 0)
    named = [row.image_id for row in rows]
    nameless = all(name is None for name in named)
    ids, _, image = distinct(np.zeros(len(rows), np.int64) if nameless else id_column(named))
    is_text = ids.dtype.kind == "U"
    bbox, note = boxes(rows, found.lists["bbox"])
    return ParsedFile(
        title="COCO results list", source=content.name, rows="result", place=PLACE.removeprefix("annotations"),
        xy=xy, third=third, third_kind="score", zero_missing=bool(np.isnan(third).all()),
        id=id_column([row.id for row in rows]), row=np.array(kept, np.int64), image=image,
        image_id=ids, file_name=ids.astype(np.str_) if is_text else np.full(len(ids), "", np.str_),
        bbox=bbox, area=column([row.area for row in rows]), score=column([row.score for row in rows]),
        findings=wrong, notes=(note, f"{plural(found.total - len(kept), 'result')} without keypoints left out")
        if len(kept) < found.total else (note,),
    )  # fmt: skip
