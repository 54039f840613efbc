"""Plain lines of a CSV, taken apart by array arithmetic: no step is taken cell by cell.

Whatever is not plain (quotes within cells, rows of unequal length, words among the numbers) is left to the csv module.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bools, Bytes, Floats, Ints
from kp2heat.formats.csv_decimal import WORD, decimals, scientific, words_before

Column = NDArray[np.str_] | NDArray[np.bytes_]
EMPTY = (b"nan", b"NaN", b"NA")
SPACE, QUOTE = ord(" "), ord('"')


def plain(
    data: bytes,
    encoding: str,
    delimiter: str,
    words: Sequence[int],
    numbers: Sequence[int],
    most: int | None = None,
) -> tuple[list[Column], Floats] | None:
    """Columns ``words``, each (N,), and ``numbers`` (N, C) of lines that are rows; None where they are not plain.

    Text is bytes where it is ASCII without control characters. Rows of more than ``most`` cells are not plain.
    """
    if not numbers or b"\0" in data:
        return None
    if not data.endswith(b"\n"):
        data += b"\n"
    padded = np.frombuffer(b"\n" * WORD + data, np.uint8)
    text = padded[WORD:]
    ends = (text == ord(delimiter)) | (text == ord("\n"))
    points = text == ord(".")
    if delimiter == ";":
        points |= text == ord(",")
    marks = np.flatnonzero(ends | points)
    closing = np.flatnonzero(ends.take(marks))
    stop = marks.take(closing)
    width = _width(text, stop)
    if not width or width > (most or width) or width <= max((*words, *numbers)):
        return None
    start = np.concatenate([[0], stop[:-1] + 1])
    if delimiter == " " and (start == stop).any():
        return None
    inside = np.diff(closing, prepend=-1) - 1
    point = marks.take(closing - (inside > 0))
    if b'"' in data:
        quoted = _quoted(text, start, stop)
        if data.count(b'"') != 2 * np.count_nonzero(quoted):
            return None
        start, stop = start + quoted, stop - quoted
        point = np.minimum(point, stop)
    start, point, stop, inside = (cells.reshape(-1, width) for cells in (start, point, stop, inside))
    values = _numbers(
        data, padded, *(columns_of(cells, numbers).ravel() for cells in (start, point, stop, inside))
    )
    if values is None:
        return None
    values = values.reshape(-1, len(numbers))
    found = [_text(text, start[:, c], stop[:, c], encoding) for c in words]
    blank = (
        np.all([column == column.dtype.type() for column in found], axis=0)
        if found
        else np.ones(len(start), bool)
    )
    if blank.any() and np.isnan(values[blank]).all(axis=1).any():
        return None
    return found, values


def _quoted(text: Bytes, start: Ints, stop: Ints) -> Bools:
    """Cells that begin and end with quotes; not those that begin with what may be white space, which stays in them."""
    first = text.take(start + 1, mode="clip")
    ends = (text.take(start) == QUOTE) & (text.take(stop - 1) == QUOTE) & (stop - start > 1)
    return np.asarray(ends & (first > SPACE) & (first < 0x80))


def columns_of(cells: NDArray[Any], columns: Sequence[int] | Ints) -> NDArray[Any]:
    """``cells[:, columns]``, faster, and a view where the columns stand side by side."""
    first, count = columns[0] if len(columns) else 0, len(columns)
    if np.array_equal(columns, np.arange(first, first + count)):
        return cells[:, first : first + count]
    return cells.take(columns, axis=1)


def _width(text: Bytes, stop: Ints) -> int:
    """Cells of every row, 0 where they are not as many in each."""
    closing = np.flatnonzero(text.take(stop) == ord("\n"))
    width = int(closing[0]) + 1
    regular = len(stop) == len(closing) * width and (np.diff(closing) == width).all()
    return width if regular else 0


def _numbers(data: bytes, padded: Bytes, start: Ints, point: Ints, stop: Ints, inside: Ints) -> Floats | None:
    """(N,) numbers of the cells, NaN where one is empty; None where a cell is no number."""
    text, before = padded[WORD:], words_before(padded)
    while b" " in data and (spaced := (text.take(start) == SPACE) & (start < stop)).any():
        start = start + spaced
    values, odd = decimals(text, before, start, point, stop, inside > 1)
    if (rest := np.flatnonzero(odd)).size:
        values[rest], odd = scientific(text, before, start[rest], point[rest], stop[rest], inside[rest] > 1)
        rest = rest[odd]
    if rest.size:
        others = _others([data[a:b] for a, b in zip(start[rest].tolist(), stop[rest].tolist(), strict=True)])
        if others is None:
            return None
        values[rest] = others
    return values


def _others(cells: list[bytes]) -> Floats | None:
    """Numbers that are no plain decimals, by the JSON parser, and words for "missing"; None where there are others."""
    known = [cell for cell in cells if cell not in EMPTY]
    try:
        numbers = msgspec.json.decode(b"[" + b",".join(known) + b"]", type=list[float])
    except msgspec.DecodeError:
        return None
    if len(numbers) != len(known):
        return None
    values = np.full(len(cells), np.nan)
    values[[cell not in EMPTY for cell in cells]] = numbers
    return values


def _text(text: Bytes, start: Ints, stop: Ints, encoding: str) -> Column:
    """(N,) the cells, without white space in front."""
    length = stop - start
    width = max(int(length.max()), 1)
    place = np.arange(width)
    cells = text.take(start[:, None] + place, mode="clip")
    cells[place >= length[:, None]] = 0
    column = cells.view(f"S{width}")[:, 0]
    if cells.max() >= 0x80 or (cells - np.uint8(1) < SPACE - 1).any():
        return np.strings.lstrip(np.strings.decode(column, encoding))
    return np.strings.lstrip(column) if (cells[:, 0] == SPACE).any() else column
