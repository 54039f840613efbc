"""Annotations back to files: COCO keypoints JSON, wide CSV, DeepLabCut CSV; and what each cannot hold."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from kp2heat.annotations import Annotations
from kp2heat.arrays import Floats
from kp2heat.errors import InputError, OutputError, SpecError
from kp2heat.files.atomic import write_whole

UNNAMED = "instance"
"""The category of annotations that have none."""
BOX = ("bbox_x", "bbox_y", "bbox_w", "bbox_h")
HEAD = ("head_x", "head_y", "head_w", "head_h")


def coco(annotations: Annotations) -> bytes:
    """Return COCO keypoints JSON; joints that are not labelled are (0, 0, 0)."""
    file = {
        "images": _coco_images(annotations),
        "annotations": _coco_rows(annotations),
        "categories": _coco_categories(annotations),
    }
    return msgspec.json.encode(file) + b"\n"


def _coco_images(a: Annotations) -> list[dict[str, Any]]:
    columns = zip(a.images.id.tolist(), a.images.file_name.tolist(), a.images.size.tolist(), strict=True)
    return [
        {"id": i, "file_name": name} | ({"width": w, "height": h} if w else {}) for i, name, (w, h) in columns
    ]


def _coco_rows(a: Annotations) -> list[dict[str, Any]]:
    triplets = np.concatenate([np.nan_to_num(a.xy), a.visible[..., None]], axis=2)
    triplets = triplets.reshape(len(a), 3 * len(a.skeleton))
    labelled = (a.visible > 0).sum(axis=1).tolist()
    image_id, ids = a.images.id[a.image].tolist(), a.id.tolist()
    rows = []
    for n in range(len(a)):
        row = {"id": ids[n], "image_id": image_id[n], "category_id": category_id(str(a.category[n]))}
        row |= {"iscrowd": int(a.crowd[n]), "num_keypoints": labelled[n], "keypoints": _plain(triplets[n])}
        row |= {name: _plain(box[n]) for name, box in _coco_boxes(a) if np.isfinite(box[n]).all()}
        row |= {name: float(v[n]) for name, v in (("area", a.area), ("score", a.score)) if np.isfinite(v[n])}
        rows.append(row)
    return rows


def _coco_boxes(a: Annotations) -> tuple[tuple[str, Floats], ...]:
    return ("bbox", a.bbox), ("head_box", a.head)


def _coco_categories(a: Annotations) -> list[dict[str, Any]]:
    """Return the categories of the annotations, or one where there is none, with the joints they share."""
    limbs = [[p + 1, q + 1] for p, q in a.skeleton.limbs]
    joints = {"keypoints": [*a.skeleton.names], "skeleton": limbs}
    used = sorted(set(a.category.tolist())) or [""]
    return [{"id": category_id(i), "name": a.category_names.get(i) or i or UNNAMED, **joints} for i in used]


def category_id(text: str) -> int | str:
    """Return the id of a category as COCO writes it: a number where it is one, 1 where there is none."""
    return int(text) if text.isdecimal() else text or 1


def _plain(values: Floats) -> list[float | int]:
    """Return numbers, whole ones without their ".0"."""
    return [int(v) if v == int(v) else v for v in values.tolist()]


def wide(annotations: Annotations) -> bytes:
    """Return a wide CSV with image ids, categories, sizes, boxes, areas, crowd flags and visibility."""
    a = annotations
    sizes = [size if size[0] else ("", "") for size in a.images.size[a.image].tolist()]
    joints = np.concatenate([a.xy, a.visible[..., None]], axis=2).reshape(len(a), 3 * len(a.skeleton))
    columns: dict[tuple[str, ...], Iterable[Iterable[Any]]] = {
        ("image",): ([name] for name in np.array(_image_names(a), object)[a.image]),
        ("image_id",): ([i] for i in a.images.id[a.image].tolist()),
        ("annotation_id",): ([i] for i in a.id.tolist()),
        ("category_id",): ([i] for i in a.category.tolist()),
        ("category",): ([a.category_names.get(i, "")] for i in a.category.tolist()),
        ("score",): map(_cells, a.score[:, None].tolist()),
        ("width", "height"): sizes,
        BOX: map(_cells, a.bbox.tolist()),
        ("area",): map(_cells, a.area[:, None].tolist()),
        ("iscrowd",): ([int(crowd)] for crowd in a.crowd.tolist()),
        HEAD: map(_cells, a.head.tolist()),
        tuple(f"{name}_{axis}" for name in a.skeleton.names for axis in "xyv"): map(_cells, joints.tolist()),
    }
    empty = {
        ("image_id",): a.images.numbered or not (a.images.file_name != "").any(),
        ("category_id",): not (a.category != "").any(),
        ("category",): not any(a.category_names.get(i) for i in a.category.tolist()),
        ("area",): np.isnan(a.area).all(),
        ("iscrowd",): not a.crowd.any(),
        HEAD: np.isnan(a.head).all(),
    }
    columns = {names: values for names, values in columns.items() if not empty.get(names, False)}
    header = [name for names in columns for name in names]
    rows = ([cell for cells in row for cell in cells] for row in zip(*columns.values(), strict=True))
    return _csv([header], rows)


def dlc(annotations: Annotations) -> bytes:
    """Return DeepLabCut's label CSV: 3 header rows, or 4 where an image holds several instances."""
    a = annotations
    images, count = np.unique(a.image, return_counts=True)
    most, joints = int(count.max(initial=1)), len(a.skeleton)
    order = np.argsort(a.image, kind="stable")
    place = np.arange(len(a)) - np.repeat(np.cumsum(count) - count, count)
    cells = np.full((len(images), most, joints, 2), np.nan)
    cells[np.searchsorted(images, a.image[order]), place] = a.xy[order]
    columns = [
        (f"instance{i + 1}", name, axis) for i in range(most) for name in a.skeleton.names for axis in "xy"
    ]
    individuals, parts, coords = ([*level] for level in zip(*columns, strict=True))
    header = [["scorer", *["kp2heat"] * len(columns)], ["bodyparts", *parts], ["coords", *coords]]
    if most > 1:
        header.insert(1, ["individuals", *individuals])
    names = _image_names(a)
    values = cells.reshape(len(images), most * joints * 2).tolist()
    return _csv(header, ([names[i], *_cells(row)] for i, row in zip(images.tolist(), values, strict=True)))


