"""Which image of the truth a result belongs to: by id, file name, name without folders, or name without suffix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import Any

import numpy as np

from kp2heat.annotations import Images
from kp2heat.arrays import Ints
from kp2heat.errors import InputError

UNKNOWN, AMBIGUOUS = -1, -2
OTHERWISE = "image_id (as the names or numbers of files they would be other images)"

NAMES: Mapping[str, Callable[[str], str]] = {
    "file name": str,
    "file name without folders": lambda name: PureWindowsPath(name).name,
    "file name without suffix": lambda name: PureWindowsPath(name).stem,
}
"""The identities that a file name gives, in the order in which they are tried; both slashes part folders."""


@dataclass(frozen=True, eq=False)
class Identified:
    """The image of each of M results.

    row  (M,) int64, row of the truth's image table; -1 where the truth does not have the image
    by   the identities that were used, in words
    """

    row: Ints
    by: str


def identify_images(
    images: Images, ids: Sequence[Any], names: Sequence[str | None], at: Callable[[int], str] = "[{}]".format
) -> Identified:
    """Return the image of each result by its ``image_id`` and its file name, either of which may be None.

    ``image_id`` is an id of the truth, or else a file name. A file name is compared as written, then without
    folders, then also without suffix; one that several images share identifies none. Ids that only count
    the images of a truth without ids are not used.

    InputError where a result names no image, where id and file name contradict each other, where ``image_id``
    means different images as an id and as a name and the names fit more results, or where the name of a
    result is that of several images; ``at`` says where in the file a result is.

    >>> images = Images(np.array([7, 8]), np.array(["a/1.jpg", "a/2.jpg"]), np.zeros((2, 2)))
    >>> identify_images(images, [8, None], [None, "1.png"]).row
    array([1, 0])
    """
    by_id, kinds_of_ids = _by_image_id(images, ids, at)
    if all(name is None for name in names):
        kinds_of_ids = _checked_numbers(images, ids, by_id, kinds_of_ids, at)
    by_name, kinds_of_names = _by_file_name(images, names)
    _refuse_contradictions(images, ids, names, by_id, by_name, at)
    row = np.where(by_id >= 0, by_id, by_name)
    nameless = [i is None and name is None for i, name in zip(ids, names, strict=True)]
    if True in nameless:
        todo = "write image_id or file_name, or call the file IMAGE.predictions.json"
        raise InputError(at(nameless.index(True)), "names no image", todo)
    if AMBIGUOUS in row:
        n = row.tolist().index(AMBIGUOUS)
        found = f"{names[n]} is the name of several images of the truth"
        raise InputError(at(n), found, "write image_id (JSON), or a column image_id (CSV)")
    used = [kind for i, kind in enumerate(kinds_of_ids) if by_id[i] >= 0]
    used += [kind for i, kind in enumerate(kinds_of_names) if by_id[i] < 0 <= by_name[i]]
    return Identified(np.maximum(row, UNKNOWN), " and ".join(dict.fromkeys(used)))


def _by_image_id(images: Images, ids: Sequence[Any], at: Callable[[int], str]) -> tuple[Ints, list[str]]:
    """Return the (M,) rows that ``image_id`` gives, as an id or as a file name, and which of them it was."""
    known = {} if images.numbered else {str(i): row for row, i in enumerate(images.id.tolist())}
    texts = [None if i is None else _id_text(i) for i in ids]
    as_id = np.array([UNKNOWN if text is None else known.get(text, UNKNOWN) for text in texts], np.int64)
    as_name, kinds = _by_file_name(images, texts)
    known_by = "image_id"
    if _contradict(images, ids, as_id, as_name, at):
        as_name, known_by = np.full_like(as_name, UNKNOWN), OTHERWISE
    row = np.where(as_id >= 0, as_id, np.maximum(as_name, UNKNOWN))
    return row, [known_by if i >= 0 else kind for i, kind in zip(as_id, kinds, strict=True)]


def _contradict(
    images: Images, ids: Sequence[Any], as_id: Ints, as_name: Ints, at: Callable[[int], str]
) -> bool:
    """Return whether ids and names mean different images; InputError where the names fit more results."""
    differs = np.flatnonzero((as_id >= 0) & (as_name >= 0) & (as_id != as_name))
    if len(differs) and (as_name >= 0).sum() > (as_id >= 0).sum():
        n = int(differs[0])
        found = f"image_id {ids[n]} is the id of {_name(images, as_id[n])} and the name of {_name(images, as_name[n])}"
        raise InputError(at(n), found, "write the truth's image ids, or a file_name for each result")
    return bool(len(differs))


def _checked_numbers(
    images: Images, ids: Sequence[Any], by_id: Ints, kinds: list[str], at: Callable[[int], str]
) -> list[str]:
    """Return the identities, with a remark where the ids are the numbers of other images' files: 26 of 000026.jpg.

    Some tools write such numbers, whatever the ids are. InputError where they fit more results than the ids do.
    """
    numbers = [PureWindowsPath(name).stem.lstrip("0") for name in images.file_name.tolist()]
    times = Counter(numbers)
    rows = {number: row for row, number in enumerate(numbers) if times[number] == 1 and number.isdecimal()}
    as_number = np.array([rows.get(_id_text(i), UNKNOWN) for i in ids], np.int64)
    if not _contradict(images, ids, by_id, as_number, at):
        return kinds
    return [OTHERWISE if kind == "image_id" else kind for kind in kinds]


def _id_text(image_id: Any) -> str:
    """Return an id as text; 7.0 is 7."""
    return str(int(image_id)) if isinstance(image_id, float) and image_id.is_integer() else str(image_id)


def _by_file_name(images: Images, names: Sequence[str | None]) -> tuple[Ints, list[str]]:
    """Return the (M,) rows that file names give, -1 unknown, -2 ambiguous, and by which form of the name."""
    known = _rows_of_names(images, {name for name in names if name is not None})
    rows = [UNKNOWN if name is None else known[name][0] for name in names]
    return np.array(rows, np.int64), ["" if name is None else known[name][1] for name in names]


def _rows_of_names(images: Images, wanted: set[str]) -> dict[str, tuple[int, str]]:
    """Return the row of each wanted name and the form of the name that identifies it."""
    stored = [name or str(i) for name, i in zip(images.file_name.tolist(), images.id.tolist(), strict=True)]
    rows = dict.fromkeys(wanted, (UNKNOWN, ""))
    times = Counter(stored)
    rows |= {name: (AMBIGUOUS, "") for name in wanted if times[name] > 1}
    for kind, form in NAMES.items():
        forms = [form(name) for name in stored]
        times, shared = Counter(forms), Counter(map(form, wanted))
        unique = {text: row for row, text in enumerate(forms) if times[text] == 1}
        for name in [name for name, (row, _) in rows.items() if row == UNKNOWN]:
            if shared[form(name)] == 1 and form(name) in unique:
                rows[name] = (unique[form(name)], kind)
    return rows


def _refuse_contradictions(
    images: Images,
    ids: Sequence[Any],
    names: Sequence[str | None],
    by_id: Ints,
    by_name: Ints,
    at: Callable[[int], str],
) -> None:
    """Raise InputError where a result's id and file name are those of different images."""
    for n in np.flatnonzero(by_id >= 0).tolist():
        name, stored = names[n], str(images.file_name[by_id[n]])
        if not name or not stored or by_name[n] == by_id[n]:
            continue
        if PureWindowsPath(name).stem != PureWindowsPath(stored).stem:
            found = f"image_id {ids[n]} is {stored} in the truth, but the result's file name is {name}"
            raise InputError(at(n), found, "correct one of the two, or remove the wrong one")


def _name(images: Images, row: int) -> str:
    return str(images.file_name[row]) or f"image {images.id[row]}"
