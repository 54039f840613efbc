"""COCO keypoints JSON and its kin (cocodataset.org, data format, keypoint detection)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.errors import InputError
from kp2heat.formats.checks import PLACES, error
from kp2heat.formats.columns import column, flat, matrix
from kp2heat.formats.content import Content
from kp2heat.formats.findings import Finding, plural
from kp2heat.formats.json_files import whole_body
from kp2heat.formats.json_files.rows import Lists, labelled
from kp2heat.formats.json_files.schema import Annotation, Category, CocoFile, Image
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import FAR, ParsedFile, id_column, rows_of
from kp2heat.skeleton import COCO_NAMES
from kp2heat.skeletons import SKELETONS

PLACE = "annotations[{row}]"
KEYS = (b'"images"', b'"annotations"')
SCALE = 200.0
"""MPII's unit of a person's ``scale``, px; kept by the files that give center and scale for a box."""
PIXELS = 20
"""A typical ``scale`` above this is in px already (mmpose 1.x): 20 of MPII's units are 4000 px."""


def sniff(head: bytes) -> bool:
    """A JSON object."""
    return head.lstrip()[:1] == b"{"


def parse(content: Content, options: ReadOptions) -> ParsedFile:
    """The file's columns; annotations without keypoints are left out and counted in a note."""
    found = labelled(content, CocoFile, lambda file: file.annotations or [])
    file = found.file
    if file.images is None and file.annotations is None:
        raise InputError(content.name, "has neither 'images' nor 'annotations'", "give a COCO keypoints file")
    images = file.images or []
    categories = {str(c.id): c for c in file.categories or []}
    ids = [str(a.category_id) for a in found.rows]
    chosen = choose_category(ids, found.lists["keypoints"], categories, options.category, content.name)
    found = found.take(chosen)
    rows, kept, values = found.rows, found.kept, found.lists["keypoints"]
    category = categories.get(str(rows[0].category_id)) if rows else next(iter(categories.values()), None)
    names = joint_names(category)
    if whole_body.is_whole_body(found.lists):
        names, values = whole_body.NAMES, whole_body.join(found.lists)
    names = longer(names, values)
    xy, third, wrong = keypoints(values, kept, len(names))
    left_out = found.total - len(kept)
    image_id = id_column([i.id for i in images])
    limbs, limb_note = limbs_of(category, xy.shape[1])
    bbox, box_note = boxes(rows, found.lists["bbox"])
    notes = (
        limb_note,
        box_note,
        f"{plural(left_out, 'annotation')} without keypoints left out" if left_out else "",
    )
    return ParsedFile(
        title="COCO keypoints JSON", source=content.name, rows="annotation", place=PLACE,
        xy=xy, third=third, zero_missing=bool(np.isnan(third).all()),
        names=names, limbs=limbs,
        id=id_column([a.id for a in rows]), row=np.array(kept, np.int64),
        image=rows_of(id_column([a.image_id for a in rows]), image_id), image_id=image_id,
        file_name=np.array([str(i.file_name or (i.id if isinstance(i.id, str) else "")) for i in images], np.str_), size=image_sizes(images),
        bbox=bbox, area=column([a.area for a in rows]), crowd=crowds(rows),
        score=column([a.score for a in rows]), num_keypoints=column([a.num_keypoints for a in rows]),
        category=np.array([category_id(a) for a in rows], np.str_),
        category_names={i: str(c.name or "") for i, c in categories.items()},
        numbered_images=all(i.id is None for i in images), crowding=column([i.crowdIndex for i in images]),
        head=head_boxes(rows),
        findings=wrong, notes=notes,
    )  # fmt: skip


def category_id(row: Annotation) -> str:
    """Return the id of a row's category as text, "" where it names none."""
    return "" if row.category_id is None else str(row.category_id)


def head_boxes(rows: Sequence[Annotation]) -> Floats:
    """Return (N, 4) x, y, w, h of the heads' boxes; one NaN where no row has such a box."""
    if all(row.head_box is None and row.head_w is None for row in rows):
        return np.array(np.nan)
    return matrix([row.head_box or [row.head_x, row.head_y, row.head_w, row.head_h] for row in rows], 4)


def choose_category(
    ids: Sequence[str],
    values: Lists,
    categories: dict[str, Category],
    wanted: str | None,
    source: str,
) -> list[int]:
    """The rows of the category asked for, or of all, which must then share their joints."""
    if wanted is not None:
        named = {i for i, c in categories.items() if wanted in (i, c.name)} | ({wanted} & set(ids))
        if not named:
            raise InputError(
                source, f"has no category '{wanted}'", f"choose from: {_listed(ids, values, categories)}"
            )
        return [i for i, category in enumerate(ids) if category in named]
    kinds = {i: (joint_names(categories.get(i)) or _length(values[ids.index(i)])) for i in set(ids)}
    if len(set(kinds.values())) > 1:
        raise InputError(
            source, "holds categories with different joints",
            f"choose one with --category: {_listed(ids, values, categories)}",
        )  # fmt: skip
    return [*range(len(ids))]


def _length(row: Any) -> int:
    return len(row if isinstance(row, np.ndarray) else flat(row))


