"""The annotations of a COCO file or results list that have keypoints, as columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np

from kp2heat.arrays import Floats, Ints
from kp2heat.errors import plural
from kp2heat.formats.checks import error
from kp2heat.formats.content import Content
from kp2heat.formats.findings import Finding
from kp2heat.formats.json_files.arrays import Data
from kp2heat.formats.json_files.field_columns import Columns, columns_of, first_of_each, taken
from kp2heat.formats.json_files.number_lists import NumberLists, matrix
from kp2heat.formats.json_files.schema import Annotation, Category, Image, TextAnnotation, decoded

Keypoints = NumberLists | list[Any]
"""N lists of L numbers; or, if not all have L numbers, N objects as they come."""
Lists = Floats | list[Any]
"""The same as (N, L), NaN where a row has none; or N objects."""
KEYPOINTS = "keypoints"
NOTHING: Mapping[str, set[bytes]] = {
    KEYPOINTS: {b"null", b"[]"},
    "bbox": {b"null"},
    "foot_kpts": {b"null"},
    "face_kpts": {b"null"},
    "lefthand_kpts": {b"null"},
    "righthand_kpts": {b"null"},
}
"""The fields of numbers, and the texts by which they say that there are none."""
Pick = Callable[[Ints], Mapping[int, Any]]
"""Rows -> the object of each."""
SHORT = 4
"""Characters of the longest of these texts."""


@dataclass(frozen=True)
class Parts:
    """The parts of a decoded file, rows and images as lists of structs or as texts."""

    rows: Any
    images: Any
    categories: Sequence[Category] = ()


@dataclass(frozen=True)
class LabelledRows:
    """The annotations of a file that have keypoints.

    total     how many annotations the file has; kept: the numbers of those with keypoints among them
    keypoints their keypoints, to be read once; lists: their other lists of numbers by field; fields: what else they hold
    repeated  annotations and images that are exact repetitions, and were left out
    first     the number of the first annotation in the file
    """

    total: int
    without_keypoints: int
    kept: Ints
    keypoints: Keypoints
    lists: Mapping[str, Lists]
    fields: Columns
    images: Columns
    categories: Sequence[Category]
    repeated: Mapping[str, int] = field(default_factory=dict)
    first: int = 0

    @staticmethod
    def of(
        total: int,
        kept: Ints,
        lists: Mapping[str, Keypoints],
        fields: Columns,
        images: Columns,
        categories: Sequence[Category],
    ) -> LabelledRows:
        """Return the rows ``kept`` of ``total``, with all their lists of numbers."""
        others = {name: _whole(values) for name, values in lists.items() if name != KEYPOINTS}
        return LabelledRows(
            total, total - len(kept), kept, lists[KEYPOINTS], others, fields, images, categories
        )

    def take(self, chosen: Sequence[int]) -> LabelledRows:
        """Return these rows only, in their order."""
        if len(chosen) == len(self.kept):
            return self
        return replace(
            self,
            kept=self.kept[np.asarray(chosen, np.int64)],
            keypoints=_taken(self.keypoints, chosen),
            lists={field: taken(values, chosen) for field, values in self.lists.items()},
            fields=self.fields.take(chosen),
        )


def labelled_rows(
    content: Content,
    texts: Callable[[Data], Parts],
    objects: Any,
    parts: Callable[[Any], Parts],
    *,
    once: bool = False,
) -> LabelledRows:
    """Return the rows of a file that is taken apart by ``texts``, or decoded as ``objects``; InputError as ``decode``.

    Rows become objects a piece of the file at a time, and lists of as many numbers never do; a file that holds anything
    else there, or is no JSON, is decoded once more in full.

    once  leave out exact repetitions of an annotation or image
    """
    source, data = content.name, content.take()
    with suppress(msgspec.DecodeError, ValueError, RecursionError):
        return _of_texts(texts(data), once)
    return _of_objects(parts(decoded(source, data, objects)), once)


def _of_objects(parts: Parts, once: bool) -> LabelledRows:
    kept = np.flatnonzero([bool(row.keypoints) for row in parts.rows])
    rows = [parts.rows[n] for n in kept.tolist()]
    lists = {field: [*map(attrgetter(field), rows)] for field in NOTHING}
    fields, images = columns_of([rows], Annotation, NOTHING), columns_of([parts.images], Image)
    whole = LabelledRows.of(len(parts.rows), kept, lists, fields, images, parts.categories)
    return _once(whole, _picked(rows), _picked(parts.images)) if once else whole


def _picked(objects: Sequence[Any]) -> Pick:
    return lambda rows: {n: objects[n] for n in rows.tolist()}


def _of_texts(parts: Parts, once: bool) -> LabelledRows:
    """Return the rows, their lists as matrices; ValueError where some field's lists are not all of as many numbers."""
    rows, pictures = parts.rows, parts.images
    images = columns_of(pictures.blocks(Image), Image)
    whole = labelled_blocks(rows.blocks(TextAnnotation), images, parts.categories)
    if not once:
        return whole
    return _once(
        whole, lambda n: _numbered(n, rows.pick(whole.kept[n], Annotation)), lambda n: pictures.pick(n, Image)
    )


