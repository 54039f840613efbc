"""Columns of a delimited text file as arrays, a block of rows at a time.

Blocks of plain lines go a fast way (``csv_plain``), the others through the csv module, to the same result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from kp2heat.errors import InputError
from kp2heat.formats.csv_plain import plain
from kp2heat.formats.csv_text import Text, cells, is_number

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Part = tuple[NDArray[np.str_], Floats, Ints]
BLOCK = 1 << 22
"""Bytes converted at a time: the cells of a file never stand in memory all at once."""
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


def table(
    text: Text,
    delimiter: str,
    source: str,
    skip: int,
    words: Sequence[int],
    numbers: Sequence[int],
    *,
    lenient: bool = False,
) -> Table:
    """Columns ``words`` as text and ``numbers`` as float64, of all rows after the first ``skip``.

    InputError names the line and column of a cell that should be a number and is not; a ``lenient`` reading
    makes it infinite, which no check lets pass. InputError too for a row with more cells than the first ones
    (a decimal comma, say). Cells that a short row lacks are missing.
    """
    width = max((len(row) for _, row in islice(cells(text, delimiter, source), max(skip, 1))), default=0)
    parts = []
    for block, line, rows in _blocks(text, _lines_of(text, delimiter, source, skip)):
        _refuse_long(block, delimiter, source, line, width)
        found = _plain(block, delimiter, words, numbers, line) if rows else None
        parts.append(found or _careful(block, delimiter, source, words, numbers, line, lenient))
    empty = (np.zeros((0, len(words)), np.str_), np.zeros((0, len(numbers))), np.zeros(0, np.int64))
    return Table(*(np.concatenate(columns) for columns in zip(*(parts or [empty]), strict=True)))


def _lines_of(text: Text, delimiter: str, source: str, rows: int) -> int:
    """How many lines the first rows take."""
    return max((line for line, _ in islice(cells(text, delimiter, source), rows)), default=0)


def _blocks(text: Text, skip: int) -> Iterator[tuple[Text, int, bool]]:
    """(block of whole lines, number of its first line, whether a line is a row) of the text after some lines."""
    data = text.data
    by_line = b'"' not in data and data.count(b"\r") == data.count(b"\r\n")
    if not by_line:
        yield Text("".join(islice(text.lines(), skip, None)).encode(), "utf-8"), skip + 1, False
        return
    start, line = 0, 1
    for _ in range(skip):
        start, line = data.find(b"\n", start) + 1 or len(data), line + 1
    while start < len(data):
        end = data.find(b"\n", start + BLOCK) + 1 or len(data)
        block = data[start:end].replace(b"\r\n", b"\n")
        yield Text(block, text.encoding), line, True
        start, line = end, line + block.count(b"\n")


def _refuse_long(block: Text, delimiter: str, source: str, first: int, width: int) -> None:
    """InputError for a row with words beyond ``width`` cells; looked for where a line holds too many delimiters."""
    data = np.frombuffer(block.data, np.uint8)
    ends = np.append(np.flatnonzero(data == ord("\n")), len(data))
    met = np.searchsorted(np.flatnonzero(data == ord(delimiter)), ends)
    if delimiter == " " or (np.diff(met, prepend=0) < width).all():
        return
    for line, row in cells(block, delimiter, source):
        if any(row[width:]):
            raise InputError(
                f"{source}, line {line + first - 1}", f"holds {len(row)} cells where {width} are named",
                "put quotes round a cell that holds the delimiter, or name the further columns",
            )  # fmt: skip


def _plain(
    block: Text, delimiter: str, words: Sequence[int], numbers: Sequence[int], line: int
) -> Part | None:
    found = plain(block.data, block.encoding, delimiter, words, numbers)
    return (*found, np.arange(line, line + len(found[1]))) if found else None


def _careful(
    block: Text,
    delimiter: str,
    source: str,
    words: Sequence[int],
    numbers: Sequence[int],
    first: int,
    lenient: bool = False,
) -> Part:
    """The block through the csv module."""
    width = max((*words, *numbers), default=-1) + 1
    rows = [*cells(block, delimiter, source)]
    line = np.fromiter((number for number, _ in rows), np.int64, len(rows)) + (first - 1)
    full = [row if len(row) >= width else row + [""] * (width - len(row)) for _, row in rows]
    values = _numbers(_pick(full, numbers), delimiter, source, line, numbers, lenient)
    return _pick(full, words), values, line


def _pick(rows: list[list[str]], columns: Sequence[int]) -> NDArray[np.str_]:
    if not columns:
        return np.zeros((len(rows), 0), np.str_)
    picked = [*map(itemgetter(*columns), rows)]
    return np.array(picked, np.str_).reshape(len(rows), len(columns))


def _numbers(
    text: NDArray[np.str_],
    delimiter: str,
    source: str,
    line: NDArray[np.int64],
    columns: Sequence[int],
    lenient: bool,
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
        if lenient:
            return np.where(np.vectorize(is_number, [bool])(text), text, "inf").astype(np.float64)
        n, c = next((n, c) for n, c in np.ndindex(text.shape) if not is_number(str(text[n, c])))
        raise InputError(
            f"{source}, line {line[n]}, column {columns[c] + 1}", f"'{text[n, c]}' is not a number",
            "correct the cell, or leave it empty where the joint is not labelled",
        ) from None  # fmt: skip
