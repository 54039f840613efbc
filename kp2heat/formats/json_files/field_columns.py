"""The fields of many JSON objects as columns, some thousand objects at a time, each of which lives only that long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kp2heat.arrays import Ints
from kp2heat.formats.checks import repeated

BLOCK = 4096
"""Objects that are alive at a time."""

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


def decoded_blocks(texts: Sequence[msgspec.Raw], kind: type[Struct]) -> Iterator[list[Any]]:
    """Yield JSON objects as structs, a block at a time; msgspec's errors where one is no such object."""
    decoder = msgspec.json.Decoder(list[kind])  # type: ignore[valid-type]
    for start in range(0, len(texts), BLOCK):
        yield decoder.decode(b"[" + b",".join(texts[start : start + BLOCK]) + b"]")


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


def first_of_each(ids: Values, equal: Callable[[int, int], bool]) -> Sequence[int]:
    """Return which rows are no exact repetition of the first row of their id; ``equal`` compares two rows.

    >>> [*first_of_each([5, None, 5, None], lambda a, b: True)]
    [0, 1, 3]
    """
    first: dict[str, int] = {}
    repetitions = set()
    for n in _repeated(ids).tolist():
        earlier = first.setdefault(str(ids[n]), n)
        if earlier != n and equal(earlier, n):
            repetitions.add(n)
    return [n for n in range(len(ids)) if n not in repetitions] if repetitions else range(len(ids))


def _repeated(ids: Values) -> Ints:
    """Return the rows whose id some other row has too, in their order; None is no id."""
    if isinstance(ids, np.ndarray):
        return np.flatnonzero(np.isin(ids, ids[repeated(ids)]))
    stated = np.flatnonzero([value is not None for value in ids])
    return stated[_repeated(np.array([str(ids[n]) for n in stated], np.str_))]
