"""Which column of a CSV holds what, by the names in its header."""

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

_SINGLE = """
image: image filename imagename imagepath imagefile path img imgname imgpath file filepath imageid
    imgid frame frameidx frameid framenumber frameno frameindex videoframe fnum name
image_id: imageid imgid
video: videopath video videoname videofile videoid
joint: keypoint joint bodypart bodyparts landmark node marker keypointname jointname landmarkname
    nodename landmarkid keypointid jointid landmarkindex keypointindex jointindex landmarkidx
    keypointidx jointidx kpt part point pointid label
instance: instance instanceidx instanceid track trackid individual individuals person personid
    personidx animal animalid subject objectid faceid handid annotationid
width: width imagewidth imgwidth imgw imagew
height: height imageheight imgheight imgh imageh
annotation: annotationid annid id
score: instancescore score confidence
category_id: categoryid catid classid
category: category categoryname class classname species label
area: area
crowd: iscrowd crowd
"""
SINGLE: Mapping[str, tuple[str, ...]] = {
    kind: tuple(names.split()) for kind, names in re.findall(r"^(\w+):((?: .+\n)+)", _SINGLE, re.MULTILINE)
}
"""Columns by their squashed names (lower case, letters and digits only), the surest first."""

BOXES = [
    [f"{box}{side}" for side in sides.split()]
    for box in ("bbox", "box", "bb", "")
    for sides in ("x y w h", "x y width height", "left top width height")
]
CORNERS = [
    [f"{box}{side}" for side in sides.split()]
    for box in ("bbox", "box", "bb", "")
    for sides in ("xmin ymin xmax ymax", "x1 y1 x2 y2", "left top right bottom")
    if box or sides.startswith("xmin")
]

ALONE = (
    *("image", "image_id", "video", "annotation", "score", "width", "height"),
    *("category_id", "category", "area", "crowd"),
)
"""The columns of ``SINGLE`` that say something of an instance, and are no part of a joint."""

HEAD = ("headx", "heady", "headw", "headh")
"""Columns of the box round the head: x, y, w, h."""

INDEX = ("", "unnamed: 0")
"""Names of a first column that an index was written to."""
CLASS = ("class", "classname", "classid", "label", "category")
CENTRES = (
    ("cx", "cy"),
    ("xc", "yc"),
    ("xcenter", "ycenter"),
    ("centerx", "centery"),
    ("centroidx", "centroidy"),
)
"""Columns that, together with x1, y1, x2, y2, say that these are a box (as in RetinaNet's CSV), not two joints."""
MEASURES = ("area", "mean", "min", "max", "slice", "counter", "count", "ch")
"""Columns that, together with Label, X and Y, say that a table is ImageJ's (Fiji's) Results, and Label the image."""


@dataclass(frozen=True)
class Wide:
    """Columns by what they hold; -1 where there is none.

    names    the joints; xy: (x, y) column of each; third: its visibility or score column
    single   the names of ``SINGLE`` -> column
    box      four columns, x y w h, or x0 y0 x1 y1 where ``corners``
    head     four columns, x y w h of the box round the head
    index    a first column without a name, which numbers the rows or names their images
    unused   the names of all other columns
    """

    names: tuple[str, ...]
    xy: tuple[tuple[int, int], ...]
    third: tuple[int, ...]
    third_kind: ThirdKind
    single: Mapping[str, int]
    box: tuple[int, ...]
    corners: bool
    head: tuple[int, ...] = (-1,) * 4
    index: int = -1
    unused: tuple[str, ...] = ()


def squash(cell: str) -> str:
    """Return lower case letters and digits only: "Image ID" and "image_id" are one name."""
    return re.sub(r"[^a-z0-9]", "", cell.lower())


def is_results_of_imagej(header: Sequence[str]) -> bool:
    """Return whether squashed names are those of ImageJ's Results, whose Label is the image.

    >>> is_results_of_imagej(["", "label", "area", "mean", "x", "y"])
    True
    """
    return {"label", "x", "y"} <= set(header) and bool(set(MEASURES) & set(header))


def single_columns(cells: Sequence[str]) -> dict[str, int]:
    """Return the columns of ``SINGLE`` that a header has, -1 for the others."""
    header = [squash(cell) for cell in cells]
    single = {
        kind: next((header.index(name) for name in names if name in header), -1)
        for kind, names in SINGLE.items()
    }
    if single["image_id"] == single["image"]:
        single["image_id"] = -1
    if is_results_of_imagej(header):
        single |= {"image": header.index("label"), "joint": -1, "category": -1, "area": -1}
    return single


