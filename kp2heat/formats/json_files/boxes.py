"""Boxes of a COCO file or results list, and what is written there in their place."""

from __future__ import annotations

from typing import Any

import numpy as np

from kp2heat.arrays import Floats, Ints
from kp2heat.errors import plural
from kp2heat.formats.checks import PLACES, error
from kp2heat.formats.columns import matrix
from kp2heat.formats.findings import Finding
from kp2heat.formats.json_files.field_columns import Columns
from kp2heat.formats.json_files.keypoint_lists import KINDS, PLACE
from kp2heat.formats.json_files.rows import Lists
from kp2heat.formats.parsed import FAR

SCALE = 200.0
"""MPII's unit of a person's ``scale``, px; kept by the files that give center and scale for a box."""
PIXELS = 20
"""A typical ``scale`` above this is in px already (mmpose 1.x): 20 of MPII's units are 4000 px."""
AROUND = "boxes from center and scale"
"""A note; their unit depends on the scales of all rows."""


def boxes(
    rows: Columns, written: Lists, kept: Ints, place: str = PLACE
) -> tuple[Floats, tuple[Finding, ...], tuple[str, ...]]:
    """Return (N, 4) x, y, w, h, NaN where a row has no box; findings on what is no box; notes on what was assumed.

    A row without a box takes one from its center and scale, where the file has these.
    """
    wrong = _not_boxes(written)
    places = [f"{place.format(row=kept[n])}.bbox" for n in wrong]
    findings, notes = [], []
    if wrong:
        reasons = [*wrong.values()]
        todo = "write [x, y, width, height], or leave bbox out"
        findings.append(error("wrong-box", len(wrong), places, reasons[0], todo, wrong, reasons))
    empty = [n for n, value in enumerate(written) if value == []] if isinstance(written, list) else []
    if empty:
        at = tuple(f"{place.format(row=kept[n])}.bbox" for n in empty[:PLACES])
        words = "is an empty list, and is read as no box"
        findings.append(
            Finding("no-box", "warning", len(empty), at, words, "leave bbox out, or write the box")
        )
        notes.append(f"{plural(len(empty), 'empty bbox')} read as no box")
    boxes = matrix(written, 4)
    lost = np.asarray(np.isnan(boxes).any(axis=1))
    if lost.any() and "center" in rows:
        scale = [value if isinstance(value, list) else [value] * 2 for value in rows["scale"]]
        around = boxes_around(matrix([*rows["center"]], 2), matrix(scale, 2))
        boxes = np.where(lost[:, None], around, boxes)
        notes.append(AROUND)
    return boxes, tuple(findings), tuple(notes)


def _not_boxes(written: Lists) -> dict[int, str]:
    """Return what is wrong with each row's box, by row; nothing of rows without one."""
    if isinstance(written, np.ndarray):
        count = written.shape[1]
        stated = np.flatnonzero(~np.isnan(written).all(axis=1)) if count != 4 else ()
        return {int(n): _count_is_wrong(count) for n in stated}
    return {n: words for n, words in enumerate(map(_what_is_wrong, written)) if words}


def _what_is_wrong(value: Any) -> str:
    """Return why a value is no box; "" of a box, of an empty list and of nothing."""
    if value is None or value == []:
        return ""
    if not isinstance(value, list):
        return f"is {KINDS.get(type(value), 'something else')}, not x, y, width, height"
    if any(isinstance(v, list | dict) for v in value):
        return "is a list of lists, not x, y, width, height"
    return "" if len(value) == 4 else _count_is_wrong(len(value))


def _count_is_wrong(count: int) -> str:
    return f"holds {plural(count, 'number')} where x, y, width, height are 4"


def boxes_around(center: Floats, scale: Floats) -> Floats:
    """Return (N, 4) x, y, w, h of boxes by their center (N, 2), px, and scale (N, 2), in px or MPII's unit."""
    scale = np.where(np.abs(scale) < FAR, scale, np.nan)
    known = scale[~np.isnan(scale)]
    extent = scale * (1 if known.size and np.median(known) > PIXELS else SCALE)
    return np.hstack([center - extent / 2, extent])


def head_boxes(rows: Columns) -> Floats:
    """Return (N, 4) x, y, w, h of the heads' boxes; one NaN where no row has such a box."""
    if "head_box" not in rows and "head_w" not in rows:
        return np.array(np.nan)
    sides = zip(*(rows[side] for side in ("head_x", "head_y", "head_w", "head_h")), strict=True)
    return matrix([box or [*parts] for box, parts in zip(rows["head_box"], sides, strict=True)], 4)
