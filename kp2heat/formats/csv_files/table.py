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

from kp2heat.arrays import Floats, Ints
from kp2heat.errors import InputError
from kp2heat.formats.csv_files.text import Text, cells, is_number, pieces
from kp2heat.formats.csv_plain import Column, columns_of, plain

Part = tuple[list[Column], Floats, Ints]
BLOCK = 1 << 18
"""Bytes converted at a time: they stay in the processor's cache, and the cells of a file are never in memory all at once."""
MISSING = ("", "nan", "na", "n/a", "none", "null", "-", "nat", "#n/a")


@dataclass(frozen=True, eq=False)
class Table:
    """Cells of a delimited file.

    text       the columns asked for as text, (N,) each: str, or bytes where all is ASCII
    values     the groups of columns asked for as numbers, (N, C) float64 each; NaN where empty or a word for "missing"
    line       (N,) int64, line of the file each row stands on
    """

    text: tuple[Column, ...]
    values: tuple[Floats, ...]
    line: Ints


def table(
    text: Text,
    delimiter: str,
    source: str,
    skip: int,
    words: Sequence[int],
    numbers: Sequence[Sequence[int]],
    *,
    lenient: bool = False,
) -> Table:
    """Columns ``words`` as text and groups of columns ``numbers`` as float64, of all rows after the first ``skip``.

    A column -1 is NaN. InputError names the line and column of a cell that should be a number and is not; a
    ``lenient`` reading makes it infinite, which no check lets pass. InputError too for a row with more cells than
    the first ones (a decimal comma, say). Cells that a short row lacks are missing.
    """
    width = max((len(row) for _, row in islice(cells(text, delimiter, source), max(skip, 1))), default=0)
    most = None if delimiter == " " else width
    wanted = sorted({column for group in numbers for column in group if column >= 0})
    places = [np.searchsorted(wanted, group).clip(0, len(wanted) - 1) for group in numbers]
    rows, by_line = _survey(text, delimiter)
    values = tuple(np.empty((rows, len(group))) for group in numbers)
    line, parts, n, first = np.empty(rows, np.int64), [], 0, 1 + _lines_of(text, delimiter, source, skip)
    for data in _blocks(text, first - 1, by_line):
        found = plain(data, text.encoding, delimiter, words, wanted, most) if by_line else None
        if found is not None:
            part, read = found
            lines, first = np.arange(first, first + len(read)), first + len(read)
        else:
            block = Text(data, text.encoding)
            _refuse_long(block, delimiter, source, first, width)
            part, read, lines = _careful(block, delimiter, source, words, wanted, first, lenient)
            first += data.count(b"\n")
        here = slice(n, n + len(lines))
        for out, group, place in zip(values, numbers, places, strict=True):
            out[here] = columns_of(read, place)
            if -1 in group:
                out[here, np.less(group, 0)] = np.nan
        line[here], n = lines, here.stop
        parts.append(part)
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)] or [np.zeros(0, np.str_)] * len(
        words
    )
    return Table(tuple(columns), tuple(out[:n] for out in values), line[:n])


def _survey(text: Text, delimiter: str) -> tuple[int, bool]:
    """At most how many rows there are, and whether each of them is a line that ends with a line feed."""
    feeds = returns = both = 0
    whole = True
    for piece in pieces(text.data):
        feeds += piece.count(b"\n")
        whole = whole and (b'"' not in piece or _whole_cells(piece, delimiter))
        if b"\r" in piece:
            returns, both = returns + piece.count(b"\r"), both + piece.count(b"\r\n")
    return feeds + returns - both + 1, whole and returns == both


def _whole_cells(piece: bytes, delimiter: str) -> bool:
    """Whether quotes stand only round whole cells, each within its line."""
    data = np.frombuffer(b"\n" + piece + b"\n", np.uint8)
    ends = (data == ord("\n")) | (data == ord("\r"))
    quotes, border = np.flatnonzero(data == ord('"')), ends | (data == ord(delimiter))
    if len(quotes) % 2 or not (border[quotes[::2] - 1].all() and border[quotes[1::2] + 1].all()):
        return False
    line = np.searchsorted(np.flatnonzero(ends), quotes)
    return bool((line[::2] == line[1::2]).all())


def _lines_of(text: Text, delimiter: str, source: str, rows: int) -> int:
    """How many lines the first rows take."""
    return max((line for line, _ in islice(cells(text, delimiter, source), rows)), default=0)


def _blocks(text: Text, skip: int, by_line: bool) -> Iterator[bytes]:
    """Whole lines of the text after some lines, one block where rows are no lines; line feeds end them."""
    if not by_line:
        yield "".join(islice(text.lines(), skip, None)).encode(text.encoding)
        return
    start = 0
    for _ in range(skip):
        start = text.data.find(b"\n", start) + 1 or len(text.data)
    for block in pieces(text.data, start, BLOCK):
        yield block.replace(b"\r\n", b"\n") if b"\r" in block else block


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
    return [*_pick(full, words).T], values, line


def _pick(rows: list[list[str]], columns: Sequence[int]) -> NDArray[np.str_]:
    if not columns:
        return np.zeros((len(rows), 0), np.str_)
    picked = [*map(itemgetter(*columns), rows)]
    return np.array(picked, np.str_).reshape(len(rows), len(columns))


def _numbers(
    text: NDArray[np.str_],
    delimiter: str,
    source: str,
    line: Ints,
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
