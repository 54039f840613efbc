"""The category of each result: COCO compares results with the instances of their category only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from kp2heat.annotations import Annotations, Array
from kp2heat.arrays import Bools
from kp2heat.errors import InputError, plural


@dataclass(frozen=True, eq=False)
class Categories:
    """The categories of M results.

    category  (M,) str, as the truth has it
    kept      (M,) bool: results of the categories that are compared
    notes     what was assumed or skipped
    """

    category: Array
    kept: Bools
    notes: tuple[str, ...]


def categories_of_results(truth: Annotations, given: Sequence[str], at: Callable[[int], str]) -> Categories:
    """Return the category of each result; ``given`` are ids or names, "" where a result has none.

    - Results of a category that the truth's file has, but that is not compared, are skipped with a note.
    - Where all results have one category, unknown to the truth, and the truth compares one category, the
      results are taken for that one, with a note.
    - A truth without categories is compared with all results, with a note where these have several.

    InputError where results have no category and the truth compares several; ``at`` says where in the file.
    """
    compared = [c for c in np.unique(truth.category).tolist() if c] or list(truth.category_names)
    distinct = list(dict.fromkeys(c for c in given if c))
    if not compared:
        several = (f"the results have {len(distinct)} categories, the truth none: all are compared",)
        return _all(given, "", several if len(distinct) > 1 else ())
    if "" in given and len(compared) > 1:
        todo = "write category_id for each result, or choose one with --category"
        found = f"has no category, and the truth has {len(compared)}"
        raise InputError(at(list(given).index("")), found, todo)
    ids = {name: i for i, name in truth.category_names.items() if name} | {i: i for i in truth.category_names}
    declared = {**ids, **{c: c for c in compared}}
    if len(compared) == 1 and len(distinct) == 1 and distinct[0] not in declared:
        note = f"category {distinct[0]} of the results is taken for the truth's {_title(truth, compared[0])}"
        return _all(given, compared[0], (note,))
    category = np.array([declared.get(c, c) if c else compared[0] for c in given], np.str_)
    kept = np.isin(category, compared)
    return Categories(category, kept, _skipped(truth, category, kept))


def _all(given: Sequence[str], category: str, notes: tuple[str, ...]) -> Categories:
    """Return all results as of one category."""
    return Categories(np.full(len(given), category), np.ones(len(given), bool), notes)


def _skipped(truth: Annotations, category: Array, kept: Bools) -> tuple[str, ...]:
    if kept.all():
        return ()
    others = ", ".join(_title(truth, c) for c in np.unique(category[~kept]).tolist())
    return (f"{plural(int((~kept).sum()), 'result')} of other categories skipped: {others}",)


def _title(truth: Annotations, category: str) -> str:
    name = truth.category_names.get(category, "")
    return f"category {category} ({name})" if name else f"category {category}"
