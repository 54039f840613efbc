"""The annotations of a COCO file or results list that have keypoints; their lists as matrices where they can be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np

from kp2heat.arrays import Floats
from kp2heat.errors import plural
from kp2heat.formats.checks import error
from kp2heat.formats.content import Content
from kp2heat.formats.findings import Finding
from kp2heat.formats.json_files.number_lists import matrix
from kp2heat.formats.json_files.schema import Annotation, TextAnnotation, decoded

Lists = Floats | list[Any]
"""(N, L) float64, NaN where a row has no list, if all others are lists of L numbers; else N objects as they come."""
NOTHING: Mapping[str, set[bytes]] = {
    "keypoints": {b"null", b"[]"},
    "bbox": {b"null"},
    "foot_kpts": {b"null"},
    "face_kpts": {b"null"},
    "lefthand_kpts": {b"null"},
    "righthand_kpts": {b"null"},
}
"""The fields of numbers, and the texts by which they say that there are none."""
SHORT = 4
"""Characters of the longest of these texts."""


@dataclass(frozen=True)
class LabelledRows:
    """The annotations of a decoded file that have keypoints.

    total   how many annotations the file has; kept: the numbers of those with keypoints among them
    lists   their lists of numbers by field
    """

    file: Any
    total: int
    rows: Sequence[Annotation]
    kept: Sequence[int]
    lists: Mapping[str, Lists]

    def take(self, chosen: Sequence[int]) -> LabelledRows:
        """Return these rows only, in their order."""
        if len(chosen) == len(self.rows):
            return self
        return replace(
            self,
            rows=[self.rows[i] for i in chosen],
            kept=[self.kept[i] for i in chosen],
            lists={field: _taken(values, chosen) for field, values in self.lists.items()},
        )


def labelled_rows(
    content: Content, container: Any, annotations: Callable[[Any], Sequence[Annotation]]
) -> LabelledRows:
    """Return the rows of a file that is a ``container`` of annotations; InputError as ``decode`` raises it.

    Lists of as many numbers never become Python objects; a file that holds anything else there, or is no JSON, is
    decoded once more in full.
    """
    source, data = content.name, content.take()
    with suppress(msgspec.DecodeError, ValueError, RecursionError):
        return _of_texts(msgspec.json.decode(data, type=container[TextAnnotation]), annotations)
    return _of_objects(decoded(source, data, container[Annotation]), annotations)


def _of_objects(file: Any, annotations: Callable[[Any], Sequence[Annotation]]) -> LabelledRows:
    rows = annotations(file)
    lists = {field: [*map(attrgetter(field), rows)] for field in NOTHING}
    return _all(file, rows, lists).take([i for i, row in enumerate(rows) if row.keypoints])


def _of_texts(file: Any, annotations: Callable[[Any], Sequence[Annotation]]) -> LabelledRows:
    """Return the rows, their lists as matrices; ValueError where some field's lists are not all of as many numbers."""
    rows = annotations(file)
    lists = {field: _matrix([*map(attrgetter(field), rows)], none) for field, none in NOTHING.items()}
    return _all(file, rows, lists).take([i for i, row in enumerate(rows) if len(row.keypoints) > SHORT])


def _all(file: Any, rows: Sequence[Annotation], lists: Mapping[str, Lists]) -> LabelledRows:
    return LabelledRows(file, len(rows), rows, range(len(rows)), lists)


def _matrix(texts: list[msgspec.Raw], nothing: set[bytes]) -> Floats:
    size = np.fromiter(map(len, texts), np.int64, len(texts))
    if {bytes(texts[i]) for i in np.flatnonzero((size > 0) & (size <= SHORT))} - nothing:
        raise ValueError("neither a list of numbers nor nothing")
    stated = np.flatnonzero(size > SHORT)
    if len(stated) == len(texts):
        return matrix(texts)
    values = matrix([texts[i] for i in stated])
    out = np.full((len(texts), values.shape[1]), np.nan)
    out[stated] = values
    return out


def no_keypoints(labelled: LabelledRows, named: bool = True) -> Iterator[Finding]:
    """Yield an error where there are rows and none of them has keypoints; ``named``: some category names joints."""
    if labelled.total and not labelled.rows:
        found = (
            f"none of {plural(labelled.total, 'row')} has keypoints"
            + ", and no category names joints" * (not named)
        )
        todo = "give the file with the keypoints; points that are annotations each must become one list"
        yield error("no-keypoints", 1, [], found, todo)


def left_out(labelled: LabelledRows, noun: str) -> str:
    """Return a note on the rows without keypoints."""
    count = labelled.total - len(labelled.rows)
    return f"{plural(count, noun)} without keypoints left out" if count else ""


def _taken(values: Lists, rows: Sequence[int]) -> Lists:
    return values[rows] if isinstance(values, np.ndarray) else [values[i] for i in rows]
