"""The text of the annotation files: COCO JSON, wide CSV, and CSV in DeepLabCut's form."""

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from figures.scenes import JOINTS, LIMBS

SCORER = "kp2heat"


def coco_text(images: list[Any], annotations: list[Any]) -> str:
    """The COCO file, with one record per line."""
    sections: dict[str, list[Any]] = {
        "licenses": [{"id": 1, "name": "MIT", "url": "https://opensource.org/license/mit"}],
        "images": images,
        "categories": [
            {"id": 1, "name": "person", "supercategory": "person", "keypoints": JOINTS, "skeleton": LIMBS}
        ],
        "annotations": annotations,
    }
    info = {
        "description": "kp2heat sample data: drawn figures with exact joints",
        "version": "1.0",
        "year": 2026,
    }
    lines = [f'"info": {json.dumps(info)}']
    for name, records in sections.items():
        lines.append(f'"{name}": [\n' + ",\n".join(map(json.dumps, records)) + "\n]")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def csv_text(rows: Iterable[Iterable[Any]]) -> str:
    """The rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def csv_cells(record: Any, with_v: bool) -> list[Any]:
    """The joints of an annotation as cells; an unlabelled joint has an empty x and y."""
    keypoints = record["keypoints"]
    cells: list[Any] = []
    for x, y, v in zip(keypoints[::3], keypoints[1::3], keypoints[2::3], strict=True):
        cells += [x, y] if v else ["", ""]
        cells += [v] if with_v else []
    return cells


def wide_text(images: list[Any], people: list[Any]) -> str:
    """The CSV with a row per person."""
    by_id = {image["id"]: image for image in images}
    rows: list[list[Any]] = [["image", "width", "height", *(f"{j}_{c}" for j in JOINTS for c in "xyv")]]
    for record in people:
        image = by_id[record["image_id"]]
        rows.append([image["file_name"], image["width"], image["height"], *csv_cells(record, with_v=True)])
    return csv_text(rows)


def dlc_text(images: list[Any], people: list[Any]) -> str:
    """The CSV in DeepLabCut's form: a row per image, of its first person."""
    first = {record["image_id"]: record for record in reversed(people)}
    rows: list[list[Any]] = [
        ["scorer", *[SCORER] * 2 * len(JOINTS)],
        ["bodyparts", *(joint for joint in JOINTS for _ in "xy")],
        ["coords", *"xy" * len(JOINTS)],
    ]
    for image in images:
        if image["id"] in first:
            rows.append([f"images/{image['file_name']}", *csv_cells(first[image["id"]], with_v=False)])
    return csv_text(rows)
