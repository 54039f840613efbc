"""Keypoint annotations as columns: one row per annotated instance, and one table of images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bools, Bytes, Floats, Ints
from kp2heat.errors import InputError
from kp2heat.skeleton import Skeleton

Array = NDArray[np.generic]


def frozen(
    values: object, dtype: object, shape: tuple[int | None, ...], name: str, order: Literal["C", "F"] = "C"
) -> NDArray[np.generic]:
    """Return a read-only array of this dtype, shape (None: any length) and order in memory, or raise a ValueError.

    The caller's own array stays writable: a view is frozen, never the original.
    """
    array = np.asarray(values, dtype=dtype, order=order).view()  # type: ignore[call-overload]
    if array.ndim != len(shape) or any(
        w is not None and w != n for w, n in zip(shape, array.shape, strict=True)
    ):
        raise ValueError(f"expected {name} to have shape {shape}, but got {array.shape}")
    array.flags.writeable = False
    return array  # type: ignore[no-any-return]


def to_floats(values: Any, name: str, shape: str = "(N, K, 2)") -> Floats:
    """Return numbers as a float64 array; InputError where they are none.

    >>> to_floats([[[1, 2]]], "xy").dtype
    dtype('float64')
    """
    try:
        return np.asarray(values, np.float64)
    except (TypeError, ValueError):
        kind = type(values).__name__
        raise InputError(
            name, f"is of type {kind} and not an array of numbers", f"give floats {shape}"
        ) from None


def _column(values: Any, dtype: Any, shape: tuple[int, ...], name: str) -> NDArray[Any]:
    """Return a read-only array; one value that stands for all of them takes the memory of one."""
    given = np.asarray(values)
    if given.size and not any(given.strides) and given.shape in ((), shape):
        return np.broadcast_to(given.ravel()[:1].astype(dtype)[0], shape)
    return frozen(values, dtype, shape, name)


def frozen_ids(values: object) -> NDArray[np.generic]:
    """Return ids as int64, or as text where one of them is text."""
    array = np.asarray(values)
    return frozen(array, np.str_ if array.dtype.kind in "UO" else np.int64, (None,), "id")


@dataclass(frozen=True)
class SourceFile:
    """Where something came from: the name of a file or folder without the path to it, its bytes, and their sha256.

    Of a folder of images, ``bytes`` is the sum over the images and ``sha256`` that of a line for each in the order
    of their names: its path below the folder, a tab, and its bytes. No image is read for it.
    """

    name: str
    bytes: int
    sha256: str

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return dict(vars(self))


@dataclass(frozen=True, eq=False)
class Images:
    """The images annotations refer to.

    id         (M,) int64 or str
    file_name  (M,) str, as the annotations spell it
    size       (M, 2) int32, (width, height) in px; (0, 0) where the file does not say
    numbered   whether the ids only count the images, because the file has none: then they identify nothing
    crowding   (M,) float64, CrowdPose's crowd index; NaN where the file does not say
    """

    id: Array
    file_name: Array
    size: NDArray[np.int32]
    numbered: bool = False
    crowding: Floats = field(default_factory=lambda: np.array(np.nan))

    def __post_init__(self) -> None:
        m = len(self.id)
        object.__setattr__(self, "id", frozen_ids(self.id))
        object.__setattr__(self, "file_name", frozen(self.file_name, np.str_, (m,), "file_name"))
        object.__setattr__(self, "size", frozen(self.size, np.int32, (m, 2), "size"))
        object.__setattr__(self, "crowding", _column(self.crowding, np.float64, (m,), "crowding"))

    def __len__(self) -> int:
        return len(self.id)

    def take(self, rows: Ints) -> Images:
        """Return these images, in this order."""
        columns = ("id", "file_name", "size", "crowding")
        return replace(self, **{name: getattr(self, name)[rows] for name in columns})


@dataclass(frozen=True)
class Skipped:
    """An annotation that was left out because it is wrong.

    place   where it is in its file; id: its own; reason: what is wrong with it
    file    the name of the file; image: the name of its image
    """

    place: str
    id: int | str
    reason: str
    file: str = ""
    image: str = ""


COLUMNS = ("xy", "visible", "bbox", "area", "crowd", "image", "id", "score", "category", "head")
"""The columns of ``Annotations`` that hold a row per instance."""


@dataclass(frozen=True, eq=False)
class Annotations:
    """N annotated instances of K joints.

    xy       (N, K, 2) float64, image px, pixel centres at integers; NaN where unlabelled
    visible  (N, K) uint8: 0 unlabelled, 1 labelled but hidden, 2 visible
    bbox     (N, 4) float64: x, y, width, height in image px; NaN where unknown
    area     (N,) float64, image px squared; NaN where unknown
    crowd    (N,) bool
    image    (N,) int64, row of ``images``
    id       (N,) int64 or str
    score    (N,) float64, NaN for ground truth
    skipped  what the reader was asked to leave out rather than fail
    source   the file name the rows came from; reading: one line on how it was understood
    category (N,) str, the id of each instance's category; "" where the file has none
    category_names  names of all categories of the file, also of those that were not chosen, by id
    head     (N, 4) float64: x, y, width, height of the head's box in image px; NaN where unknown
    files    the annotation files that were read; image_folders: the folders in which images were looked up

    >>> import kp2heat
    >>> rows = kp2heat.read("sample_data/annotations.json")
    >>> rows.xy.shape, rows.visible.dtype, int(rows.crowd.sum()), len(rows.take(rows.area > 5000))
    ((51, 17, 2), dtype('uint8'), 1, 48)
    """

    skeleton: Skeleton
    images: Images
    xy: Floats
    visible: Bytes
    bbox: Floats
    area: Floats
    crowd: Bools
    image: Ints
    id: Array
    score: Floats = field(default_factory=lambda: np.array(np.nan))
    source: str = ""
    reading: str = ""
    skipped: tuple[Skipped, ...] = ()
    category: Array = field(default_factory=lambda: np.array(""))
    category_names: Mapping[str, str] = field(default_factory=dict)
    head: Floats = field(default_factory=lambda: np.array(np.nan))
    files: tuple[SourceFile, ...] = ()
    image_folders: tuple[SourceFile, ...] = ()

    def __post_init__(self) -> None:
        n, k = len(self.id), len(self.skeleton)
        columns = {
            "xy": (np.float64, (n, k, 2)),
            "visible": (np.uint8, (n, k)),
            "bbox": (np.float64, (n, 4)),
            "area": (np.float64, (n,)),
            "crowd": (np.bool_, (n,)),
            "image": (np.int64, (n,)),
            "score": (np.float64, (n,)),
            "category": (np.str_, (n,)),
            "head": (np.float64, (n, 4)),
        }
        for name, (dtype, shape) in columns.items():
            object.__setattr__(self, name, _column(getattr(self, name), dtype, shape, name))
        object.__setattr__(self, "id", frozen_ids(self.id))

    def __len__(self) -> int:
        return len(self.id)

    def sources(self) -> dict[str, list[dict[str, Any]]]:
        """Return where the annotations and the sizes of their images came from, as plain values."""
        parts = {"annotations": self.files, "images": self.image_folders}
        return {part: [file.to_json() for file in files] for part, files in parts.items()}

    def take(self, rows: Ints | Bools | slice) -> Annotations:
        """Return these rows of the annotations; the image table stays whole."""
        return replace(self, **{name: getattr(self, name)[rows] for name in COLUMNS})