def _listed(ids: Sequence[str], values: Lists, categories: dict[str, Category]) -> str:
    """The categories that annotations use: "mouse (17 joints, 2 annotations), fly (13 joints, 1 annotation)"."""
    words = []
    for i, count in Counter(ids).items():
        category = categories.get(i)
        joints = len(joint_names(category)) or _length(values[ids.index(i)]) // 3
        name = category.name if category and category.name else i
        words.append(f"{name} ({plural(joints, 'joint')}, {plural(count, 'annotation')})")
    return ", ".join(words) or "none has keypoints"


def joint_names(category: Category | None) -> tuple[str, ...]:
    """Names as the category lists them; repeated names get a number, so that they stay distinct."""
    listed = category.keypoints if category else None
    if not isinstance(listed, list):
        return ()
    names = [str(name.get("name", k) if isinstance(name, dict) else name) for k, name in enumerate(listed)]
    seen: Counter[str] = Counter()
    for k, name in enumerate(names):
        seen[name] += 1
        if seen[name] > 1:
            names[k] = f"{name}_{seen[name]}"
    return tuple(names)


def longer(names: tuple[str, ...], values: Lists) -> tuple[str, ...]:
    """The joints of Halpe or WholeBody where every row has as many, though the category lists COCO's 17 only."""
    lengths = (
        {values.shape[1]}
        if isinstance(values, np.ndarray)
        else {len(v) if isinstance(v, list) else 0 for v in values}
    )
    wider = {3 * len(SKELETONS[name]): name for name in ("halpe26", "coco-wholebody", "halpe")}
    found = (
        wider.get(min(lengths, default=0)) if len(lengths) == 1 and len(names) == len(COCO_NAMES) else None
    )
    return SKELETONS[found].names if found else names


def keypoints(values: Lists, kept: Sequence[int], named: int) -> tuple[Floats, Floats, tuple[Finding, ...]]:
    """(N, K, 2) xy, (N, K) third numbers, and the rows that do not hold 3 numbers (or 2) for each joint."""
    if isinstance(values, np.ndarray):
        lengths = [values.shape[1]] * len(values)
    else:
        if {*map(type, values)} - {list} or list in {*map(type, map(itemgetter(0), values))}:
            values = [flat(v) for v in values]
        lengths = [*map(len, values)]
    usual = Counter(lengths).most_common(1)[0][0] if lengths else 3 * named
    step = 2 if (named and usual == 2 * named) or usual % 3 else 3
    joints = named or usual // step
    width = joints * step
    cells = matrix(values, width).reshape(len(values), joints, step)
    third = cells[..., 2] if step == 3 else np.full(cells.shape[:2], np.nan)
    odd = [i for i, length in enumerate(lengths) if length != width]
    if not odd:
        return cells[..., :2], third, ()
    places = [f"{PLACE.format(row=kept[i])}.keypoints" for i in odd[:PLACES]]
    found = f"holds {lengths[odd[0]]} numbers where {joints} joints need {3 * joints}"
    finding = error("wrong-k", len(odd), places, found, "write x, y, v for each joint of the category", odd)
    return cells[..., :2], third, (finding,)


def limbs_of(category: Category | None, joints: int) -> tuple[tuple[tuple[int, int], ...], str]:
    """Limbs as 0-based pairs. COCO counts from 1; a file that uses 0 counts from 0.

    A skeleton with a number beyond the joints was made for other joints, and none of its limbs is trusted.
    """
    listed = category.skeleton if category else None
    pairs = [p for p in listed if isinstance(p, list) and len(p) == 2] if isinstance(listed, list) else []
    if not pairs or not all(isinstance(i, int) for pair in pairs for i in pair):
        return (), ""
    base = 0 if min(map(min, pairs)) == 0 else 1
    if min(map(min, pairs)) < base or max(map(max, pairs)) >= joints + base:
        return (), "skeleton of other joints ignored"
    return tuple((a - base, b - base) for a, b in pairs), "skeleton counted from 0" if base == 0 else ""


def boxes(rows: Sequence[Annotation], written: Lists) -> tuple[Floats, str]:
    """(N, 4) x, y, w, h; from center and scale where a row has no box."""
    boxes = matrix(written, 4)
    lost = np.asarray(np.isnan(boxes).any(axis=1))
    if not lost.any() or all(a.center is None for a in rows):
        return boxes, ""
    scale = [a.scale if isinstance(a.scale, list) else [a.scale] * 2 for a in rows]
    made = boxes_round(matrix([a.center for a in rows], 2), matrix(scale, 2))
    return np.where(lost[:, None], made, boxes), "boxes from center and scale"


def boxes_round(center: Floats, scale: Floats) -> Floats:
    """(N, 4) x, y, w, h of boxes given by center (N, 2), px, and scale (N, 2), in px or MPII's unit."""
    scale = np.where(np.abs(scale) < FAR, scale, np.nan)
    known = scale[~np.isnan(scale)]
    extent = scale * (1 if known.size and np.median(known) > PIXELS else SCALE)
    return np.hstack([center - extent / 2, extent])


def crowds(rows: Sequence[Annotation]) -> Bools:
    """(N,) iscrowd, spelled either way."""
    return np.asarray(column([a.iscrowd if a.iscrowd is not None else a.is_crowd for a in rows]) > 0)


def image_sizes(images: Sequence[Image]) -> Floats:
    """(M, 2) width, height; NaN where the file says nothing."""
    return np.stack([column([i.width for i in images]), column([i.height for i in images])], axis=1)
