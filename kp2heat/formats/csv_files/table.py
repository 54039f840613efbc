"""Columns of a delimited text file as arrays, a block of rows at a time.

Blocks of plain numbers are read by ``numpy.loadtxt``, all others by the csv module, to the same result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Floats, Ints
from kp2heat.errors import InputError
from kp2heat.formats.csv_files.text import CsvText, Row, is_number

Column = NDArray[np.str_]
BLOCK = 1 << 12
"""Rows converted at a time: the cells of a file are never in memory all at once."""
GROUPED = re.compile(r"[-+]?\d[\d.,' ]*[.,]\d+")
"""A number with a decimal comma, or with separators of thousands."""
MISSING = ("", "nan", "na", "n/a", "none", "null", "-", "nat", "#n/a")


@dataclass(frozen=True, eq=False)
class Table:
    """Cells of a delimited file, by the names under which they were asked for.

    text     (N,) str each
    numbers  (N, C) float64 each; NaN where a cell is empty or a word for "missing"
    line     (N,) int64, the line of the file on which each row ends
    """

    text: Mapping[str, Column]
    numbers: Mapping[str, Floats]
    line: Ints


@dataclass(frozen=True)
class Reader:
    """How each block of a file is read.

    words, numbers  the columns to read; width: how many cells the header has
    lenient         whether a cell that is not a number becomes infinite, which no check lets pass
    """

    text: CsvText
    words: tuple[int, ...]
    numbers: tuple[int, ...]
    width: int
    lenient: bool

    def blocks(self, skip: int) -> Iterator[tuple[Ints, Sequence[Column], Floats]]:
        """Return line numbers, text columns and numbers of the rows after the first ``skip``, by blocks."""
        if self.text.quoted:
            rows = islice(self.text.rows(), skip, None)
            while block := [*islice(rows, BLOCK)]:
                yield self.careful(block)
            return
        before = max((line for line, _ in islice(self.text.rows(), skip)), default=self.text.preamble)
        lines = islice(self.text.lines(), before - self.text.preamble, None)
        while plain := [*islice(lines, BLOCK)]:
            yield self.fast(plain, before) or self.careful([*self.text.rows(plain, before)])
            before += len(plain)

    def fast(self, lines: list[str], before: int) -> tuple[Ints, Sequence[Column], Floats] | None:
        """Return a block of lines without quotes; None where a line is not a row of plain or missing numbers."""
        delimiter = None if self.text.delimiter == " " else self.text.delimiter
        lines = [line.rstrip("\r\n") for line in lines]
        if delimiter and max(line.count(delimiter) for line in lines) >= self.width:
            return None
        if not all(line.strip(self.text.delimiter + " ") for line in lines):
            return None
        values = self.plain_numbers(lines, delimiter)
        if values is None and delimiter:
            values = self.plain_numbers([_filled(line, delimiter) for line in lines], delimiter)
        last = max(self.words, default=0)
        cells = [line.split(delimiter, last + 1) for line in lines]
        if values is None or min(map(len, cells)) <= last:
            return None
        words = [np.array([row[column].lstrip(" ") for row in cells], np.str_) for column in self.words]
        return np.arange(before + 1, before + 1 + len(lines)), words, values

    def plain_numbers(self, lines: list[str], delimiter: str | None) -> Floats | None:
        """Return the number columns of lines as (N, C) float64; None where a cell is not a plain number."""
        if not self.numbers:
            return np.zeros((len(lines), 0))
        try:
            return np.loadtxt(lines, delimiter=delimiter, comments=None, usecols=self.numbers, ndmin=2)
        except ValueError:
            return None

    def careful(self, rows: Sequence[Row]) -> tuple[Ints, Sequence[Column], Floats]:
        """Return a block of rows cell by cell; InputError for a row that is too long or a cell that is no number."""
        if self.text.delimiter != " ":
            self.refuse_long(rows)
        width = max((*self.words, *self.numbers), default=-1) + 1
        cells = [row + [""] * (width - len(row)) for _, row in rows]
        line = np.array([number for number, _ in rows], np.int64)
        return line, [*_pick(cells, self.words).T], self.to_numbers(_pick(cells, self.numbers), line)

    def refuse_long(self, rows: Sequence[Row]) -> None:
        """Raise InputError for the first row with words beyond the cells of the header."""
        for line, row in rows:
            if len(row) > self.width and any(row[self.width :]):
                raise InputError(
                    f"{self.text.source}, line {line}",
                    f"holds {len(row)} cells where {self.width} are named",
                    "put quotes round a cell that holds the delimiter, or name the further columns",
                )

    def to_numbers(self, cells: NDArray[np.str_], line: Ints) -> Floats:
        """Return cells (N, C) as float64; a decimal comma is read where semicolons divide the cells."""
        try:
            return cells.astype(np.float64)
        except ValueError:
            words = np.strings.lower(np.strings.strip(cells))
        if self.text.delimiter == ";":
            words = np.strings.replace(words, ",", ".")
        words = np.where(np.isin(words, MISSING), "nan", words)
        try:
            return words.astype(np.float64)
        except ValueError:
            if self.lenient:
                return np.where(np.vectorize(is_number, [bool])(words), words, "inf").astype(np.float64)
            n, c = next(at for at in np.ndindex(words.shape) if not is_number(str(words[at])))
        todo = "correct the cell, or leave it empty where the joint is not labelled"
        cell = str(cells[n, c]).strip()
        if GROUPED.fullmatch(cell):
            todo = "write numbers with a decimal point and without commas or separators of thousands"
        where = f"{self.text.source}, line {line[n]}, column {self.numbers[c] + 1}"
        raise InputError(where, f"'{cell}' is not a number", todo)


def read_table(
    text: CsvText,
    skip: int,
    words: Mapping[str, int],
    numbers: Mapping[str, Sequence[int]],
    *,
    width: int,
    lenient: bool = False,
) -> Table:
    """Return text columns and groups of number columns, by name, of all rows after the first ``skip``.

    A column -1 in a group is NaN; cells that a short row lacks are missing. InputError names the line and column
    of a cell that should be a number, and the line of a row with more than ``width`` cells (a decimal comma).
    """
    wanted = sorted({column for group in numbers.values() for column in group if column >= 0})
    reader = Reader(text, tuple(words.values()), tuple(wanted), width, lenient)
    place = {column: k for k, column in enumerate(wanted)} | {-1: -1}
    values = {name: np.empty((text.most_rows, len(group))) for name, group in numbers.items()}
    lines, columns, n = [np.zeros(0, np.int64)], [[np.zeros(0, np.str_)] * len(words)], 0
    for line, block_words, block in reader.blocks(skip):
        block = np.column_stack([block, np.full(len(block), np.nan)])
        for name, group in numbers.items():
            values[name][n : n + len(line)] = block[:, [place[column] for column in group]]
        n += len(line)
        lines.append(line)
        columns.append([*block_words])
    named = zip(words, map(np.concatenate, zip(*columns, strict=True)), strict=True)
    return Table(dict(named), {name: out[:n] for name, out in values.items()}, np.concatenate(lines))


def _filled(line: str, delimiter: str) -> str:
    """Return the line with "nan" in its empty cells."""
    for _ in range(2):  # the second pass fills every other cell of a run of empty ones
        line = line.replace(delimiter * 2, f"{delimiter}nan{delimiter}")
    return "nan" * line.startswith(delimiter) + line + "nan" * line.endswith(delimiter)


def _pick(rows: list[list[str]], columns: Sequence[int]) -> NDArray[np.str_]:
    if not columns:
        return np.zeros((len(rows), 0), np.str_)
    return np.array([*map(itemgetter(*columns), rows)], np.str_).reshape(len(rows), len(columns))
