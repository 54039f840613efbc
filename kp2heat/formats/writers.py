"""Annotations back to files: COCO keypoints JSON, wide CSV, DeepLabCut CSV; and what each cannot hold.

A file is written whole or not at all: beside its place, then moved.
"""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from kp2heat.annotations import Annotations
from kp2heat.arrays import Floats
from kp2heat.errors import OutputError, SpecError


def coco(annotations: Annotations) -> bytes:
    """COCO keypoints JSON: everything but instance scores of ground truth; joints not labelled are (0, 0, 0)."""
    a = annotations
    triplets = np.concatenate([np.nan_to_num(a.xy), a.visible[..., None]], axis=2).reshape(len(a), -1)
    labelled = (a.visible > 0).sum(axis=1)
    image_ids, ids = a.images.id.tolist(), a.id.tolist()
    rows = []
    for n in range(len(a)):
        row: dict[str, Any] = {
            "id": ids[n], "image_id": image_ids[a.image[n]], "category_id": 1, "iscrowd": int(a.crowd[n]),
            "num_keypoints": int(labelled[n]), "keypoints": _plain(triplets[n]),
        }  # fmt: skip
        if np.isfinite(a.bbox[n]).all():
            row["bbox"] = _plain(a.bbox[n])
        if np.isfinite(a.area[n]):
            row["area"] = float(a.area[n])
        if a.score is not None and np.isfinite(a.score[n]):
            row["score"] = float(a.score[n])
        rows.append(row)
    images = [
        {"id": i, "file_name": name} | ({"width": w, "height": h} if w else {})
        for i, name, (w, h) in zip(
            image_ids, a.images.file_name.tolist(), a.images.size.tolist(), strict=True
        )
    ]
    category = {
        "id": 1, "name": "instance", "keypoints": list(a.skeleton.names),
        "skeleton": [[p + 1, q + 1] for p, q in a.skeleton.limbs],
    }  # fmt: skip
    return msgspec.json.encode({"images": images, "annotations": rows, "categories": [category]}) + b"\n"


def _plain(values: Floats) -> list[float | int]:
    """Whole numbers without their ".0"."""
    return [int(v) if v == int(v) else v for v in values.tolist()]


def wide(annotations: Annotations) -> bytes:
    """Write a wide CSV with image ids, sizes, boxes and visibility."""
    a = annotations
    ids_too = not a.images.numbered and bool((a.images.file_name != "").any())
    header = [
        "image",
        *(["image_id"] if ids_too else []),
        "annotation_id",
        "score",
        "width",
        "height",
        "bbox_x",
        "bbox_y",
        "bbox_w",
        "bbox_h",
    ]
    header += [f"{name}_{axis}" for name in a.skeleton.names for axis in ("x", "y", "v")]
    names, sizes = _image_names(a), a.images.size.tolist()
    image_ids = a.images.id.tolist()
    rows = (
        [
            names[i],
            *([image_ids[i]] if ids_too else []),
            own,
            *_cells([score]),
            *(sizes[i] if sizes[i][0] else ("", "")),
            *_cells(box),
            *_triplets(xy, v),
        ]
        for i, own, score, box, xy, v in zip(
            a.image.tolist(),
            a.id.tolist(),
            a.score.tolist(),
            a.bbox.tolist(),
            a.xy.tolist(),
            a.visible.tolist(),
            strict=True,
        )
    )
    return _csv([header], rows)


def dlc(annotations: Annotations) -> bytes:
    """DeepLabCut's label CSV: 3 header rows, or 4 with individuals where an image holds several instances."""
    a = annotations
    images, count = np.unique(a.image, return_counts=True)
    most = int(count.max(initial=1))
    order = np.argsort(a.image, kind="stable")
    place = np.arange(len(a)) - np.repeat(np.cumsum(count) - count, count)
    cells = np.full((len(images), most, len(a.skeleton), 2), np.nan)
    cells[np.searchsorted(images, a.image[order]), place] = a.xy[order]
    columns = [
        (f"instance{i + 1}", name, axis) for i in range(most) for name in a.skeleton.names for axis in "xy"
    ]
    header = [["scorer", *("kp2heat" for _ in columns)], ["individuals", *(c[0] for c in columns)],
              ["bodyparts", *(c[1] for c in columns)], ["coords", *(c[2] for c in columns)]]  # fmt: skip
    names = _image_names(a)
    rows = (
        [names[i], *_cells(row)]
        for i, row in zip(images.tolist(), cells.reshape(len(images), -1).tolist(), strict=True)
    )
    return _csv(header if most > 1 else [header[0], *header[2:]], rows)


