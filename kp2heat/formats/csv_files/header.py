"""Which column of a CSV holds what, read off its header."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kp2heat.formats.parsed import ThirdKind

VISIBILITY = ("v", "vis", "visible", "visibility", "flag")
SCORE = ("score", "conf", "confidence", "likelihood", "prob", "probability", "presence", "p", "c")
THIRD: tuple[tuple[ThirdKind, tuple[str, ...]], ...] = (("visibility", VISIBILITY), ("score", SCORE))
NO_THIRD: tuple[ThirdKind, tuple[str, ...]] = ("", ())

_WORDS = "|".join(sorted(("x", "y", "z", *VISIBILITY, *SCORE), key=len, reverse=True))
_GAP = r"[_.\-:/| ]*"
SUFFIXED = re.compile(rf"^(?P<joint>.*?){_GAP}[(\[]?(?P<axis>{_WORDS})[)\]]?$", re.IGNORECASE)
PREFIXED = re.compile(rf"^(?P<axis>{_WORDS.removesuffix('|p|c')}){_GAP}(?P<joint>.+)$", re.IGNORECASE)

SINGLE: Mapping[str, tuple[str, ...]] = {
    "image": (
        "image", "filename", "imagename", "imagepath", "imagefile", "path", "img", "imgname", "imgpath",
        "file", "filepath", "imageid", "imgid", "frame", "frameidx", "frameid", "framenumber", "frameno",
        "frameindex", "videoframe", "fnum", "name",
    ),
    "image_id": ("imageid", "imgid"),
    "video": ("videopath", "video", "videoname", "videofile", "videoid"),
    "joint": (
        "keypoint", "joint", "bodypart", "bodyparts", "landmark", "node", "marker", "keypointname", "jointname",
        "landmarkname", "nodename", "landmarkid", "keypointid", "jointid", "landmarkindex", "keypointindex",
        "jointindex", "landmarkidx", "keypointidx", "jointidx", "kpt", "part", "point", "pointid", "label",
    ),
    "instance": (
        "instance", "instanceidx", "instanceid", "track", "trackid", "individual", "individuals", "person",
        "personid", "personidx", "animal", "animalid", "subject", "objectid", "faceid", "handid", "annotationid",
    ),
    "width": ("width", "imagewidth", "imgwidth", "imgw", "imagew"),
    "height": ("height", "imageheight", "imgheight", "imgh", "imageh"),
    "annotation": ("annotationid", "annid", "id"),
    "score": ("instancescore", "score", "confidence"),
}  # fmt: skip
"""Columns by their squashed names (lower case, letters and digits only), the surest first."""

BOXES = (
    *(tuple(f"{box}{side}" for side in sides) for box in ("bbox", "box", "bb", "") for sides in (
        "xywh", ("x", "y", "width", "height"), ("left", "top", "width", "height"),
    )),
)  # fmt: skip
CORNERS = (
    *(tuple(f"{box}{side}" for side in sides) for box in ("bbox", "box", "bb", "") for sides in (
        ("xmin", "ymin", "xmax", "ymax"), ("x1", "y1", "x2", "y2"), ("left", "top", "right", "bottom"),
    ) if box or sides[0] == "xmin"),
)  # fmt: skip

HEAD = ("headx", "heady", "headw", "headh")
"""Columns of the box round the head: x, y, w, h."""

CLASS = ("class", "classname", "classid", "label", "category")
"""Beside x1, y1, x2, y2 such a column says that they are a box (RetinaNet's CSV), not two joints."""


@dataclass(frozen=True)
class Wide:
    """Columns by what they hold; -1 where there is none.

    names    the joints; xy: (x, y) column of each; third: its visibility or score column
    single   the names of ``SINGLE`` -> column
    box      four columns, x y w h, or x0 y0 x1 y1 where ``corners``
    head     four columns, x y w h of the box round the head
    """

    names: tuple[str, ...]
    xy: tuple[tuple[int, int], ...]
    third: tuple[int, ...]
    third_kind: ThirdKind
    single: Mapping[str, int]
    box: tuple[int, ...]
    corners: bool
    head: tuple[int, ...] = (-1,) * 4


def squash(cell: str) -> str:
    """Lower case, letters and digits only: "Image ID" and "image_id" are one name."""
    return re.sub(r"[^a-z0-9]", "", cell.lower())


def single_columns(cells: Sequence[str]) -> dict[str, int]:
    """The columns of ``SINGLE`` that a header has, -1 for the others."""
    header = [squash(cell) for cell in cells]
    single = {
        kind: next((header.index(name) for name in names if name in header), -1)
        for kind, names in SINGLE.items()
    }
    if single["image_id"] == single["image"]:
        single["image_id"] = -1
    return single


def head_columns(cells: Sequence[str]) -> tuple[int, ...]:
    """Return the four columns of the box round the head; four times -1 where there is none."""
    header = [squash(cell) for cell in cells]
    return tuple(map(header.index, HEAD)) if set(HEAD) <= set(header) else (-1,) * 4


def box_columns(cells: Sequence[str]) -> tuple[tuple[int, ...], bool]:
    """Four columns of a box and whether they are corners; four times -1 where there is no box."""
    header = [squash(cell) for cell in cells]
    if {"x1", "y1", "x2", "y2"} <= set(header) and "x3" not in header and set(CLASS) & set(header):
        return tuple(header.index(name) for name in ("x1", "y1", "x2", "y2")), True
    for kinds, corners in ((BOXES, False), (CORNERS, True)):
        for names in kinds:
            if set(names) <= set(header):
                return tuple(header.index(name) for name in names), corners
    return (-1,) * 4, False


def joint_columns(header: Sequence[str], taken: set[int]) -> dict[str, dict[str, int]]:
    """Joint -> axis -> column, of ``nose_x`` or else of ``x_nose`` headers, in the order of the columns.

    A joint whose name comes twice keeps its first columns, and the second gets a number. Where a header
    has both x_0 and X_0 (OpenFace), the capitals are positions in space and are left out.
    """
    best: dict[str, dict[str, int]] = {}
    for pattern in (SUFFIXED, PREFIXED):
        joints: dict[str, dict[str, int]] = defaultdict(dict)
        seen: dict[tuple[str, str], int] = defaultdict(int)
        for column, cell in enumerate(header):
            found = None if column in taken else pattern.match(cell)
            if not found or _in_space(cell, found["axis"], found.start("axis"), header):
                continue
            joint, axis = found["joint"], found["axis"].lower()
            seen[joint, axis] += 1
            again = seen[joint, axis]
            joints[joint if again == 1 else f"{joint}_{again}"][axis] = column
        paired = {joint: axes for joint, axes in joints.items() if {"x", "y"} <= set(axes)}
        if len(paired) > len(best):
            best = paired
    return best


def _in_space(cell: str, axis: str, start: int, header: Sequence[str]) -> bool:
    return axis in ("X", "Y", "Z") and f"{cell[:start]}{axis.lower()}{cell[start + 1 :]}" in header


def wide_columns(cells: Sequence[str]) -> Wide | None:
    """The columns of a wide header, or None where it names no joint's x and y."""
    header = [cell.strip() for cell in cells]
    box, corners = box_columns(header)
    single = single_columns(header)
    head = head_columns(header)
    alone = ("image", "image_id", "video", "annotation", "score", "width", "height")
    taken = {*box, *head, *(single[kind] for kind in alone)}
    joints = joint_columns(header, taken)
    if not joints:
        return None
    used = {column for axes in joints.values() for column in axes.values()}
    if single["image"] < 0 and header[0].lower() in ("", "unnamed: 0") and 0 not in used:
        single["image"] = 0
    kind, spellings = next(
        ((kind, axes) for kind, axes in THIRD if any(a in j for j in joints.values() for a in axes)), NO_THIRD
    )
    return Wide(
        names=tuple(joint or f"joint_{k}" for k, joint in enumerate(joints)),
        xy=tuple((axes["x"], axes["y"]) for axes in joints.values()),
        third=tuple(next((axes[s] for s in spellings if s in axes), -1) for axes in joints.values()),
        third_kind=kind, single={k: -1 if column in set(box) else column for k, column in single.items()},
        box=box, corners=corners, head=head,
    )  # fmt: skip
