"""Decoded keypoints as files: a COCO results list, or a wide CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import numpy as np

from kp2heat.errors import InputError, SpecError
from kp2heat.files.atomic import whole_or_absent
from kp2heat.files.input_file import check_regular, damage_reported
from kp2heat.formats.writers import category_id
from kp2heat.pipeline.decoding.reporting.report import DecodeReport
from kp2heat.pipeline.decoding.reporting.scores import scores_of


def write_results(report: DecodeReport, path: Path, score: str = "peak") -> int:
    """Write the first level's keypoints in image px with a score of ``scores.SCORES``; return the number of people.

    ``.json``: a list of ``{image_id, category_id, id, annotation_id, file_name, keypoints: [x, y, score, ...],
    score}``, which COCO's evaluators read; a missing joint is 0, 0, 0. ``.csv``: image, image_id, annotation_id,
    category_id, then x, y, score per joint. The category is that of the annotation, 1 where it has none. ``kp2heat evaluate`` matches by ``annotation_id``.
    """
    with results_writer(path, report.shards.skeleton.names) as write:
        write(results_text(report, path.suffix, score))
    return len(report.people.xy)


@contextmanager
def results_writer(path: Path, joints: Sequence[str]) -> Iterator[Callable[[str], None]]:
    """Give a function that appends the text of further people to a results file, which is whole or absent."""
    head, between, tail = _around(path, joints)
    with whole_or_absent(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        separators = chain(("",), repeat(between))

        def write(text: str) -> None:
            if text:
                file.write(next(separators) + text)

        file.write(head)
        yield write
        file.write(tail)


def _around(path: Path, joints: Sequence[str]) -> tuple[str, str, str]:
    """Return what a results file of this suffix holds before, between and after its people."""
    if path.suffix == ".json":
        return "[", ", ", "]\n"
    if path.suffix == ".csv":
        return _csv_head(joints), "", ""
    raise SpecError("-o", f"'{path.name}' ends in neither .json nor .csv", "name the file so")


def join_results(pieces: Sequence[Path], path: Path, joints: Sequence[str]) -> None:
    """Write the people of several results files into one; InputError where one is missing or not of these joints."""
    head, _, tail = _around(path, joints)
    with results_writer(path, joints) as write:
        for piece in pieces:
            check_regular(piece)
            with damage_reported(piece.name, "cannot be read", "run its part again"):
                text = piece.read_text(encoding="utf-8")
            if not text.startswith(head) or not text.endswith(tail):
                raise InputError(piece.name, "is not a results file of this decoding", "run its part again")
            write(text[len(head) : len(text) - len(tail)])


def results_text(report: DecodeReport, suffix: str, score: str = "peak") -> str:
    """Return the people of a report as they are written into a file of this suffix, without what goes round them."""
    rows = _rows(report, score)
    if suffix == ".json":
        return json.dumps(rows)[1:-1]
    return "".join(map(_csv_line, (_cells(row) for row in rows)))


def _rows(report: DecodeReport, kind: str) -> list[dict[str, Any]]:
    result = report.results[0]
    xy, score = result.decoded_places()["image"], scores_of(report, result, kind)
    image_id = report.shards.column("image_id")[report.people.sample].tolist()
    file_name = report.shards.column("file_name")[report.people.sample].tolist()
    category = report.people.category.tolist()
    present = np.isfinite(xy).all(axis=-1)
    triples = np.concatenate([np.nan_to_num(xy), (score * present)[..., None]], axis=-1)
    count = present.sum(axis=1)
    mean = np.where(count > 0, (score * present).sum(axis=1) / np.maximum(count, 1), 0.0)
    return [
        {
            "image_id": image_id[m],
            "category_id": category_id(category[m]),
            "id": identity,
            "annotation_id": identity,
            "file_name": file_name[m],
            "keypoints": triples[m].ravel().tolist(),
            "score": float(mean[m]),
        }
        for m, identity in enumerate(report.people.annotation_id.tolist())
    ]


def _csv_head(joints: Sequence[str]) -> str:
    columns = [f"{joint}_{what}" for joint in joints for what in ("x", "y", "score")]
    return _csv_line(["image", "image_id", "annotation_id", "category_id", *columns])


def _cells(row: dict[str, Any]) -> list[Any]:
    points = np.array(row["keypoints"]).reshape(-1, 3).tolist()
    return [
        row["file_name"],
        row["image_id"],
        row["id"],
        row["category_id"],
        *(v if s else "" for x, y, s in points for v in (x, y, s)),
    ]


def _csv_line(cells: Sequence[Any]) -> str:
    line = StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()
