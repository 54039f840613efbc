"""The annotations of a COCO file or results list that have keypoints; their lists as matrices where they can be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from kp2heat.formats.coco_schema import Annotation, TextAnnotation, decoded
from kp2heat.formats.json_numbers import matrix
from kp2heat.formats.load import Content

Floats = NDArray[np.float64]
Lists = Floats | list[Any]
"""(N, L) float64, NaN where a row has no list, if all others are lists of L numbers; else N objects as they come."""
NOTHING: Mapping[str, set[bytes]] = {
    "keypoints": {b"null", b"[]"}, "bbox": {b"null", b"[]"},
    "foot_kpts": {b"null"}, "face_kpts": {b"null"}, "lefthand_kpts": {b"null"}, "righthand_kpts": {b"null"},
}  # fmt: skip
"""The fields of numbers, and the texts by which they say that there are none."""
SHORT = 4
"""Characters of the longest of these texts."""


@dataclass(frozen=True)
class Labelled:
    """A decoded file, its annotations with keypoints, where these stand among all ``total``, and their lists by field."""

    file: Any
    total: int
    rows: Sequence[Annotation]
    kept: list[int]
    lists: Mapping[str, Lists]

    def take(self, chosen: list[int]) -> Labelled:
        """These rows only."""
        rows, kept = [self.rows[i] for i in chosen], [self.kept[i] for i in chosen]
        return Labelled(
            self.file, self.total, rows, kept, {k: _taken(v, chosen) for k, v in self.lists.items()}
        )


def labelled(
    content: Content, container: Any, annotations: Callable[[Any], Sequence[Annotation]]
) -> Labelled:
    """The file as a ``container`` of annotations; InputError as ``decode`` raises it.

    Lists of as many numbers never become Python objects; a file that holds anything else there, or is no JSON, is
    decoded once more in full.
    """
    source, data = content.name, content.take()
    with suppress(msgspec.DecodeError, ValueError, RecursionError):
        found = _from_texts(msgspec.json.decode(data, type=container[TextAnnotation]), annotations)
        if found is not None:
            return found
    file = decoded(source, data, container[Annotation])
    everything = annotations(file)
    lists = {field: [getattr(row, field) for row in everything] for field in NOTHING}
    found = Labelled(file, len(everything), everything, [*range(len(everything))], lists)
    return found.take([i for i, row in enumerate(everything) if row.keypoints])


def _from_texts(file: Any, annotations: Callable[[Any], Sequence[Annotation]]) -> Labelled | None:
    """The same of annotations that are text still; None where their lists are not all of as many numbers."""
    everything, lists, kept = annotations(file), {}, np.arange(0)
    for field, nothing in NOTHING.items():
        texts = [*map(attrgetter(field), everything)]
        size = np.fromiter(map(len, texts), np.int64, len(texts))
        if {bytes(texts[i]) for i in np.flatnonzero((size > 0) & (size <= SHORT))} - nothing:
            return None
        there = np.flatnonzero(size > SHORT)
        values = matrix(texts if len(there) == len(texts) else [texts[i] for i in there])
        if values is None:
            return None
        lists[field] = _spread(values, there, len(texts))
        kept = there if field == "keypoints" else kept
    found = Labelled(file, len(everything), everything, [*range(len(everything))], lists)
    return found if len(kept) == found.total else found.take(kept.tolist())


def _spread(values: Floats, rows: NDArray[np.int64], count: int) -> Floats:
    """(count, L): values (N, L) in these rows, NaN in all others."""
    if len(rows) == count:
        return values
    out = np.full((count, values.shape[1]), np.nan)
    out[rows] = values
    return out


def _taken(values: Lists, rows: list[int]) -> Lists:
    return values[rows] if isinstance(values, np.ndarray) else [values[i] for i in rows]
