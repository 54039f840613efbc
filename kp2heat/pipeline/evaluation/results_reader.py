"""Results files, JSON or CSV, set against the images of a truth."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from kp2heat.annotations import Annotations, Images
from kp2heat.arrays import Ints
from kp2heat.errors import InputError
from kp2heat.formats import FORMATS
from kp2heat.formats.columns import column, matrix
from kp2heat.formats.content import Content, read_content
from kp2heat.formats.detection import parse
from kp2heat.formats.findings import refuse
from kp2heat.formats.json_files.coco import keypoints
from kp2heat.formats.json_files.schema import Annotation, decode
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import id_column
from kp2heat.formats.to_annotations import to_annotations
from kp2heat.metrics.detections import Detections
from kp2heat.metrics.normalisers import canonical

NAMED_AFTER = ".predictions.json"
"""OpenPifPaf calls the results of IMAGE ``IMAGE.predictions.json`` and names no image inside."""


def read_detections(path: str | Path, truth: Annotations, *, format: str | None = None) -> Detections:
    """Detections of a COCO results list, or of any CSV that :func:`kp2heat.formats.read` knows.

    An image is named by its id (a number, or text that spells it) or by its file name, with or without folders
    and suffix. Results that name none belong to the image the file is called after, or to the only one there
    is. Results on images the truth does not have are left out and counted; the third number of a joint is
    its confidence, on whatever scale.

    InputError, with the place, where the joints are not the truth's, or a row names no image.
    """
    content = read_content(path)
    if content.head.lstrip()[:1] == b"[" and format is None:
        found = _from_list(decode(content, list[Annotation]), truth, content.name)
    else:
        found = _from_table(content, truth, format)
    known = found.image >= 0
    return replace(found.take(known), unknown=int((~known).sum()))


def _from_list(rows: list[Annotation], truth: Annotations, source: str) -> Detections:
    joints = len(truth.skeleton)
    xy, third, wrong = keypoints([row.keypoints for row in rows], [*range(len(rows))], joints)
    refuse(source, wrong)
    named = [row.id for row in rows]
    return Detections(
        xy=xy,
        confidence=np.where(np.isnan(third), np.isfinite(xy).all(axis=-1), third),
        score=column([row.score for row in rows]),
        bbox=matrix([row.bbox for row in rows], 4),
        image=_rows([row.image_id for row in rows], truth.images, source),
        id=id_column([] if None in named else named),
        source=source,
    )


def _from_table(content: Content, truth: Annotations, format: str | None) -> Detections:
    options, source = ReadOptions(visibility="score"), content.name
    parsed = parse(content, FORMATS, options, format)
    table = to_annotations(parsed, options)
    order = _joint_order(table, truth, source)
    counted = np.array_equal(table.id, np.arange(len(table.id)))
    names = np.where(
        table.images.file_name.astype(np.str_) == "", table.images.id.astype(np.str_), table.images.file_name
    )
    assert table.score is not None
    return Detections(
        xy=table.xy[:, order],
        confidence=np.where(np.isnan(parsed.third), table.visible > 0, parsed.third)[:, order],
        score=table.score,
        bbox=table.bbox,
        image=_rows(names.tolist(), truth.images, source)[table.image],
        id=np.zeros(0, np.int64) if counted else table.id,
        source=source,
    )


def _joint_order(table: Annotations, truth: Annotations, source: str) -> Ints:
    """(K,): the column of each of the truth's joints, by name where all names agree, else as they stand."""
    columns = {canonical(name): k for k, name in enumerate(table.skeleton.names)}
    order = [columns.get(canonical(name), -1) for name in truth.skeleton.names]
    if -1 not in order:
        return np.array(order)
    if len(table.skeleton) != len(truth.skeleton):
        raise InputError(
            source, f"has {len(table.skeleton)} joints where the truth has {len(truth.skeleton)}",
            "give results of the truth's joints",
        )  # fmt: skip
    return np.arange(len(truth.skeleton))


def _rows(named: list[Any], images: Images, source: str) -> Ints:
    """(M,) row of each named image, -1 where the truth does not have it."""
    known = image_names(images)
    called = known.get(PurePath(source).name.removesuffix(NAMED_AFTER))
    own = 0 if called is None and len(images) == 1 else called
    if own is None and None in named:
        raise InputError(
            f"{source}, [{named.index(None)}]",
            "names no image",
            f"write image_id, or call the file IMAGE{NAMED_AFTER}",
        )
    return np.array([own if name is None else known.get(str(name), -1) for name in named], np.int64)


def image_names(images: Images) -> dict[str, int]:
    """Row of each image by its id, its file name, and the name's last parts where only one image has them."""
    paths = [PurePath(str(name)) for name in images.file_name]
    times = Counter(part for path in paths for part in {path.name, path.stem})
    known = {
        part: row for row, path in enumerate(paths) for part in (path.name, path.stem) if times[part] == 1
    }
    known |= {str(path): row for row, path in enumerate(paths)}
    known |= {str(name): row for row, name in enumerate(images.id.tolist())}
    return known
