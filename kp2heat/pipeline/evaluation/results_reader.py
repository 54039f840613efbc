"""Read results files, JSON or CSV, against the images, joints and categories of a truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kp2heat.annotations import Annotations, Array
from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.errors import InputError, plural
from kp2heat.formats import FORMATS
from kp2heat.formats.checks import refuse_far
from kp2heat.formats.columns import column, matrix
from kp2heat.formats.content import Content, read_content
from kp2heat.formats.detection import detect
from kp2heat.formats.findings import refuse
from kp2heat.formats.json_files import results, whole_body
from kp2heat.formats.json_files.categories import category_id
from kp2heat.formats.json_files.keypoint_lists import keypoints, layout_of
from kp2heat.formats.json_files.schema import Annotation, decode
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import id_column
from kp2heat.formats.reading.to_annotations import to_annotations
from kp2heat.metrics.normalisers import canonical
from kp2heat.metrics.pairing.detections import Detections, extent, mean_confidence
from kp2heat.pipeline.evaluation.categories import categories_of_results
from kp2heat.pipeline.evaluation.image_identity import identify_images

OWN_TABLE = b"image,image_id,annotation_id,"
"""How the CSV files that kp2heat writes begin."""
BODY = 17
"""The joints of a body, which come first among the 133 of COCO-WholeBody."""


class Result(Annotation):
    """One row of a results list.

    The ``_score`` are COCO-WholeBody's scores of parts; ``annotation_id`` is what kp2heat writes.
    """

    wholebody_score: Any = None
    foot_score: Any = None
    face_score: Any = None
    lefthand_score: Any = None
    righthand_score: Any = None
    annotation_id: Any = None


@dataclass(frozen=True, eq=False)
class _Columns:
    """M results as a file has them: arrays as in :class:`Detections`, and what identifies image and category.

    ``named``: the ids are those of annotations; ``place`` says where in the file a result is.
    """

    xy: Floats
    confidence: Floats
    score: Floats
    bbox: Floats
    id: Array
    image_ids: Sequence[Any]
    image_names: Sequence[str | None]
    categories: Sequence[str]
    named: bool = False
    place: Callable[[int], str] = "[{}]".format
    notes: tuple[str, ...] = ()


def read_detections(
    path: str | Path, truth: Annotations, *, format: str | None = None, part: str = ""
) -> Detections:
    """Return the detections of a COCO results list, or of any annotation file that :func:`kp2heat.read` knows.

    Images are identified by :func:`identify_images`; results that name none belong to the image the file is
    named after, or to the truth's only image. Results on images that the truth does not have are skipped and
    counted, those of other categories skipped with a note. The third number of a joint is its confidence, on
    any scale. A missing score is the mean of the joints' confidences, with a note. ``part``: the part of
    COCO-WholeBody's body whose own score is used, where the results have one.

    InputError, with the place, where the joints are not the truth's or a result cannot be assigned.
    """
    content = read_content(path)
    source = content.name
    if content.head.lstrip()[:1] == b"[" and format is None:
        columns = _from_list(decode(content, list[Result]), truth, source, part)
    else:
        columns = _from_table(content, truth, format)
    return _detections(columns, truth, source)


def _detections(columns: _Columns, truth: Annotations, source: str) -> Detections:
    """Return the results with their images and categories; those that the truth does not have are left out."""
    refuse_far(columns.xy, columns.place, source)
    names = _with_default(columns, truth, source)

    def at(row: int) -> str:
        return f"{source}, {columns.place(row)}"

    images = identify_images(truth.images, columns.image_ids, names, at)
    categories = categories_of_results(truth, _given_categories(columns, truth), at)
    unscored = np.isnan(columns.score)
    known = images.row >= 0
    detections = Detections(
        xy=columns.xy,
        confidence=columns.confidence,
        score=columns.score,
        bbox=columns.bbox,
        image=images.row,
        id=columns.id,
        named=columns.named,
        category=categories.category,
        unknown=int((~known).sum()),
        first_unknown=_first_unknown(columns, names, known),
        unranked=_unranked(columns, images.row, categories.category, truth),
        identity=images.by,
        notes=(*columns.notes, *categories.notes, *_score_note(columns.confidence[unscored])),
        source=source,
    )
    return detections.take(known & categories.kept)


def _given_categories(columns: _Columns, truth: Annotations) -> Sequence[str]:
    """Return the category that each result has: that of its annotation, if the file names annotations."""
    if not columns.named:
        return columns.categories
    of_annotation = dict(zip(map(str, truth.id.tolist()), truth.category.tolist(), strict=True))
    pairs = zip(columns.id.tolist(), columns.categories, strict=True)
    return [of_annotation.get(str(i), category) for i, category in pairs]


def _with_default(columns: _Columns, truth: Annotations, source: str) -> list[str | None]:
    """Return the image names of all results; nameless ones get the file's name, or that of the only image."""
    default = source.removesuffix(results.NAMED_AFTER) if source.endswith(results.NAMED_AFTER) else None
    if default is None and len(truth.images) == 1:
        default = str(truth.images.file_name[0]) or str(truth.images.id[0])
    pairs = zip(columns.image_ids, columns.image_names, strict=True)
    return [default if i is None and name is None else name for i, name in pairs]


