"""What the CSV readers share: images named by columns, joints gathered from columns, instances counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.formats.raw import id_column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def distinct(values: NDArray[Any]) -> tuple[NDArray[Any], Ints, Ints]:
    """Distinct values in the order they first appear, the row of each first appearance, each row's number."""
    listed = values.tolist()
    number = {value: n for n, value in enumerate(dict.fromkeys(listed))}
    inverse = np.fromiter(map(number.__getitem__, listed), np.int64, len(listed))
    first = np.empty(len(number), np.int64)
    first[inverse[::-1]] = np.arange(len(listed))[::-1]
    return values[first], first, inverse


def image_table(names: NDArray[np.str_]) -> dict[str, Any]:
    """``image_id`` and ``file_name`` of images called so: a whole number is an id, anything else a file."""
    numbered = bool(len(names)) and bool(np.strings.isdecimal(names).all())
    ids = id_column([int(name) for name in names]) if numbered else np.arange(len(names))
    return {"image_id": ids, "file_name": np.full(len(names), "", np.str_) if numbered else names}


def joined(text: NDArray[np.str_], columns: Sequence[int]) -> NDArray[np.str_]:
    """(N,) the cells of some text columns put together, as "video:frame"."""
    cells = np.strings.strip(text[:, columns[0]])
    for column in columns[1:]:
        cells = np.strings.add(np.strings.add(cells, ":"), np.strings.strip(text[:, column]))
    return cells


def gathered(values: Floats, columns: Ints) -> Floats:
    """values (N, C) at columns (...), -1 giving NaN -> (N, ...)."""
    if np.array_equal(columns.ravel(), np.arange(values.shape[1])):
        return values.reshape(len(values), *columns.shape)
    padded = np.hstack([values, np.full((len(values), 1), np.nan)])
    return padded[:, columns]


def third_numbers(third: Floats, xy: Floats) -> Floats:
    """Third numbers, 0 where x and y are empty, for then the joint is not labelled."""
    return np.where(np.isnan(xy).any(axis=-1), 0.0, third)


def present(xy: Floats) -> tuple[Ints, Ints]:
    """(row, instance) of the instances (N, A, K, 2) that are there: all of one a row, else those with a joint."""
    if xy.shape[1] == 1:
        return np.arange(len(xy)), np.zeros(len(xy), np.int64)
    n, a = np.nonzero(~np.isnan(xy).all(axis=(2, 3)))
    return n, a