def _image_names(a: Annotations) -> list[str]:
    """Return file names, or ids where there are none."""
    return [name or str(i) for name, i in zip(a.images.file_name.tolist(), a.images.id.tolist(), strict=True)]


def _cells(values: Iterable[float]) -> list[str]:
    return ["" if v != v else repr(v).removesuffix(".0") for v in values]


def _csv(header: list[list[str]], rows: Iterable[Iterable[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows(header)
    writer.writerows(rows)
    return out.getvalue().encode()


WRITERS: Mapping[str, Callable[[Annotations], bytes]] = {"coco": coco, "csv": wide, "dlc": dlc}
SUFFIXES = {".json": "coco", ".csv": "csv"}


def losses(annotations: Annotations, target: str, *, joint_scores: bool = False) -> tuple[str, ...]:
    """Return in words what the target cannot hold; ``joint_scores``: whether the source had a score per joint."""
    a = annotations
    empty = len(a.images) - len(np.unique(a.image))
    numbered = a.id.dtype.kind == "i" and bool((a.id == np.arange(len(a))).all())
    named = [name for name in a.images.file_name.tolist() if name]
    everywhere = {"scores of joints": joint_scores}
    only_coco = {
        "limbs": bool(a.skeleton.limbs),
        f"{empty} images without annotations": empty > 0,
        "OKS sigmas": bool(a.skeleton.sigmas),
    }
    not_dlc = {
        "visibility (hidden joints become plain labels)": bool((a.visible == 1).any()),
        "boxes": bool(np.isfinite(a.bbox).any()),
        "boxes of heads": bool(np.isfinite(a.head).any()),
        "areas": bool(np.isfinite(a.area).any()),
        "crowd flags": bool(a.crowd.any()),
        "categories": bool((a.category != "").any()),
        "image sizes": bool(a.images.size.any()),
        "scores": bool(np.isfinite(a.score).any()),
        "annotation ids": not numbered,
        "image ids": bool(named),
        "which image of several with one name": len(set(named)) < len(named),
        "instances without a joint": bool((a.visible == 0).all(axis=1).any()),
    }
    tests = everywhere | (only_coco if target != "coco" else {}) | (not_dlc if target == "dlc" else {})
    return tuple(words for words, lost in tests.items() if lost)


def writer_for(path: str | Path, target: str | None, *, overwrite: bool) -> str:
    """Return the name of the writer that ``target``, or else the suffix, asks for.

    SpecError where neither tells; OutputError where the path exists already.
    """
    kind = target or SUFFIXES.get(Path(path).suffix.lower(), "")
    if kind not in WRITERS:
        raise SpecError("to", f"cannot tell from '{path}' what to write", f"say --to {', '.join(WRITERS)}")
    if Path(path).exists() and not overwrite:
        raise OutputError(str(path), "exists already", "choose another name, or say --overwrite")
    return kind


def write(annotations: Annotations, path: str | Path, kind: str) -> None:
    """Write the annotations; "-" is standard output.

    InputError where a table would have no column of a joint; OutputError where the file cannot be written, and
    then nothing is left behind.
    """
    if kind != "coco" and not len(annotations.skeleton):
        source = annotations.source or "annotations"
        raise InputError(
            source, "names no joints, so there is no column to write", "write it as COCO: --to coco"
        )
    content = WRITERS[kind](annotations)
    if str(path) == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    write_whole(Path(path), content)
