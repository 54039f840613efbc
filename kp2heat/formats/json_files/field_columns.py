"""The fields of many JSON objects as columns, a block of objects at a time, each of which lives only that long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kp2heat.arrays import Ints
from kp2heat.formats.checks import repeated

Values = NDArray[Any] | list[Any]
"""(N,) int64, float64 or str where all values are of that type; else a list of what is there."""


@dataclass(frozen=True, eq=False)
class Columns:
    """Fields of N objects; a field that none of them has is left out.

    >>> rows = Columns(2, {"id": np.array([7, 8])})
    >>> rows["id"].tolist(), rows["area"], "area" in rows
    ([7, 8], [None, None], False)
    """

    count: int
    fields: Mapping[str, Values]

    def __len__(self) -> int:
        return self.count

    def __contains__(self, field: str) -> bool:
        return field in self.fields

    def __getitem__(self, field: str) -> Values:
        return self.fields[field] if field in self.fields else [None] * self.count

    def take(self, rows: Sequence[int]) -> Columns:
        """Return these objects only, in their order."""
        return Columns(len(rows), {field: taken(values, rows) for field, values in self.fields.items()})


def taken(values: Values, rows: Sequence[int]) -> Values:
    """Return these rows of a column."""
    return values[np.asarray(rows, np.int64)] if isinstance(values, np.ndarray) else [values[n] for n in rows]


def columns_of(
    objects: Iterable[Sequence[Struct]], kind: type[Struct], without: Iterable[str] = ()
) -> Columns:
    """Return the columns of objects that come in blocks, but for the fields ``without``."""
    names = [name for name in kind.__struct_fields__ if name not in without]
    counts: list[int] = []
    blocks: dict[str, list[Values | None]] = {name: [] for name in names}
    for block in objects:
        counts.append(len(block))
        for name in names:
            blocks[name].append(_column([getattr(one, name) for one in block]))
    joined = ((name, _joined(blocks.pop(name), counts)) for name in names)
    return Columns(sum(counts), {name: values for name, values in joined if values is not None})


def _column(values: list[Any]) -> Values | None:
    """Return the values of a block as an array where they are all of one type; None where there are none."""
    if values.count(None) == len(values):
        return None
    kinds = {*map(type, values)}
    if kinds == {int} and min(values) >= -(2**63) and max(values) < 2**63:
        return np.array(values, np.int64)
    if kinds == {float}:
        return np.array(values, np.float64)
    if kinds == {str} and "\0" not in "".join(values):  # arrays drop zeros at the end
        return np.array(values, np.str_)
    return values


def _joined(blocks: list[Values | None], counts: Sequence[int]) -> Values | None:
    if all(block is None for block in blocks):
        return None
    arrays = [block for block in blocks if isinstance(block, np.ndarray)]
    if len(arrays) == len(blocks) and len({array.dtype.kind for array in arrays}) == 1:
        return np.concatenate(arrays)
    return [*chain.from_iterable(map(_listed, blocks, counts))]


def _listed(block: Values | None, count: int) -> list[Any]:
    if block is None:
        return [None] * count
    return block.tolist() if isinstance(block, np.ndarray) else block


def first_of_each(ids: Values, pick: Callable[[Ints], Mapping[int, Any]]) -> Sequence[int]:
    """Return which rows are no exact repetition of the first row of their id; ``pick``: rows -> the object of each.

    >>> [*first_of_each([5, None, 5, None], lambda rows: dict.fromkeys(rows.tolist(), "same"))]
    [0, 1, 3]
    """
    rows = _repeated(ids)
    if not len(rows):
        return range(len(ids))
    objects, first = pick(rows), dict[str, int]()
    repetitions = {
        n
        for n in rows.tolist()
        if (earlier := first.setdefault(str(ids[n]), n)) != n and objects[earlier] == objects[n]
    }
    return [n for n in range(len(ids)) if n not in repetitions]


def _repeated(ids: Values) -> Ints:
    """Return the rows whose id some other row has too, in their order; None is no id."""
    if isinstance(ids, np.ndarray):
        return np.flatnonzero(np.isin(ids, ids[repeated(ids)]))
    stated = np.flatnonzero([value is not None for value in ids])
    return stated[_repeated(np.array([str(ids[n]) for n in stated], np.str_))]
