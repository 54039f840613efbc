"""A delimited text file as rows of cells, and its cells as numbers, a block of rows at a time."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from kp2heat.errors import InputError
from kp2heat.formats.load import HEAD, Content

Floats = NDArray[np.float64]
DELIMITERS = ",;\t"
BLOCK = 8192
"""Rows converted at a time: the text of a file never stands in memory cell by cell."""
MISSING = ("", "nan", "na", "n/a", "none", "null", "-", "nat", "#n/a")


@dataclass(frozen=True, eq=False)
class Table:
    """Cells of a delimited file.

    text       (N, T) str, the columns asked for as text
    values     (N, C) float64, the columns asked for as numbers; NaN where empty or a word for "missing"
    line       (N,) int64, line of the file each row stands on
    """

    text: NDArray[np.str_]
    values: Floats
    line: NDArray[np.int64]


@dataclass(frozen=True)
class Text:
    """A text file and how it is encoded; decoded while it is read, never as a whole."""

    data: bytes
    encoding: str

    @property
    def head(self) -> str:
        """How it begins."""
        return self.data[:HEAD].decode(self.encoding, "ignore")

    def lines(self) -> io.TextIOWrapper:
        """A stream of its lines, whatever ends them."""
        return io.TextIOWrapper(io.BytesIO(self.data), self.encoding, newline="")


def text_of(content: Content) -> Text:
    """The file as text: UTF-8, or else Latin-1, which reads any byte. InputError where it is binary."""
    if b"\0" in content.head:
        raise InputError(content.name, "is a binary file", "give a text file: JSON or CSV")
    data = content.take()[:]
    return Text(data, "utf-8" if data.isascii() or _is_utf8(data) else "latin-1")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def delimiter_of(head: str) -> str:
    """Of comma, semicolon and tab the one that splits the first lines most often; a space where there is none."""
    lines = [line for line in re.split(r"\r\n|\r|\n", head)[:20] if line.strip()]
    if not any(d in line for line in lines for d in DELIMITERS):
        return " "
    counts = {d: sorted(line.count(d) for line in lines[:-1] or lines) for d in DELIMITERS}
    return max(
        DELIMITERS, key=lambda d: (counts[d][len(counts[d]) // 2], counts[d][0]) if counts[d] else (0, 0)
    )


def cells(text: Text, delimiter: str, source: str) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of every row that is not blank."""
    reader = csv.reader(text.lines(), delimiter=delimiter, skipinitialspace=True)
    try:
        for row in reader:
            if any(row):
                yield reader.line_num, row
    except csv.Error as problem:
        raise InputError(
            f"{source}, line {reader.line_num}", f"is not CSV ({problem})", "correct the line"
        ) from None


def heading(text: Text, source: str, rows: int = 6) -> tuple[str, list[list[str]]]:
    """The delimiter and the first rows."""
    delimiter = delimiter_of(text.head)
    top = [row for _, row in islice(cells(text, delimiter, source), rows)]
    return delimiter, [[cell.strip() for cell in row] for row in top]


def sniffed(head: bytes, rows: int) -> list[list[str]]:
    """The first rows of what may be a CSV, none where it is not even text; for detection, so nothing is raised."""
    if head.lstrip()[:1] in (b"{", b"[", b"<", b""):
        return []
    try:
        return heading(text_of(Content("", head)), "", rows)[1]
    except InputError:
        return []


def table(
    text: Text, delimiter: str, source: str, skip: int, words: Sequence[int], numbers: Sequence[int]
) -> Table:
    """Columns ``words`` as text and ``numbers`` as float64, of all rows after the first ``skip``.

    InputError names the line and column of a cell that should be a number and is not. Cells that a short
    row lacks are missing.
    """
    width = max((*words, *numbers), default=-1) + 1
    rows = islice(cells(text, delimiter, source), skip, None)
    words_out, numbers_out, lines = [], [], []
    while block := [*islice(rows, BLOCK)]:
        line = np.fromiter((number for number, _ in block), np.int64, len(block))
        full = [row if len(row) >= width else row + [""] * (width - len(row)) for _, row in block]
        words_out.append(_pick(full, words))
        numbers_out.append(_numbers(_pick(full, numbers), delimiter, source, line, numbers))
        lines.append(line)
    if not lines:
        return Table(np.zeros((0, len(words)), np.str_), np.zeros((0, len(numbers))), np.zeros(0, np.int64))
    return Table(np.concatenate(words_out), np.concatenate(numbers_out), np.concatenate(lines))


def _pick(rows: list[list[str]], columns: Sequence[int]) -> NDArray[np.str_]:
    if not columns:
        return np.zeros((len(rows), 0), np.str_)
    picked = [*map(itemgetter(*columns), rows)]
    return np.array(picked, np.str_).reshape(len(rows), len(columns))


def _numbers(
    text: NDArray[np.str_], delimiter: str, source: str, line: NDArray[np.int64], columns: Sequence[int]
) -> Floats:
    try:
        return text.astype(np.float64)
    except ValueError:
        pass
    text = np.strings.lower(np.strings.strip(text))
    if delimiter == ";":
        text = np.strings.replace(text, ",", ".")
    text = np.where(np.isin(text, MISSING), "nan", text)
    try:
        return text.astype(np.float64)
    except ValueError:
        n, c = next((n, c) for n, c in np.ndindex(text.shape) if not is_number(str(text[n, c])))
        raise InputError(
            f"{source}, line {line[n]}, column {columns[c] + 1}", f"'{text[n, c]}' is not a number",
            "correct the cell, or leave it empty where the joint is not labelled",
        ) from None  # fmt: skip


def is_number(cell: str) -> bool:
    """Does float() read the cell?"""
    try:
        float(cell)
    except ValueError:
        return False
    return True
