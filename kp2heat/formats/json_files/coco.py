"""COCO keypoints JSON and its kin (cocodataset.org, data format, keypoint detection)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import numpy as np

from kp2heat.arrays import Bools
from kp2heat.errors import InputError, plural
from kp2heat.formats.columns import column
from kp2heat.formats.content import Content
from kp2heat.formats.json_files import whole_body
from kp2heat.formats.json_files.boxes import boxes, head_boxes
from kp2heat.formats.json_files.categories import (
    category_id,
    choose_category,
    joint_names,
    limbs_of,
    names_of,
    possible_counts,
)
from kp2heat.formats.json_files.keypoint_lists import PLACE, keypoints, layout_of
from kp2heat.formats.json_files.rows import LabelledRows, labelled_rows, left_out, no_keypoints
from kp2heat.formats.json_files.schema import Annotation, CocoFile, Image
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import ParsedFile, id_column, rows_of
from kp2heat.skeleton import named

KEYS = (b'"images"', b'"annotations"')
Row = TypeVar("Row", Annotation, Image)


def sniff(head: bytes) -> bool:
    """Return whether the content is a JSON object."""
    return head.lstrip()[:1] == b"{"


def parse(content: Content, options: ReadOptions) -> ParsedFile:
    """Return the file's columns; annotations without keypoints are left out and counted in a note."""
    labelled = labelled_rows(content, CocoFile, lambda file: file.annotations or [])
    file = labelled.file
    if file.images is None and file.annotations is None:
        raise InputError(content.name, "has neither 'images' nor 'annotations'", "give a COCO keypoints file")
    categories = {str(c.id): c for c in file.categories or []}
    notes = [left_out(labelled, "annotation")]
    findings = [*no_keypoints(labelled, any(map(joint_names, categories.values())))]
    labelled, images = _once(labelled, file.images or [], notes)
    ids, values = [*map(category_id, labelled.rows)], labelled.lists["keypoints"]
    chosen = choose_category(ids, values, categories, options.category, content.name)
    labelled, ids = labelled.take(chosen), [ids[i] for i in chosen]
    rows, kept = labelled.rows, labelled.kept
    category = next((categories[i] for i in (ids or [*categories]) if i in categories), None)
    names = joint_names(category)
    layout = layout_of(labelled.lists["keypoints"], possible_counts(names, stated_joints(options)))
    xy, third, wrong = keypoints(labelled.lists["keypoints"], kept, layout)
    names = names_of(names, layout.joints)
    if layout.joints == whole_body.BODY and whole_body.has_parts(labelled.lists):
        names = whole_body.NAMES
        xy, third = whole_body.join_parts(xy, third, labelled.lists)
    limbs, limb_note = limbs_of(category, xy.shape[1])
    bbox, wrong_boxes, box_notes = boxes(rows, labelled.lists["bbox"], kept)
    return ParsedFile(
        title="COCO keypoints JSON",
        source=content.name,
        rows="annotation",
        place=PLACE,
        row=np.array(kept, np.int64),
        xy=xy,
        third=third,
        zero_missing=bool(np.isnan(third).all()),
        names=names,
        limbs=limbs,
        bbox=bbox,
        category=np.array(ids, np.str_),
        category_names={i: str(c.name or "") for i, c in categories.items()},
        findings=(*findings, *wrong, *wrong_boxes),
        notes=(limb_note, *box_notes, *notes),
        **image_columns(images),
        **annotation_columns(rows, images),
    )


def _once(
    labelled: LabelledRows, images: Sequence[Image], notes: list[str]
) -> tuple[LabelledRows, Sequence[Image]]:
    """Return annotations and images without exact repetitions, which are noted: COCO's parts are published so."""
    rows, different = first_of_each(labelled.rows), first_of_each(images)
    repeated = {"annotation": len(labelled.rows) - len(rows), "image": len(images) - len(different)}
    notes += [f"{plural(count, f'repeated {noun}')} read once" for noun, count in repeated.items() if count]
    return labelled.take(rows), images if len(different) == len(images) else [images[m] for m in different]


def annotation_columns(rows: Sequence[Annotation], images: Sequence[Image]) -> dict[str, Any]:
    """Return the columns of the annotations that hold one value each."""
    return {
        "id": id_column([a.id for a in rows]),
        "image": rows_of(id_column([a.image_id for a in rows]), id_column([i.id for i in images])),
        "area": column([a.area for a in rows]),
        "crowd": crowds(rows),
        "score": column([a.score for a in rows]),
        "num_keypoints": column([a.num_keypoints for a in rows]),
        "head": head_boxes(rows),
    }


def image_columns(images: Sequence[Image]) -> dict[str, Any]:
    """Return the columns of the images; an id that is text names the file where nothing else does."""
    names = [str(i.file_name or (i.id if isinstance(i.id, str) else "")) for i in images]
    return {
        "image_id": id_column([i.id for i in images]),
        "file_name": np.array(names, np.str_),
        "size": np.stack([column([i.width for i in images]), column([i.height for i in images])], axis=1),
        "numbered_images": all(i.id is None for i in images),
        "crowding": column([i.crowdIndex for i in images]),
    }


def first_of_each(rows: Sequence[Row]) -> Sequence[int]:
    """Return which rows are not an exact repetition of the first row of their id."""
    ids: list[object] = [row.id for row in rows]
    if {*map(type, ids)} == {int} and len({*ids}) == len(ids):
        return range(len(ids))
    first: dict[str, Row] = {}
    kept = []
    for n, row in enumerate(rows):
        earlier = row if row.id is None else first.setdefault(str(row.id), row)
        if earlier is row or earlier != row:
            kept.append(n)
    return kept


def stated_joints(options: ReadOptions) -> int:
    """Return how many joints the user's options name, 0 where they name none."""
    if options.names:
        return len(options.names)
    return len(named.load(options.skeleton)) if options.skeleton is not None else 0


def crowds(rows: Iterable[Annotation]) -> Bools:
    """Return (N,) iscrowd, spelled either way."""
    return np.asarray(column([a.iscrowd if a.iscrowd is not None else a.is_crowd for a in rows]) > 0)
