"""COCO keypoints JSON and its variants (cocodataset.org, data format, keypoint detection)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bools, Floats
from kp2heat.contracts import Mapper
from kp2heat.errors import InputError, plural
from kp2heat.formats.columns import column
from kp2heat.formats.content import Content, gc_paused
from kp2heat.formats.json_files import whole_body
from kp2heat.formats.json_files.arrays import EMPTY, Data, arrays_in
from kp2heat.formats.json_files.boxes import boxes, head_boxes
from kp2heat.formats.json_files.categories import (
    category_ids,
    choose_category,
    joint_names,
    limbs_of,
    names_of,
    possible_counts,
)
from kp2heat.formats.json_files.field_columns import Columns, columns_of
from kp2heat.formats.json_files.keypoint_lists import PLACE, keypoints, layout_of
from kp2heat.formats.json_files.rows import (
    LabelledRows,
    Parts,
    labelled_blocks,
    labelled_rows,
    left_out,
    no_keypoints,
)
from kp2heat.formats.json_files.same_in_all import SameInAll
from kp2heat.formats.json_files.schema import Category, CocoFile, Image, TextAnnotation
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import Blocks, Known, ParsedFile, id_column, unknown
from kp2heat.skeleton import named

KEYS = (b'"images"', b'"annotations"')
SHARED = 100
"""Blocks, of 2 MB each, from which on other processes are worth starting."""
ROWS = msgspec.json.Decoder(list[TextAnnotation])


def sniff(head: bytes) -> bool:
    """Return whether the content is a JSON object."""
    return head.lstrip()[:1] == b"{"


def parse(content: Content, options: ReadOptions) -> ParsedFile:
    """Return the file's columns; annotations without keypoints are left out and counted in a note."""

    def parts(file: CocoFile) -> Parts:
        if file.images is None and file.annotations is None:
            todo = "give a COCO keypoints file"
            raise InputError(content.name, "has neither 'images' nor 'annotations'", todo)
        return Parts(file.annotations or [], file.images or [], file.categories or [])

    labelled = labelled_rows(content, _texts, CocoFile, parts, once=True)
    notes = (left_out(labelled.without_keypoints, "annotation"), *_repetitions(labelled))
    images = image_columns(labelled.images)
    parsed = _parsed(content.name, labelled, options, images, Known(images["image_id"]))
    return parsed.but(notes=(*parsed.notes, *notes))


def blocks(content: Content, options: ReadOptions, mapper: Mapper = map) -> Blocks:
    """Return the file as blocks; ValueError or msgspec's errors where it has to be read whole.

    mapper  calls a function once per block, here or in other processes
    """
    texts = _texts(content.data)
    mapper = mapper if texts.rows.pieces >= SHARED else map
    table = columns_of(texts.images.blocks(Image), Image)
    images = image_columns(table)
    known, without, same = Known(images["image_id"]), dict[int, int](), SameInAll()

    def read(pieces: Iterable[int]) -> Iterator[ParsedFile]:
        for labelled in mapper(_labelled_block, texts.rows.texts(pieces)):
            same.add(labelled)
            without[labelled.first] = labelled.without_keypoints
            whole = replace(labelled, images=table, categories=texts.categories)
            parsed = _parsed(content.name, whole, options, images, known)
            same.add_parsed(parsed, texts.categories)
            yield parsed

    def notes() -> tuple[str, ...]:
        return (left_out(sum(without.values()), "annotation"),)

    return Blocks(texts.rows.count, texts.rows.pieces, read, notes)


def _labelled_block(numbered: tuple[int, bytes]) -> LabelledRows:
    """Return the rows of a block, given the number of the first and the text; their file has images and categories."""
    first, text = numbered
    with gc_paused():
        labelled = labelled_blocks([ROWS.decode(text)], Columns(0, {}), ())
    return replace(labelled, first=first, kept=first + labelled.kept)


