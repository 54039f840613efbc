"""Decoded keypoints as files: a COCO results list, or a wide CSV."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.atomic import whole_or_absent
from kp2heat.errors import SpecError
from kp2heat.peaks import Peaks
from kp2heat.pipeline.decoding.report import DecodeReport

SCORES = {
    "peak": "the map's value at its peak",
    "share": "the share of the map that one blob explains",
    "amplitude": "the height of that blob",
}
"""What a results file may say of how sure a joint is."""


def write_results(report: DecodeReport, path: Path, score: str = "peak") -> int:
    """Write the first level's keypoints in image px with a score of SCORES; returns the number of people.

    ``.json``: a list of ``{image_id, category_id, id, annotation_id, file_name, keypoints: [x, y, score, ...],
    score}``, which COCO's evaluators read; a missing joint is 0, 0, 0. ``.csv``: image, image_id, annotation_id,
    then x, y, score per joint. ``kp2heat evaluate`` matches by ``annotation_id``.
    """
    rows = _rows(report, score)
    if path.suffix == ".json":
        with whole_or_absent(path) as part:
            part.write_text(json.dumps(rows) + "\n", encoding="utf-8")
    elif path.suffix == ".csv":
        with whole_or_absent(path) as part:
            _write_csv(part, rows, report.shards.skeleton.names)
    else:
        raise SpecError("-o", f"'{path.name}' ends in neither .json nor .csv", "name the file so")
    return len(rows)


def _score(peaks: Peaks, kind: str) -> Floats:
    """Return the score (M, K) of that kind; SpecError where it is unknown, or not had for these maps."""
    if kind not in SCORES:
        raise SpecError("--score", f"'{kind}' is not known", f"use one of {', '.join(SCORES)}")
    values = peaks.score if kind == "peak" else getattr(peaks, kind)
    if values is None:
        raise SpecError(
            "--score", f"'{kind}' is measured on predictions for labels of one person", "use peak"
        )
    return np.nan_to_num(values)


def _rows(report: DecodeReport, kind: str) -> list[dict[str, Any]]:
    result = report.results[0]
    xy, score = result.decoded_places()["image"], _score(result.peaks, kind)
    image_id = report.shards.column("image_id")[report.people.sample].tolist()
    file_name = report.shards.column("file_name")[report.people.sample].tolist()
    present = np.isfinite(xy).all(axis=-1)
    triples = np.concatenate([np.nan_to_num(xy), (score * present)[..., None]], axis=-1)
    count = present.sum(axis=1)
    mean = np.where(count > 0, (score * present).sum(axis=1) / np.maximum(count, 1), 0.0)
    return [
        {
            "image_id": image_id[m],
            "category_id": 1,
            "id": identity,
            "annotation_id": identity,
            "file_name": file_name[m],
            "keypoints": triples[m].ravel().tolist(),
            "score": float(mean[m]),
        }
        for m, identity in enumerate(report.people.annotation_id.tolist())
    ]


def _write_csv(part: Path, rows: list[dict[str, Any]], names: tuple[str, ...]) -> None:
    with part.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(
            [
                "image",
                "image_id",
                "annotation_id",
                *(f"{n}_{what}" for n in names for what in ("x", "y", "score")),
            ]
        )
        for row in rows:
            points = np.array(row["keypoints"]).reshape(-1, 3).tolist()
            cells = [v if s else "" for x, y, s in points for v in (x, y, s)]
            table.writerow([row["file_name"], row["image_id"], row["id"], *cells])
