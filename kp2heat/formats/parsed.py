"""What an annotation file says, in columns, before anything is decided about it.

Every reader ends in this one record; ``to_annotations`` turns it into annotations, ``doctor`` examines it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.formats.findings import Finding

Ids = NDArray[np.generic]
FAR = 2.0**31
"""No picture reaches this far, px: a number beyond is no position."""
FAR_IMAGES = 10
"""A joint this many images away from its own is a mark for something else: -999999 for a missing joint."""
PER_INSTANCE = [
    *("xy", "third", "id", "image", "row", "bbox"),
    *("area", "crowd", "score", "num_keypoints", "category", "head"),
]
ThirdKind = Literal["visibility", "score", ""]


def unknown() -> Floats:
    """Return the NaN that stands for a column the file does not have; ``ParsedFile`` gives it the column's shape."""
    return np.array(np.nan)


@dataclass(frozen=True, eq=False)
class ParsedFile:
    """N instances of K joints in M images, as written.

    title       what the file is, in words; ``rows``: what it calls an instance in the singular ("annotation", "row")
    xy          (N, K, 2) float64 in the file's own unit and origin; NaN where nothing is written
    third       (N, K) float64, the number behind x and y; NaN where there is none
    third_kind  what the file calls that number: visibility, score, or nothing ("")
    names       K joint names, or empty; limbs: pairs of joints, 0-based
    image_id, file_name, size   (M,), (M,), (M, 2) float64 (w, h), NaN unknown
    image       (N,) int64 row of the images, -1 where the file names none of them
    id, bbox, area, crowd, score, num_keypoints   (N, ...), NaN where the file has none
    row         (N,) int64: the instance's position in the file; ``place`` spells it
    coords      the unit of xy, "guess" where the format leaves it open; origin: what its zero is (``ReadOptions``);
                zero_missing: (0, 0) and (-1, -1) mean "not labelled" here
    category, category_names, head   (N,) str, names by id, (N, 4): as :class:`kp2heat.annotations.Annotations` has them
    numbered_images, crowding        as :class:`kp2heat.annotations.Images` has them
    findings, notes   what the reader met on its way, for refusals and for the line on how it was understood
    """

    title: str
    source: str
    xy: Floats
    id: Ids
    image: Ints
    image_id: Ids
    file_name: NDArray[np.generic]
    row: Ints
    place: str
    rows: str = "row"
    third: Floats = field(default_factory=unknown)
    third_kind: ThirdKind = ""
    names: tuple[str, ...] = ()
    limbs: tuple[tuple[int, int], ...] = ()
    size: Floats = field(default_factory=unknown)
    bbox: Floats = field(default_factory=unknown)
    area: Floats = field(default_factory=unknown)
    crowd: Bools = field(default_factory=lambda: np.zeros((), bool))
    score: Floats = field(default_factory=unknown)
    num_keypoints: Floats = field(default_factory=unknown)
    coords: Literal["pixel", "normalised", "percent", "guess"] = "pixel"
    origin: Literal["0", "1", "corner"] | None = None
    zero_missing: bool = False
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    category: Ids = field(default_factory=lambda: np.array(""))
    category_names: Mapping[str, str] = field(default_factory=dict)
    numbered_images: bool = False
    crowding: Floats = field(default_factory=unknown)
    head: Floats = field(default_factory=unknown)

    def __post_init__(self) -> None:
        n, k, m = len(self.xy), self.xy.shape[1], len(self.image_id)
        shapes = {
            "third": (n, k),
            "size": (m, 2),
            "bbox": (n, 4),
            "area": (n,),
            "crowd": (n,),
            "score": (n,),
            "num_keypoints": (n,),
            "category": (n,),
            "crowding": (m,),
            "head": (n, 4),
        }
        for name, shape in shapes.items():
            values = getattr(self, name)
            if name in ("bbox", "area", "score"):
                values = np.where(np.abs(values) < FAR, values, np.nan)
            object.__setattr__(self, name, np.broadcast_to(values, shape) if values.ndim == 0 else values)

    def take(self, rows: Ints) -> ParsedFile:
        """Return the same with these instances only."""
        return self.but(**{name: getattr(self, name)[rows] for name in PER_INSTANCE})

    def but(self, **changes: Any) -> ParsedFile:
        """Return the same with other values in some fields."""
        return replace(self, **changes)

    def at(self, n: int, k: int | None = None) -> str:
        """Return where instance n, joint k is in the file, with its id and image: as a user would look for it."""
        where = f"{self.place.format(row=int(self.row[n]))}{self.subject(n)}"
        if k is None:
            return where
        return f"{where}, joint {k}" + (f" ({self.names[k]})" if self.names else "")

    def subject(self, n: int) -> str:
        """Return the id and the image of instance n in brackets, as far as the file has them."""
        has_ids = self.id.dtype.kind == "U" or not np.array_equal(self.id, np.arange(len(self.id)))
        words = [f"id {self.id[n]}"] * has_ids + [self.image_name(n)]
        known = ", ".join(filter(None, words))
        return f" ({known})" if known else ""

    def image_name(self, n: int) -> str:
        """Return what the file calls the image of instance n: its name, or else its id; "" where it has none."""
        m = self.image[n]
        return (
            str(self.file_name[m] or ("" if self.numbered_images else f"image {self.image_id[m]}"))
            if m >= 0
            else ""
        )


@dataclass(frozen=True, eq=False)
class Blocks:
    """A file whose rows can be read block by block.

    rows    how many there are at most; pieces: the number of blocks
    read    numbers of blocks -> the parsed rows of each; every one has the columns of all images of the file
    notes   what there is to say of the rows that were left out, once all have been read
    """

    rows: int
    pieces: int
    read: Callable[[Iterable[int]], Iterator[ParsedFile]]
    notes: Callable[[], tuple[str, ...]]


class NotByBlocksError(ValueError):
    """A file's rows depend on each other, or something is wrong with them, so that it has to be read whole."""


def id_column(values: Sequence[object] | Ids) -> Ids:
    """Return ids as int64 where all are whole numbers that fit, else as text. A list of nothing but None is numbered."""
    if isinstance(values, np.ndarray):
        if values.dtype.kind in "iU":
            return values
        values = values.tolist()
    kinds = {*map(type, values)}
    if kinds <= {int}:
        with suppress(OverflowError):
            return np.array(values, np.int64)
    if all(v is None for v in values):
        return np.arange(len(values), dtype=np.int64)
    numbers = [v for v in values if isinstance(v, int | float)]
    if len(numbers) == len(values) and all(isinstance(v, int) or v.is_integer() for v in numbers):
        with suppress(OverflowError):
            return np.array([int(v) for v in numbers], np.int64)
    return np.array(["" if v is None else str(v) for v in values], np.str_)


class Known:
    """Known ids, among which wanted ones are looked up; of several rows of one id the last counts."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._order = np.argsort(ids, kind="stable")

    def rows(self, wanted: Ids) -> Ints:
        """Return the row of each wanted id, -1 where there is none; 7 finds "7" and the reverse."""
        if wanted.dtype.kind != self._ids.dtype.kind:
            if self._ids.dtype.kind != "U":
                return self._texts.rows(wanted)
            wanted = wanted.astype(np.str_)
        if not len(self._ids):
            return np.full(len(wanted), -1)
        place = np.searchsorted(self._ids, wanted, "right", sorter=self._order) - 1
        row = self._order[place]
        return np.where(self._ids[row] == wanted, row, -1)

    @cached_property
    def _texts(self) -> Known:
        return Known(self._ids.astype(np.str_))
