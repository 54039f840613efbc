"""Blocks of annotations put together as one table, whose columns are in memory once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.annotations import COLUMNS, Annotations


class Column:
    """Blocks of one column; the memory of ``rows`` rows is asked for, and taken as far as it is filled.

    One value that stands for all rows stays one. Text, whose length is not known ahead, is put together in the end.

    >>> column = Column(9)
    >>> column.add(np.array([1.0, 2.0]))
    >>> column.add(np.array([3.0]))
    >>> column.values().tolist()
    [1.0, 2.0, 3.0]
    """

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._filled = 0
        self._space: NDArray[Any] | None = None
        self._single: NDArray[Any] | None = None
        self._texts: list[NDArray[Any]] = []

    def add(self, block: NDArray[Any]) -> None:
        """Take the next rows."""
        if block.dtype.kind == "U":
            self._texts.append(block)
            return
        if self._space is None and not any(block.strides) and self._like(block[:1]):
            self._single = block[:1]
        else:
            self._put(block)
        self._filled += len(block)

    def _like(self, value: NDArray[Any]) -> bool:
        return self._filled == 0 or (self._single is not None and self._single.tobytes() == value.tobytes())

    def _put(self, block: NDArray[Any]) -> None:
        if self._space is None:
            self._space = np.empty((self._rows, *block.shape[1:]), block.dtype)
            if self._single is not None:
                self._space[: self._filled] = self._single
        self._space[self._filled : self._filled + len(block)] = block

    def values(self) -> NDArray[Any]:
        """Return the whole column."""
        if self._texts:
            return np.concatenate(self._texts)
        if self._space is None and self._single is not None:
            return np.broadcast_to(self._single[0], (self._filled, *self._single.shape[1:]))
        return np.zeros(0) if self._space is None else self._space[: self._filled]


class Gathered:
    """All blocks of a file, of at most ``rows`` rows."""

    def __init__(self, rows: int) -> None:
        self._columns = {name: Column(rows) for name in COLUMNS}

    def add(self, block: Annotations) -> None:
        """Take the next rows."""
        for name, column in self._columns.items():
            column.add(getattr(block, name))

    def table(self, head: Annotations) -> Annotations:
        """Return all rows; ``head``: the annotations without a row."""
        columns: dict[str, Any] = {name: column.values() for name, column in self._columns.items()}
        return replace(head, **columns)
