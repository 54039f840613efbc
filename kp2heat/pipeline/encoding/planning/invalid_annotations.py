"""Refuse annotations with errors, or skip and list them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from kp2heat.annotations import Annotations, Skipped
from kp2heat.arrays import Bools, Ints
from kp2heat.errors import InputError
from kp2heat.files.atomic import write_whole
from kp2heat.frame import Frame
from kp2heat.pipeline.encoding.planning.roll import Roll
from kp2heat.scene import outside_input
from kp2heat.shards.schema import SKIPPED

ON_ERROR = ("fail", "skip")


def unsized(roll: Roll, row: Ints, image: Ints, on_error: str) -> tuple[Bools, tuple[Skipped, ...]]:
    """Return which images have a size, as a whole-image fit needs, and the people of those without one.

    row (M,) of the annotations; image (S,) of the image table. InputError for the first image without a size,
    unless ``on_error`` is "skip".
    """
    size = roll.images.size
    known = np.asarray((size > 0).all(axis=1))
    lost = image[~known[image]]
    if len(lost) and on_error == "fail":
        more = f" (nor are those of {len(lost) - 1} more samples)" if len(lost) > 1 else ""
        raise InputError(
            f"{roll.source or 'annotations'}, image '{roll.images.file_name[lost[0]]}'",
            f"its size is not known{more}",
            "give --images DIR or --image-size WxH",
        )
    bad = row[~known[roll.image[row]]]
    return known[image], tuple(_skipped(roll, int(n), "the size of its image is not known") for n in bad)


def of_readable_images(
    roll: Roll, row: Ints, unreadable: Mapping[int, str]
) -> tuple[Ints, tuple[Skipped, ...]]:
    """Return the rows (M,) of the annotations whose image is readable, and the list of the others.

    unreadable: row of the image table -> reason
    """
    if not unreadable:
        return row, ()
    lost = np.isin(roll.image[row], list(unreadable))
    reasons = ((int(n), unreadable[int(roll.image[n])]) for n in row[lost])
    return row[~lost], tuple(_skipped(roll, n, reason) for n, reason in reasons)


def outside(
    annotations: Annotations, row: Ints, person: Frame, on_error: str
) -> tuple[Bools, tuple[Skipped, ...]]:
    """Return which people have a labelled joint outside the input (M,), and the list of them.

    row (M,) of the annotations; person: the frame of each. InputError unless ``on_error`` is "skip".
    """
    xy = person.to_input(annotations.xy[row])
    beyond = outside_input(xy, person.input_size) & (annotations.visible[row] > 0)
    width, height = person.input_size
    reasons: dict[int, str] = {}
    for m, k in np.argwhere(beyond).tolist():
        x, y = xy[m, k]
        problem = f"({x:.2f}, {y:.2f}) lies outside the {width}x{height} input"
        joint = annotations.skeleton.names[k]
        if on_error == "fail":
            raise InputError(
                f"{annotations.source or 'annotations'}, annotation {annotations.id[row[m]]}, {joint}",
                problem,
                "correct it, or choose --outside drop, partial or clip, or --on-error skip",
            )
        reasons.setdefault(m, f"{joint} {problem}")
    skipped = tuple(_skipped(annotations, int(row[m]), reason) for m, reason in reasons.items())
    return np.asarray(beyond.any(axis=1)), skipped


def _skipped(annotations: Annotations | Roll, row: int, reason: str) -> Skipped:
    identity = annotations.id[row].item()
    image = str(annotations.images.file_name[annotations.image[row]])
    return Skipped(f"annotation {identity}", identity, reason, annotations.source, image)


def write_skipped(folder: Path, skipped: Iterable[Skipped]) -> None:
    """Write ``skipped.jsonl``: per annotation its file, row, image, id and the reason; no file where there are none."""
    rows = [
        {"file": one.file, "row": one.place, "image": one.image, "id": one.id, "reason": one.reason}
        for one in skipped
    ]
    if rows:
        write_whole(folder / SKIPPED, "".join(f"{json.dumps(row)}\n" for row in rows))
    else:
        (folder / SKIPPED).unlink(missing_ok=True)
