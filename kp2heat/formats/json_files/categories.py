"""The categories of a COCO file: which annotations are meant, what their joints are called, their limbs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kp2heat.errors import InputError, plural
from kp2heat.formats.columns import flat
from kp2heat.formats.json_files.field_columns import Columns
from kp2heat.formats.json_files.number_lists import NumberLists
from kp2heat.formats.json_files.rows import Keypoints
from kp2heat.formats.json_files.schema import Annotation, Category
from kp2heat.formats.parsed import ParsedFile
from kp2heat.skeleton import COCO_NAMES
from kp2heat.skeleton.named import SKELETONS

Categories = Mapping[str, Category]
WIDER = {len(SKELETONS[name]): SKELETONS[name].names for name in ("halpe26", "coco-wholebody", "halpe")}
"""Joints of files whose category lists COCO's 17 only, by their number."""


def category_id(row: Annotation) -> str:
    """Return the id of a row's category as text, "" where it names none."""
    return _as_text(row.category_id)


def category_ids(rows: Columns) -> list[str]:
    """Return the same of all rows."""
    values = rows["category_id"]
    listed = values.tolist() if isinstance(values, np.ndarray) else values
    if not isinstance(values, np.ndarray):
        return [*map(_as_text, listed)]
    texts = {value: _as_text(value) for value in {*listed}}  # one text for all rows of a category
    return [*map(texts.__getitem__, listed)]


def _as_text(i: Any) -> str:
    return "" if i is None else str(int(i) if isinstance(i, float) and i.is_integer() else i)


def of_category(parsed: ParsedFile, wanted: str | None) -> ParsedFile:
    """Return the instances of one category, given by id or name, where it is one of a table's columns.

    InputError where the file has no such category.
    """
    if wanted is None:
        return parsed
    used = np.unique(parsed.category).tolist()
    names = parsed.category_names
    chosen = {i for i in {*used, *names} if i and wanted in (i, names.get(i))}
    if not chosen:
        known = ", ".join(names.get(i) or i for i in used if i)
        todo = f"choose from: {known}" if known else "leave --category out"
        raise InputError(parsed.source, f"has no category '{wanted}'", todo)
    rows = np.flatnonzero(np.isin(parsed.category, sorted(chosen)))
    return parsed if len(rows) == len(parsed.xy) else parsed.take(rows)


def choose_category(
    ids: Sequence[str], values: Keypoints, categories: Categories, wanted: str | None, source: str
) -> Sequence[int]:
    """Return the rows of the category asked for, or all rows, whose categories must then share their joints."""
    if wanted is not None:
        chosen = {i for i, c in categories.items() if wanted in (i, c.name)} | ({wanted} & set(ids))
        if not chosen:
            todo = f"choose from: {_listed(ids, values, categories)}"
            raise InputError(source, f"has no category '{wanted}'", todo)
        return [i for i, category in enumerate(ids) if category in chosen]
    used = set(ids) & set(categories) or set(ids)
    kinds = {i: joint_names(categories.get(i)) or _length(values, ids.index(i)) for i in used}
    if len(set(kinds.values())) > 1:
        todo = f"choose one with --category: {_listed(ids, values, categories)}"
        raise InputError(source, "holds categories with different joints", todo)
    return range(len(ids))


def _length(values: Keypoints, row: int) -> int:
    return values.width if isinstance(values, NumberLists) else len(flat(values[row]))


def _listed(ids: Sequence[str], values: Keypoints, categories: Categories) -> str:
    """Return the categories that annotations use: "mouse (17 joints, 2 annotations), fly (13 joints, ...)"."""
    words = []
    for i, count in Counter(ids).items():
        category = categories.get(i)
        joints = len(joint_names(category)) or _length(values, ids.index(i)) // 3
        name = category.name if category and category.name else i
        words.append(f"{name} ({plural(joints, 'joint')}, {plural(count, 'annotation')})")
    return ", ".join(words) or "none has keypoints"


def joint_names(category: Category | None) -> tuple[str, ...]:
    """Return the names that the category lists; repeated names get a number, so that they stay distinct."""
    listed = category.keypoints if category else None
    if not isinstance(listed, list):
        return ()
    names = [str(name.get("name", k) if isinstance(name, dict) else name) for k, name in enumerate(listed)]
    seen: Counter[str] = Counter()
    for k, name in enumerate(names):
        seen[name] += 1
        if seen[name] > 1:
            names[k] = f"{name}_{seen[name]}"
    return tuple(names)


def possible_counts(names: Sequence[str], stated: int) -> list[int]:
    """Return how many joints a row may have: as the user ``stated`` (0: nothing), as named, or as in ``WIDER``."""
    return [stated, len(names), *(WIDER if len(names) == len(COCO_NAMES) else ())]


def names_of(names: tuple[str, ...], joints: int) -> tuple[str, ...]:
    """Return the names of so many joints: the category's own if it names as many, else the wider set's, else none."""
    if joints == len(names):
        return names
    return WIDER.get(joints, ()) if len(names) == len(COCO_NAMES) else ()


def limbs_of(category: Category | None, joints: int) -> tuple[tuple[tuple[int, int], ...], str]:
    """Return limbs as 0-based pairs, and a note. COCO counts from 1; a file that uses 0 counts from 0.

    A skeleton with a number beyond the joints was made for other joints, and none of its limbs is trusted.
    """
    listed = category.skeleton if category else None
    pairs = [p for p in listed if isinstance(p, list) and len(p) == 2] if isinstance(listed, list) else []
    if not pairs or not all(isinstance(i, int) for pair in pairs for i in pair):
        return (), ""
    base = 0 if min(map(min, pairs)) == 0 else 1
    if min(map(min, pairs)) < base or max(map(max, pairs)) >= joints + base:
        return (), "skeleton of other joints ignored"
    return tuple((a - base, b - base) for a, b in pairs), "skeleton counted from 0" if base == 0 else ""
