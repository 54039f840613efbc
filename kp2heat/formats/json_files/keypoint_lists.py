"""Lists of keypoints as columns: flat or nested, two or three numbers per joint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kp2heat.arrays import Floats, Ints
from kp2heat.formats.checks import error
from kp2heat.formats.columns import flat, matrix
from kp2heat.formats.findings import Finding
from kp2heat.formats.json_files.number_lists import NumberLists
from kp2heat.formats.json_files.rows import Keypoints

PLACE = "annotations[{row}]"
FLAT, OTHER = 0, -1
VISIBILITIES = (0, 1, 2)
KINDS = {dict: "an object", str: "a text", bool: "a truth value", int: "a number", float: "a number"}


@dataclass(frozen=True)
class Layout:
    """How many joints a list holds, and how many numbers (2 or 3) each of them has."""

    joints: int
    numbers: int

    @property
    def width(self) -> int:
        """How many numbers the list holds."""
        return self.joints * self.numbers


Shape = tuple[int, int]
"""The numbers of each inner list (FLAT: there are no inner lists; OTHER: neither), and all numbers."""


def _shapes(values: Keypoints) -> list[Shape]:
    if isinstance(values, NumberLists):
        return [(FLAT, values.width)] * len(values)
    return [*map(_shape, values)]


def _shape(value: Any) -> Shape:
    if not isinstance(value, list):
        return OTHER, 0
    inner = {len(v) if isinstance(v, list) else FLAT for v in value}
    return (inner.pop() if len(inner) == 1 else OTHER), len(flat(value))


def layout_of(values: Keypoints, counts: Sequence[int] = ()) -> Layout:
    """Return the layout of most lists: as many joints as the first of ``counts`` that fits.

    The lengths of inner lists tell how many numbers a joint has; of a flat list, the number of joints does, and
    without one three numbers are taken where they fit. Where no count fits, the first is what should be there.

    >>> layout_of([[1, 2, 30, 40]], [2])
    Layout(joints=2, numbers=2)
    """
    shapes = _shapes(values)
    counts = [count for count in counts if count]
    if not shapes:
        return Layout(counts[0] if counts else 0, 3)
    (inner, total), _ = Counter(shapes).most_common(1)[0]
    possible = (inner,) if inner > 0 else (3, 2) if _could_be_pairs(values, total) else (3,)
    fits = [(count, n) for count in counts for n in possible if count * n == total and n in (2, 3)]
    if fits or counts:
        return Layout(*fits[0]) if fits else Layout(counts[0], 3)
    numbers = inner if inner in (2, 3) else 2 if total % 3 else 3
    return Layout(total // numbers, numbers)


def _could_be_pairs(values: Keypoints, total: int) -> bool:
    """Return whether flat lists of so many numbers may be pairs: not if every third number is a visibility."""
    if total % 3:
        return True
    blocks = values.blocks if isinstance(values, NumberLists) else [matrix(values, total)]
    return not all(_are_visibilities(block[:, 2::3]) for block in blocks)


def _are_visibilities(third: Floats) -> bool:
    return bool((np.isin(third, VISIBILITIES) | np.isnan(third)).all())


def keypoints(
    values: Keypoints, kept: Sequence[int] | Ints, layout: Layout, place: str = PLACE
) -> tuple[Floats, Floats, tuple[Finding, ...]]:
    """Return (N, K, 2) xy, (N, K) third numbers, and a finding on the rows that are laid out otherwise.

    Those are NaN. ``kept`` are the numbers under which the file has the rows, for ``place``.
    """
    if isinstance(values, NumberLists) and values.width == layout.width:
        return *_joints(values, layout), ()
    shapes = _shapes(values)
    xy, third = _joints(values, layout)
    odd = [
        n
        for n, (inner, total) in enumerate(shapes)
        if total != layout.width or inner not in (FLAT, layout.numbers)
    ]
    if not odd:
        return xy, third, ()
    xy[odd] = third[odd] = np.nan
    reasons = [
        _what_is_wrong([] if isinstance(values, NumberLists) else values[n], shapes[n], layout) for n in odd
    ]
    places = [f"{place.format(row=kept[n])}.keypoints" for n in odd]
    todo = "write x, y, v for each joint, or say what the joints are with --skeleton or --names"
    return xy, third, (error("wrong-k", len(odd), places, reasons[0], todo, odd, reasons),)


def _joints(values: Keypoints, layout: Layout) -> tuple[Floats, Floats]:
    """Return (N, K, 2) xy and (N, K) third numbers, NaN in rows of another length.

    Blocks of lists are let go one by one, so that their numbers are not in memory twice.
    """
    xy = np.empty((len(values), layout.joints, 2))
    third = np.empty(xy.shape[:2])
    for rows, block in _blocks(values):
        numbers = matrix(block, layout.width)
        cells = numbers.reshape(len(numbers), layout.joints, layout.numbers)
        xy[rows] = cells[..., :2]
        third[rows] = cells[..., 2] if layout.numbers == 3 else np.nan
    return xy, third


def _blocks(values: Keypoints) -> Iterable[tuple[slice, Floats | list[Any]]]:
    if isinstance(values, NumberLists):
        return values.drain()
    return [(slice(None), [value if isinstance(value, list) else [] for value in values])]


def _what_is_wrong(value: Any, shape: Shape, layout: Layout) -> str:
    if not isinstance(value, list):
        return f"is {KINDS.get(type(value), 'nothing')}, not a list of numbers"
    if any(isinstance(item, dict) for item in value):
        return "is a list of objects, not of numbers"
    inner, total = shape
    if total == layout.width:
        return f"holds lists of {inner} numbers" if inner > 0 else "holds numbers and lists"
    return f"holds {total} numbers where {layout.joints} joints need {layout.width}"
