"""Lists of keypoints as columns: flat or nested, two or three numbers per joint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.formats.checks import error
from kp2heat.formats.columns import flat, matrix
from kp2heat.formats.findings import Finding
from kp2heat.formats.json_files.rows import Lists

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


def _shapes(values: Lists) -> list[Shape]:
    if isinstance(values, np.ndarray):
        return [(FLAT, values.shape[1])] * len(values)
    return [*map(_shape, values)]


def _shape(value: Any) -> Shape:
    if not isinstance(value, list):
        return OTHER, 0
    inner = {len(v) if isinstance(v, list) else FLAT for v in value}
    return (inner.pop() if len(inner) == 1 else OTHER), len(flat(value))


def layout_of(values: Lists, counts: Sequence[int] = ()) -> Layout:
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


def _could_be_pairs(values: Lists, total: int) -> bool:
    """Return whether flat lists of so many numbers may be pairs: not if every third number is a visibility."""
    if total % 3:
        return True
    rows = values if isinstance(values, np.ndarray) else matrix(values, total)
    third = rows[:, 2::3]
    return not bool((np.isin(third, VISIBILITIES) | np.isnan(third)).all())


def keypoints(
    values: Lists, kept: Sequence[int], layout: Layout, place: str = PLACE
) -> tuple[Floats, Floats, tuple[Finding, ...]]:
    """Return (N, K, 2) xy, (N, K) third numbers, and a finding on the rows that are laid out otherwise.

    Those are NaN. ``kept`` are the numbers under which the file has the rows, for ``place``.
    """
    shapes, width = _shapes(values), layout.width
    plain = (
        [value if isinstance(value, list) else [] for value in values] if isinstance(values, list) else values
    )
    cells = matrix(plain, width).reshape(len(values), layout.joints, layout.numbers)
    third = cells[..., 2] if layout.numbers == 3 else np.full(cells.shape[:2], np.nan)
    odd = [
        n for n, (inner, total) in enumerate(shapes) if total != width or inner not in (FLAT, layout.numbers)
    ]
    if not odd:
        return cells[..., :2], third, ()
    cells[odd] = np.nan
    reasons = [_what_is_wrong(values[n], shapes[n], layout) for n in odd]
    places = [f"{place.format(row=kept[n])}.keypoints" for n in odd]
    todo = "write x, y, v for each joint, or say what the joints are with --skeleton or --names"
    return cells[..., :2], third, (error("wrong-k", len(odd), places, reasons[0], todo, odd, reasons),)


def _what_is_wrong(value: Any, shape: Shape, layout: Layout) -> str:
    if not isinstance(value, list | np.ndarray):
        return f"is {KINDS.get(type(value), 'nothing')}, not a list of numbers"
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return "is a list of objects, not of numbers"
    inner, total = shape
    if total == layout.width:
        return f"holds lists of {inner} numbers" if inner > 0 else "holds numbers and lists"
    return f"holds {total} numbers where {layout.joints} joints need {layout.width}"
