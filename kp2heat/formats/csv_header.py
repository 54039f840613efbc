"""Which column of a wide CSV holds which number of which joint, read off its header."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from kp2heat.formats.raw import ThirdKind

VISIBILITY = ("v", "vis", "visible", "visibility", "flag", "occluded_flag")
SCORE = ("score", "conf", "confidence", "likelihood", "p", "prob", "probability", "presence")
AXES = ("x", "y", "z", *VISIBILITY, *SCORE)
_AXIS = "|".join(sorted(AXES, key=len, reverse=True))
SUFFIXED = re.compile(rf"^(?P<joint>.*?)(?P<gap>[_.\-:/| ]*)[(\[]?(?P<axis>{_AXIS})[)\]]?$", re.IGNORECASE)
PREFIXED = re.compile(rf"^(?P<axis>{_AXIS})(?P<gap>[_.\-:/| ]*)(?P<joint>.+)$", re.IGNORECASE)

IMAGE = (
    "image", "file_name", "filename", "image_id", "image_name", "imagename", "image_path", "image_file",
    "imagefile", "path", "img", "img_name", "img_path", "img_id", "file", "file_path", "filepath", "frame",
    "frame_idx", "frame_id", "frame_number", "name", "video_frame",
)  # fmt: skip
"""Columns that name the image of a row, the surest first."""
SIZE = {
    "width": ("width", "image_width", "img_width", "img_w", "image_w"),
    "height": ("height", "image_height", "img_height", "img_h", "image_h"),
}
BOX = tuple(
    tuple(
        f"{box}{gap}{side}"
        for box in ("bbox", "box", "bb")
        for gap in ("_", ".", "-", " ", "")
        for side in sides
    )
    for sides in (("x", "left", "x1"), ("y", "top", "y1"), ("w", "width"), ("h", "height"))
)


THIRD: tuple[tuple[ThirdKind, tuple[str, ...]], ...] = (("visibility", VISIBILITY), ("score", SCORE))
NO_THIRD: tuple[ThirdKind, tuple[str, ...]] = ("", ())


@dataclass(frozen=True)
class Wide:
    """Columns by what they hold; -1 where there is none.

    names              the joints; xy: (x, y) column of each; third: its visibility or score column
    image, width, height, annotation     single columns; box: four columns x, y, w, h
    """

    names: tuple[str, ...]
    xy: tuple[tuple[int, int], ...]
    third: tuple[int, ...]
    third_kind: ThirdKind
    image: int
    width: int
    height: int
    box: tuple[int, ...]
    annotation: int


def _column(header: Sequence[str], *names: str) -> int:
    return next((header.index(name) for name in names if name in header), -1)


def joint_columns(header: Sequence[str], taken: set[int]) -> dict[str, dict[str, int]]:
    """Joint -> axis -> column, of ``nose_x`` or else of ``x_nose`` headers, in the order of the columns.

    A joint whose name comes twice keeps its first columns, and the second gets a number.
    """
    best: dict[str, dict[str, int]] = {}
    for pattern in (SUFFIXED, PREFIXED):
        joints: dict[str, dict[str, int]] = defaultdict(dict)
        seen: dict[tuple[str, str], int] = defaultdict(int)
        for column, cell in enumerate(header):
            found = None if column in taken else pattern.match(cell)
            if not found:
                continue
            joint, axis = found["joint"], found["axis"].lower()
            seen[joint, axis] += 1
            again = seen[joint, axis]
            joints[joint if again == 1 else f"{joint}_{again}"][axis] = column
        paired = {joint: axes for joint, axes in joints.items() if {"x", "y"} <= set(axes)}
        if len(paired) > len(best):
            best = paired
    return best


def wide_columns(cells: Sequence[str]) -> Wide | None:
    """The columns of a wide header, or None where it names no joint's x and y."""
    header = [cell.strip().lower() for cell in cells]
    width, height = (_column(header, *SIZE[side]) for side in ("width", "height"))
    box = tuple(_column(header, *names) for names in BOX)
    image = _column(header, *IMAGE)
    annotation = _column(header, "annotation_id", "ann_id", "id")
    taken = {width, height, image, annotation} | (set(box) if min(box) >= 0 else set())
    joints = joint_columns([cell.strip() for cell in cells], taken)
    if not joints:
        return None
    if (
        image < 0
        and header[0] in ("", "unnamed: 0")
        and 0 not in {c for j in joints.values() for c in j.values()}
    ):
        image = 0
    kind, spellings = next(
        ((kind, axes) for kind, axes in THIRD if any(a in j for j in joints.values() for a in axes)), NO_THIRD
    )
    return Wide(
        names=tuple(joint or f"joint_{k}" for k, joint in enumerate(joints)),
        xy=tuple((axes["x"], axes["y"]) for axes in joints.values()),
        third=tuple(next((axes[s] for s in spellings if s in axes), -1) for axes in joints.values()),
        third_kind=kind, image=image, width=width, height=height,
        box=box if min(box) >= 0 else (-1,) * 4, annotation=annotation,
    )  # fmt: skip