def _image_names(a: Annotations) -> list[str]:
    """File names, or ids where there are none."""
    return [name or str(i) for name, i in zip(a.images.file_name.tolist(), a.images.id.tolist(), strict=True)]


def _cells(values: list[float]) -> list[str]:
    return ["" if v != v else repr(v).removesuffix(".0") for v in values]


def _triplets(xy: list[list[float]], visible: list[int]) -> Iterator[str]:
    for point, v in zip(xy, visible, strict=True):
        yield from _cells(point)
        yield str(v)


def _csv(header: list[list[str]], rows: Any) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows(header)
    writer.writerows(rows)
    return out.getvalue().encode()


WRITERS: Mapping[str, Callable[[Annotations], bytes]] = {"coco": coco, "csv": wide, "dlc": dlc}
SUFFIXES = {".json": "coco", ".csv": "csv"}


def losses(annotations: Annotations, target: str) -> tuple[str, ...]:
    """What the target cannot hold of these annotations, in words."""
    a = annotations
    lone = len(a.images) - len(np.unique(a.image))
    numbered = a.id.dtype.kind == "i" and bool((a.id == np.arange(len(a))).all())
    named = [name for name in a.images.file_name.tolist() if name]
    tests = {
        "visibility (hidden joints become plain labels)": target == "dlc" and bool((a.visible == 1).any()),
        "boxes": target == "dlc" and bool(np.isfinite(a.bbox).any()),
        "image sizes": target == "dlc" and bool(a.images.size.any()),
        "areas": target != "coco" and bool(np.isfinite(a.area).any()),
        "crowd flags": target != "coco" and bool(a.crowd.any()),
        "scores": target == "dlc" and bool(np.isfinite(a.score).any()),
        "annotation ids": target == "dlc" and not numbered,
        "image ids": target == "dlc" and bool(named),
        "which image of several with one name": target == "dlc" and len(set(named)) < len(named),
        "limbs": target != "coco" and bool(a.skeleton.limbs),
        f"{lone} images without annotations": target != "coco" and lone > 0,
        "instances without a joint": target == "dlc" and bool((a.visible == 0).all(axis=1).any()),
        "OKS sigmas": bool(a.skeleton.sigmas) and target != "coco",
    }
    return tuple(words for words, lost in tests.items() if lost)


def writer_for(path: str | Path, target: str | None, *, overwrite: bool) -> str:
    """The name of the writer that ``target``, or else the suffix, asks for.

    SpecError where neither tells; OutputError where the path stands already.
    """
    kind = target or SUFFIXES.get(Path(path).suffix.lower(), "")
    if kind not in WRITERS:
        raise SpecError("to", f"cannot tell from '{path}' what to write", f"say --to {', '.join(WRITERS)}")
    if Path(path).exists() and not overwrite:
        raise OutputError(str(path), "exists already", "choose another name, or say --overwrite")
    return kind


def write(annotations: Annotations, path: str | Path, kind: str) -> tuple[str, ...]:
    """Write the annotations ("-" is standard output) and say what the file cannot hold.

    OutputError where it cannot be written; then nothing stays behind.
    """
    content = WRITERS[kind](annotations)
    if str(path) == "-":
        sys.stdout.buffer.write(content)
        return losses(annotations, kind)
    path = Path(path)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as problem:
        part.unlink(missing_ok=True)
        raise OutputError(
            str(path), f"cannot be written ({problem.strerror})", "choose another place"
        ) from None
    return losses(annotations, kind)
