"""COCO results lists: what detectors write, one object per instance, with scores in the place of v."""

from __future__ import annotations

from typing import Any

import numpy as np

from kp2heat.arrays import Ints
from kp2heat.formats.checks import error
from kp2heat.formats.content import Content
from kp2heat.formats.csv_files.rows import distinct
from kp2heat.formats.findings import Finding
from kp2heat.formats.json_files.arrays import EMPTY, Data, array_of
from kp2heat.formats.json_files.boxes import boxes
from kp2heat.formats.json_files.coco import KEYS, floats, stated_joints
from kp2heat.formats.json_files.field_columns import Columns, Values
from kp2heat.formats.json_files.keypoint_lists import keypoints, layout_of
from kp2heat.formats.json_files.rows import Parts, labelled_rows, left_out, no_keypoints
from kp2heat.formats.json_files.schema import NAME_FIELDS, Annotation
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import ParsedFile, id_column
from kp2heat.formats.unsupported import BY_AXIS

PLACE = "[{row}]"
NAMED_AFTER = ".predictions.json"
"""OpenPifPaf calls the results of IMAGE ``IMAGE.predictions.json`` and names no image inside."""


def sniff(head: bytes) -> bool:
    """Return whether the content is a JSON list whose first objects have keypoints, and not lists by axis (YOLO)."""
    if head.lstrip()[:1] != b"[" or BY_AXIS.search(head) or all(key in head for key in KEYS):
        return False
    return b'"keypoints"' in head or head.strip() == b"[]"


def parse(content: Content, options: ReadOptions) -> ParsedFile:
    """Return the rows with keypoints; the images are those that the rows name, their sizes unknown."""
    labelled = labelled_rows(content, _texts, list[Annotation], lambda rows: Parts(rows, []))
    rows, kept, values = labelled.fields, labelled.kept, labelled.keypoints
    xy, third, wrong = keypoints(values, kept, layout_of(values, [stated_joints(options)]), PLACE)
    images, image, nameless = _images(rows, content.name)
    bbox, wrong_boxes, notes = boxes(rows, labelled.lists["bbox"], kept, PLACE)
    return ParsedFile(
        title="COCO results list",
        source=content.name,
        rows="result",
        place=PLACE,
        xy=xy,
        third=third,
        third_kind="score",
        zero_missing=bool(np.isnan(third).all()),
        id=id_column(rows["id"]),
        row=kept,
        image=image,
        **images,
        bbox=bbox,
        area=floats(rows, "area"),
        score=floats(rows, "score"),
        findings=(*no_keypoints(labelled), *wrong, *wrong_boxes, *nameless),
        notes=(*notes, left_out(labelled.without_keypoints, "result")),
    )


def _texts(data: Data) -> Parts:
    return Parts(array_of(data), EMPTY)


def _images(rows: Columns, source: str) -> tuple[dict[str, Any], Ints, tuple[Finding, ...]]:
    """Return the columns of the images, the (N,) image of each row, and a finding on rows that name no image.

    A row names its image by ``image_id``, else by a file name; a file called ``IMAGE.predictions.json``
    (OpenPifPaf) names the image of the rows that do neither.
    """
    called = source.removesuffix(NAMED_AFTER) if source.endswith(NAMED_AFTER) else ""
    names = [called] * len(rows)
    for field in reversed(NAME_FIELDS):
        if field in rows:
            found = zip(names, rows[field], strict=True)
            names = [str(value) if isinstance(value, str) and value else name for name, value in found]
    keys: Values = rows["image_id"]
    if not isinstance(keys, np.ndarray):
        keys = [name if key is None else key for key, name in zip(keys, names, strict=True)]
    values, first, image = distinct(id_column(keys))
    is_text = values.dtype.kind == "U"
    file_names = [names[n] or (str(value) if is_text else "") for n, value in zip(first, values, strict=True)]
    numbered = "image_id" not in rows
    columns = {
        "image_id": np.arange(len(values)) if numbered else values,
        "file_name": np.array(file_names, np.str_),
        "numbered_images": numbered,
    }
    lost = [n for n, key in enumerate(keys) if isinstance(key, str) and not key]
    if not lost:
        return columns, image, ()
    image = np.where(np.isin(np.arange(len(rows)), lost), -1, image)
    places = [f"[{n}]" for n in lost]
    todo = f"write image_id or file_name, or call the file IMAGE{NAMED_AFTER}"
    return columns, image, (error("no-image", len(lost), places, "names no image", todo, lost),)
