"""What the CSV readers share: images named by columns, joints gathered from columns, instances counted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Floats, Ints
from kp2heat.formats.chunks import chunks, either
from kp2heat.formats.csv_files.table import Column, Table
from kp2heat.formats.parsed import id_column, unknown

ROWS = 1 << 16
CATEGORY = ("category_id", "category")
"""Columns of ``header.SINGLE`` that hold the id and the name of a row's category."""
MOST_NAMED = 8
"""Columns that a note lists by name."""


def distinct(values: NDArray[Any]) -> tuple[NDArray[Any], Ints, Ints]:
    """Return distinct values in the order they first appear, the row of each first appearance, each row's number."""
    start = np.flatnonzero(np.concatenate([np.ones(min(len(values), 1), bool), values[1:] != values[:-1]]))
    runs = values[start]
    if (runs[1:] > runs[:-1]).all():
        first, number = start, np.arange(len(start))
    else:
        first, number = _numbered(runs)
        first = start[first]
    inverse = number if len(start) == len(values) else np.repeat(number, np.diff(start, append=len(values)))
    return values[first], first, inverse


def _numbered(values: NDArray[Any]) -> tuple[Ints, Ints]:
    """Return the last two of ``distinct``, some thousand rows at a time: only distinct values become objects."""
    known: dict[Any, int] = {}
    number = np.empty(len(values), np.int64)
    for start in range(0, len(values), ROWS):
        listed = values[start : start + ROWS].tolist()
        new = [value for value in dict.fromkeys(listed) if value not in known]
        known.update(zip(new, range(len(known), len(known) + len(new)), strict=True))
        number[start : start + len(listed)] = [*map(known.__getitem__, listed)]
    first = np.empty(len(known), np.int64)
    first[number[::-1]] = np.arange(len(values))[::-1]
    return first, number


def image_table(names: Column) -> dict[str, Any]:
    """Return the columns of images called so: a whole number is an id, anything else a file name."""
    numbered = bool(np.strings.isdecimal(names[:1]).any()) and bool(np.strings.isdecimal(names).all())
    ids = id_column([int(name) for name in names]) if numbered else np.arange(len(names))
    file_names = np.full(len(names), "", np.str_) if numbered else names
    return {"image_id": ids, "file_name": file_names, "numbered_images": not numbered}


def joined(columns: Sequence[Column], between: str, *, always: bool) -> Column:
    """Return (N,) text columns put together, as "video:frame"; ``always``: also where one of them is empty."""
    cells = columns[0]
    for column in columns[1:]:
        marks = between if always else np.where((cells == "") | (column == ""), "", between)
        cells = np.strings.add(np.strings.add(cells, marks), column)
    return cells


def categories(table: Table) -> tuple[Column, Mapping[str, str]]:
    """Return the (N,) categories of the rows, ids where there is a column of ids, else names, and names by id.

    Without such a column, "" for all of them.
    """
    columns = [np.strings.strip(table.text[kind]) for kind in CATEGORY if kind in table.text]
    if not columns:
        return np.array(""), {}
    ids = np.array([re.sub(r"^(\d+)\.0+$", r"\1", cell) for cell in columns[0].tolist()], np.str_)
    named = dict(zip(ids.tolist(), columns[-1].tolist(), strict=True)) if len(columns) > 1 else {}
    return ids, {i: name for i, name in named.items() if i}


def left_out(names: Sequence[str]) -> str:
    """Return a note that names the columns which were not read, or the first of many; "" where all were."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"columns left out: {', '.join(names[:MOST_NAMED])}{more}" if names else ""


def instances(table: Table, layout: Ints) -> tuple[slice | Ints, Floats, Floats]:
    """Return the row of each instance in a table, its joints (N, K, 2), and their third numbers (N, K), if there are any.

    layout (A, K, 3): the columns of the joints of A instances per row, as ``joint_columns`` groups them.
    """
    joints = table.numbers["xy"].reshape(-1, *layout.shape[:2], 2)
    n, a = present(joints)
    xy = joints[n, a]
    if "third" not in table.numbers:
        return n, xy, unknown()
    return n, xy, third_numbers(table.numbers["third"].reshape(joints.shape[:3])[n, a], xy)


def joint_columns(layout: Ints) -> dict[str, list[int]]:
    """Return the columns (A, K, 3) of joints as groups of numbers; no ``third`` where none has a third number."""
    groups = {"xy": layout[..., :2], "third": layout[..., 2]}
    return {name: group.ravel().tolist() for name, group in groups.items() if (group >= 0).any()}


def third_numbers(third: Floats, xy: Floats) -> Floats:
    """Return the third numbers, overwritten with 0 where x and y are empty: such a joint is not labelled."""
    for rows in chunks(len(xy)):
        np.copyto(third[rows], 0.0, where=either(np.isnan(xy[rows])))
    return third


def present(xy: Floats) -> tuple[slice | Ints, int | Ints]:
    """Return (rows, instances) of the instances in (N, A, K, 2): all where a row has one, else those with a joint."""
    if xy.shape[1] == 1:
        return slice(None), 0
    n, a = np.nonzero(~np.isnan(xy).all(axis=(2, 3)))
    return n, a