def _numbered(rows: Ints, objects: Mapping[int, Any]) -> Mapping[int, Any]:
    return dict(zip(rows.tolist(), objects.values(), strict=True))


def labelled_blocks(
    blocks: Iterable[Sequence[TextAnnotation]], images: Columns, categories: Sequence[Category]
) -> LabelledRows:
    """Return the rows of annotations that come in blocks, repetitions too, with the images and categories of their file.

    ValueError where some field's lists are not all of as many numbers.
    """
    kept: list[Ints] = [np.zeros(0, np.int64)]
    lists = {field: NumberLists() for field in NOTHING}
    total = 0

    def with_keypoints() -> Iterator[list[Annotation]]:
        nonlocal total
        for block in blocks:
            has = np.flatnonzero([len(row.keypoints) > SHORT for row in block])
            for name, none in NOTHING.items():
                values = _matrix([*map(attrgetter(name), block)], none)
                lists[name].append(values if len(has) == len(block) else values[has])
            kept.append(total + has)
            total += len(block)
            yield [block[n] for n in has.tolist()]

    fields = columns_of(with_keypoints(), Annotation, NOTHING)
    return LabelledRows.of(total, np.concatenate(kept), lists, fields, images, categories)


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


def _once(labelled: LabelledRows, people: Pick, pictures: Pick) -> LabelledRows:
    """Return the rows without exact repetitions of an annotation or image."""
    rows = first_of_each(labelled.fields["id"], people)
    images = first_of_each(labelled.images["id"], pictures)
    repeated = {
        "annotation": len(labelled.kept) - len(rows),
        "image": len(labelled.images) - len(images),
    }
    table = labelled.images.take(images) if repeated["image"] else labelled.images
    return replace(labelled, images=table, repeated=repeated).take(rows)


def no_keypoints(labelled: LabelledRows, named: bool = True) -> Iterator[Finding]:
    """Yield an error where there are rows and none of them has keypoints; ``named``: some category names joints."""
    if labelled.total and not len(labelled.kept):
        found = (
            f"none of {plural(labelled.total, 'row')} has keypoints"
            + ", and no category names joints" * (not named)
        )
        todo = "give the file with the keypoints; points that are annotations each must become one list"
        yield error("no-keypoints", 1, [], found, todo)


def left_out(count: int, noun: str) -> str:
    """Return a note on so many rows without keypoints."""
    return f"{plural(count, noun)} without keypoints left out" if count else ""


def _taken(values: Keypoints, rows: Sequence[int]) -> Keypoints:
    return values.take(rows) if isinstance(values, NumberLists) else [values[n] for n in rows]


def _whole(values: Keypoints) -> Lists:
    return values.whole() if isinstance(values, NumberLists) else values