def _parsed(
    source: str, labelled: LabelledRows, options: ReadOptions, images: dict[str, Any], known: Known
) -> ParsedFile:
    """Return the columns of some rows of a file with these columns of images, whose ids are ``known``."""
    categories = {str(c.id): c for c in labelled.categories}
    findings = [*no_keypoints(labelled, any(map(joint_names, categories.values())))]
    ids, values = category_ids(labelled.fields), labelled.keypoints
    chosen = choose_category(ids, values, categories, options.category, source)
    if len(chosen) < len(ids):
        labelled, ids = labelled.take(chosen), [ids[i] for i in chosen]
    rows, kept = labelled.fields, labelled.kept
    category = next((categories[i] for i in (ids or [*categories]) if i in categories), None)
    names = joint_names(category)
    layout = layout_of(labelled.keypoints, possible_counts(names, stated_joints(options)))
    xy, third, wrong = keypoints(labelled.keypoints, kept, layout)
    names = names_of(names, layout.joints)
    if layout.joints == whole_body.BODY and whole_body.has_parts(labelled.lists):
        names = whole_body.NAMES
        xy, third = whole_body.join_parts(xy, third, labelled.lists)
    limbs, limb_note = limbs_of(category, xy.shape[1])
    bbox, wrong_boxes, box_notes = boxes(rows, labelled.lists["bbox"], kept)
    return ParsedFile(
        title="COCO keypoints JSON",
        source=source,
        rows="annotation",
        place=PLACE,
        row=kept,
        xy=xy,
        third=third,
        zero_missing=bool(np.isnan(third).all()),
        names=names,
        limbs=limbs,
        bbox=bbox,
        category=np.array(ids, np.str_),
        category_names={i: str(c.name or "") for i, c in categories.items()},
        findings=(*findings, *wrong, *wrong_boxes),
        notes=(limb_note, *box_notes),
        **images,
        **annotation_columns(rows, known),
    )


def _texts(data: Data) -> Parts:
    """Return the parts of a file as texts; ValueError where it has to be decoded in full."""
    arrays = arrays_in(data, ("images", "annotations", "categories"))
    if "images" not in arrays and "annotations" not in arrays:
        raise ValueError("no COCO file")
    rows, images = (arrays.get(name, EMPTY) for name in ("annotations", "images"))
    categories = arrays.get("categories", EMPTY).blocks(Category)
    return Parts(rows, images, [*chain.from_iterable(categories)])


def _repetitions(labelled: LabelledRows) -> list[str]:
    """Return notes on exact repetitions, which are read once: COCO's parts are published so."""
    return [
        f"{plural(count, f'repeated {noun}')} read once" for noun, count in labelled.repeated.items() if count
    ]


def annotation_columns(rows: Columns, known: Known) -> dict[str, Any]:
    """Return the columns of the annotations that hold one value each."""
    return {
        "id": id_column(rows["id"]),
        "image": known.rows(id_column(rows["image_id"])),
        "area": floats(rows, "area"),
        "crowd": crowds(rows),
        "score": floats(rows, "score"),
        "num_keypoints": floats(rows, "num_keypoints"),
        "head": head_boxes(rows),
    }


def image_columns(images: Columns) -> dict[str, Any]:
    """Return the columns of the images; an id that is text names the file where nothing else does."""
    return {
        "image_id": id_column(images["id"]),
        "file_name": _file_names(images),
        "size": np.stack([column(images["width"]), column(images["height"])], axis=1),
        "numbered_images": "id" not in images,
        "crowding": floats(images, "crowdIndex"),
    }


def _file_names(images: Columns) -> NDArray[np.str_]:
    names, ids = images["file_name"], images["id"]
    if isinstance(names, np.ndarray) and names.dtype.kind == "U" and (names != "").all():
        return names
    return np.array(
        [str(name or (i if isinstance(i, str) else "")) for name, i in zip(names, ids, strict=True)], np.str_
    )


def floats(rows: Columns, field: str) -> Floats:
    """Return (N,) float64 of a field; one NaN where no row has it."""
    return column(rows[field]) if field in rows else unknown()


def stated_joints(options: ReadOptions) -> int:
    """Return how many joints the user's options name, 0 where they name none."""
    if options.names:
        return len(options.names)
    return len(named.load(options.skeleton)) if options.skeleton is not None else 0


def crowds(rows: Columns) -> Bools:
    """Return (N,) iscrowd, spelled either way; one False where no row has it."""
    if "iscrowd" not in rows or "is_crowd" not in rows:
        return np.asarray(floats(rows, "iscrowd" if "iscrowd" in rows else "is_crowd") > 0)
    both = zip(rows["iscrowd"], rows["is_crowd"], strict=True)
    return np.asarray(column([either if one is None else one for one, either in both]) > 0)