def _first_unknown(columns: _Columns, names: Sequence[str | None], known: Bools) -> str:
    """Return where the first result on an unknown image is and how it names the image, or ""."""
    if known.all():
        return ""
    row = int(known.argmin())
    image_id = columns.image_ids[row]
    name = names[row] if image_id is None else f"image_id {image_id}"
    return f"{columns.place(row)}, {name}"


def _score_note(confidence: Floats) -> tuple[str, ...]:
    count = plural(len(confidence), "result")
    return (f"{count} without a score: the mean of the joints' confidences is used",) * bool(len(confidence))


def _unranked(columns: _Columns, image: Ints, category: Array, truth: Annotations) -> str:
    """Return why scores do not rank the results: two of one image and category have none and equal means, or ""."""
    rows = np.flatnonzero(np.isnan(columns.score) & (image >= 0))
    means = mean_confidence(columns.confidence[rows])
    keys = zip(image[rows].tolist(), category[rows].tolist(), means.tolist(), strict=True)
    first: dict[tuple[Any, ...], int] = {}
    for row, key in zip(rows.tolist(), keys, strict=True):
        if key in first:
            shown = truth.images.file_name[key[0]] or truth.images.id[key[0]]
            both = f"{columns.place(first[key])} and {columns.place(row)}"
            return f"{both}, both of image {shown}, have no score to rank them by"
        first[key] = row
    return ""


def _from_list(rows: list[Result], truth: Annotations, source: str, part: str) -> _Columns:
    joints = len(truth.skeleton)
    fields = ("keypoints", *whole_body.PARTS)
    lists = {field: [getattr(row, field) for row in rows] for field in fields}
    body_only = part == "body" and all(len(row.keypoints or ()) == 3 * BODY for row in rows)
    parts = joints == len(whole_body.NAMES) and (body_only or whole_body.has_parts(lists))
    values, listed = lists["keypoints"], whole_body.BODY if parts else joints
    xy, third, wrong = keypoints(values, range(len(rows)), layout_of(values, [listed]), results.PLACE)
    refuse(source, wrong)
    if parts:
        xy, third = whole_body.join_parts(xy, third, lists, scores=True)
    bbox = matrix([row.bbox for row in rows], 4)
    if parts:
        bbox = np.where(np.isnan(bbox), extent(xy[:, :BODY]), bbox)
    named = bool(rows) and all(row.annotation_id is not None for row in rows)
    ids = [row.annotation_id if named else row.id for row in rows]
    return _Columns(
        xy=xy,
        confidence=np.where(np.isnan(third), np.isfinite(xy).all(axis=-1), third),
        score=_scores(rows, part or "wholebody"),
        bbox=bbox,
        id=id_column([] if None in ids else ids),
        image_ids=[row.image_id for row in rows],
        image_names=[row.named_image() for row in rows],
        categories=[category_id(row) for row in rows],
        named=named,
    )


def _scores(rows: Sequence[Result], part: str) -> Floats:
    """Return (M,) scores: those of the part where the results have them, as COCO-WholeBody's script takes them."""
    score = column([row.score for row in rows])
    of_part = column([getattr(row, f"{part}_score", None) for row in rows])
    return np.where(np.isnan(of_part), score, of_part)


def _from_table(content: Content, truth: Annotations, format: str | None) -> _Columns:
    options, source = ReadOptions(visibility="score"), content.name
    kind = detect(content, FORMATS, format)
    parsed = kind.parse(content, options)
    third = parsed.third
    # A third number of 0 would erase the position, which counts whatever that number is.
    positioned = np.isfinite(parsed.xy).all(axis=-1)
    parsed = parsed.but(third=np.where(positioned & (third <= 0), 1.0, third))
    table = to_annotations(parsed, options)
    order = _joint_order(table, truth, source)
    images = table.images
    ids: list[Any] = [None] * len(images) if images.numbered else images.id.tolist()
    names = [name or None for name in images.file_name.tolist()]
    named = content.head.startswith(OWN_TABLE)
    counted = np.array_equal(table.id, np.arange(len(table.id)))
    annotated = f"{source} is an annotation file: its annotations are compared as if they were results"
    return _Columns(
        xy=table.xy[:, order],
        confidence=np.where(np.isnan(third), table.visible > 0, third)[:, order],
        score=table.score,
        bbox=table.bbox,
        id=np.zeros(0, np.int64) if counted and not named else table.id,
        image_ids=[ids[row] for row in table.image.tolist()],
        image_names=[names[row] for row in table.image.tolist()],
        categories=table.category.tolist(),
        named=named,
        place=parsed.at,
        notes=(annotated,) if kind.name in ("coco", "mpii", "aic") else (),
    )


def _joint_order(table: Annotations, truth: Annotations, source: str) -> Ints:
    """Return the (K,) column of each of the truth's joints: by name where all names agree, else by position."""
    columns = {canonical(name): k for k, name in enumerate(table.skeleton.names)}
    order = [columns.get(canonical(name), -1) for name in truth.skeleton.names]
    if -1 not in order:
        return np.array(order)
    if len(table.skeleton) != len(truth.skeleton):
        found = f"has {len(table.skeleton)} joints where the truth has {len(truth.skeleton)}"
        raise InputError(source, found, "give results of the truth's joints")
    return np.arange(len(truth.skeleton))