def head_columns(cells: Sequence[str]) -> tuple[int, ...]:
    """Return the four columns of the box round the head; four times -1 where there is none."""
    header = [squash(cell) for cell in cells]
    return tuple(map(header.index, HEAD)) if set(HEAD) <= set(header) else (-1,) * 4


def box_columns(cells: Sequence[str]) -> tuple[tuple[int, ...], bool]:
    """Return four columns of a box and whether they are corners; four times -1 where there is no box."""
    header = [squash(cell) for cell in cells]
    for kinds, corners in ((BOXES, False), (CORNERS, True)):
        for names in kinds:
            if set(names) <= set(header):
                return tuple(header.index(name) for name in names), corners
    corner_names = ("x1", "y1", "x2", "y2")
    marked = set(CLASS) & set(header) or centre_columns(cells) or _joints_of(SUFFIXED, cells, set())
    if set(corner_names) <= set(header) and "x3" not in header and marked:
        return tuple(header.index(name) for name in corner_names), True
    return (-1,) * 4, False


def centre_columns(cells: Sequence[str]) -> set[int]:
    """Return the columns of the centre of a box; ``c_x, c_y, c_v`` and ``center_x, center_y, center_v`` are joints."""
    header = [cell.strip().lower() for cell in cells]
    short = [name if len(name) == 2 else squash(name) for name in header]
    pairs = [[short.index(name) for name in pair] for pair in CENTRES if set(pair) <= set(short)]
    third = {
        column for axes in joint_columns(cells, set()).values() if len(axes) > 2 for column in axes.values()
    }
    return {column for pair in pairs if not third & set(pair) for column in pair}


def joint_columns(header: Sequence[str], taken: set[int]) -> dict[str, dict[str, int]]:
    """Return joint -> axis -> column of ``nose_x`` or else of ``x_nose`` headers, in the order of the columns.

    Of the two spellings the one that names more joints is meant, the first where they name as many.
    """
    return max((_joints_of(pattern, header, taken) for pattern in (SUFFIXED, PREFIXED)), key=len)


def _joints_of(pattern: re.Pattern[str], header: Sequence[str], taken: set[int]) -> dict[str, dict[str, int]]:
    """Return the joints with an x and a y column under one spelling.

    A joint whose name comes twice keeps its first columns, and the second gets a number. Where a header
    has both x_0 and X_0 (OpenFace), the capitals are positions in space and are left out.
    """
    joints: dict[str, dict[str, int]] = defaultdict(dict)
    seen: dict[tuple[str, str], int] = defaultdict(int)
    for column, cell in enumerate(header):
        match = None if column in taken else pattern.match(cell)
        if not match or _in_space(cell, match["axis"], match.start("axis"), header):
            continue
        joint, axis = match["joint"], match["axis"].lower()
        seen[joint, axis] += 1
        again = seen[joint, axis]
        joints[joint if again == 1 else f"{joint}_{again}"][axis] = column
    return {joint: axes for joint, axes in joints.items() if {"x", "y"} <= set(axes)}


def _in_space(cell: str, axis: str, start: int, header: Sequence[str]) -> bool:
    return axis in ("X", "Y", "Z") and f"{cell[:start]}{axis.lower()}{cell[start + 1 :]}" in header


def wide_columns(cells: Sequence[str]) -> Wide | None:
    """Return the columns of a wide header, or None where it names no joint's x and y."""
    header = [cell.strip() for cell in cells]
    box, corners = box_columns(header)
    single = single_columns(header)
    head = head_columns(header)
    taken = {*box, *head, *(single[kind] for kind in ALONE)}
    taken |= centre_columns(header) if box[0] >= 0 else set()
    joints = joint_columns(header, taken)
    if not joints:
        return None
    kind, spellings = next(
        ((kind, axes) for kind, axes in THIRD if any(a in j for j in joints.values() for a in axes)), NO_THIRD
    )
    third = tuple(next((axes[s] for s in spellings if s in axes), -1) for axes in joints.values())
    single = {k: -1 if column in set(box) else column for k, column in single.items()}
    read = {
        *(taken - centre_columns(header)),
        *third,
        *(axes[axis] for axes in joints.values() for axis in "xy"),
    }
    index = 0 if header[0].lower() in INDEX and 0 not in read else -1
    return Wide(
        names=tuple(joint or f"joint_{k}" for k, joint in enumerate(joints)),
        xy=tuple((axes["x"], axes["y"]) for axes in joints.values()),
        third=third,
        third_kind=kind,
        single=single,
        box=box,
        corners=corners,
        head=head,
        index=index,
        unused=tuple(cell for c, cell in enumerate(header) if cell and c not in {*read, index}),
    )
