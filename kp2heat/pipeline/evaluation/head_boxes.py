"""Read the head boxes by which MPII's PCKh normalises errors, from a file given with the truth."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from kp2heat.annotations import Annotations
from kp2heat.arrays import Floats
from kp2heat.errors import InputError
from kp2heat.files.input_file import check_regular
from kp2heat.formats.columns import column
from kp2heat.libraries import library

COLUMNS = ("head_x", "head_y", "head_w", "head_h")
IDS = ("annotation_id", "id")
MATLAB = "headboxes_src"
"""The variable of MPII's evaluation files: (2, 2, N), the first and the last corner of each box."""


def with_head_boxes(truth: Annotations, path: str | Path) -> Annotations:
    """Return the truth with the head boxes of a file; InputError where the file does not fit the truth.

    ``.mat``: MPII's evaluation files (HRNet's ``gt_valid.mat``), one box per annotation in their order; needs
    SciPy. ``.csv`` and ``.json``: rows with head_x, head_y, head_w, head_h, which belong to the annotation of
    their annotation_id or id, or without ids to the annotations in their order.
    """
    path = Path(path)
    check_regular(path)
    if path.suffix == ".mat":
        return replace(truth, head=_in_order(truth, _matlab_boxes(path), path.name))
    rows = _rows(path)
    missing = [name for name in COLUMNS if any(name not in row for row in rows)]
    if missing or not rows:
        todo = f"give rows with {', '.join(COLUMNS)}, or MPII's .mat file"
        raise InputError(path.name, f"has no column {missing[0]}" if missing else "has no rows", todo)
    boxes = np.stack([column([row[name] for row in rows]) for name in COLUMNS], axis=1)
    key = next((name for name in IDS if name in rows[0]), None)
    if key is None:
        return replace(truth, head=_in_order(truth, boxes, path.name))
    place = {str(row.get(key)): n for n, row in enumerate(rows)}
    order = [place.get(str(i), -1) for i in truth.id.tolist()]
    if max(order, default=-1) < 0:
        raise InputError(path.name, f"no {key} is that of an annotation", "give the truth's annotation ids")
    head = np.vstack([boxes, np.full((1, 4), np.nan)])[order]
    return replace(truth, head=head)


def _in_order(truth: Annotations, boxes: Floats, source: str) -> Floats:
    """Return the boxes, which must be as many as the annotations."""
    if len(boxes) != len(truth):
        found = f"has {len(boxes)} head boxes, the truth {len(truth)} annotations"
        raise InputError(source, found, "give the boxes of this truth, or a file with annotation ids")
    return boxes


def _matlab_boxes(path: Path) -> Floats:
    """Return (N, 4) x, y, w, h; MATLAB counts pixels from 1."""
    loadmat = library("scipy.io", "--head-boxes").loadmat
    if not path.is_file():
        raise InputError(str(path), "does not exist", "check the path")
    try:
        variables = loadmat(path)
    except Exception as problem:  # whatever a damaged file leads SciPy to, IndexError and TypeError too
        raise InputError(path.name, f"cannot be read ({problem})", "give a MATLAB file before v7.3") from None
    if MATLAB not in variables:
        raise InputError(path.name, f"has no variable {MATLAB}", "give MPII's evaluation file")
    corners = np.asarray(variables[MATLAB], np.float64)
    if corners.ndim != 3 or corners.shape[:2] != (2, 2):
        found = f"{MATLAB} has shape {corners.shape}, not (2, 2, N)"
        raise InputError(path.name, found, "give MPII's evaluation file")
    return np.concatenate([corners[0] - 1, corners[1] - corners[0]]).T


def _rows(path: Path) -> Sequence[Mapping[str, Any]]:
    """Return the rows of a CSV file, a JSON list or the annotations of a COCO file."""
    try:
        if path.suffix == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as file:
                return [*csv.DictReader(file)]
        rows = msgspec.json.decode(path.read_bytes())
    except OSError as problem:
        raise InputError(str(path), f"cannot be read ({problem.strerror})", "check the path") from None
    except (msgspec.DecodeError, UnicodeDecodeError, csv.Error) as problem:
        raise InputError(
            path.name, f"cannot be read ({problem})", "give a .csv, .json or .mat file"
        ) from None
    rows = rows.get("annotations", []) if isinstance(rows, dict) else rows
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(
            path.name, "is not a list of objects", "give objects with head_x, head_y, head_w, head_h"
        )
    return rows
