"""CSV whose columns have no names: image, x, y, x, y, ... under a header of numbers or none at all."""

from __future__ import annotations

import numpy as np

from kp2heat.errors import InputError
from kp2heat.formats.content import Content
from kp2heat.formats.csv_files.header import Wide
from kp2heat.formats.csv_files.sheet import Sheet
from kp2heat.formats.csv_files.text import csv_text, is_number, sniffed
from kp2heat.formats.csv_files.wide import parse as parse_wide
from kp2heat.formats.csv_files.wide import read_wide
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import ParsedFile

WFLW = 206
"""Numbers per line of WFLW's lists: 98 joints, the corners of a box, six attributes."""
NONE = dict.fromkeys(("image", "video", "annotation", "width", "height", "score"), -1)


def sniff(head: bytes) -> bool:
    """Return whether there are rows of numbers with one column of text, under no header or one of numbers."""
    top = sniffed(head, rows=6)
    if not top or (len(top) > 1 and _is_header(top[0]) and any(c and not is_number(c) for c in top[0])):
        return False
    body = top[_is_header(top[0]) :] or top
    return all(len(row) >= 3 and sum(not _blank_or_number(cell) for cell in row) == 1 for row in body)


def parse(content: Content, options: ReadOptions) -> ParsedFile:
    """Return the columns in pairs x, y, or in triplets x, y, v where every third number is 0, 1 or 2."""
    if options.columns:
        return parse_wide(content, options)
    text = csv_text(content)
    top = text.top(50)
    skip = int(_is_header(top[0]))
    body = top[skip:] or top
    width = max(map(len, body))
    words = [c for c in range(width) if any(not _blank_or_number(row[c]) for row in body if c < len(row))]
    numbers = [c for c in range(width) if c not in words and any(row[c] for row in body if c < len(row))]
    box: tuple[int, ...] = (-1,) * 4
    if len(numbers) == WFLW:
        numbers, box = numbers[:196], tuple(numbers[196:200])
    step = 3 if _has_flags(body, numbers) else 2
    if len(words) > 1 or len(numbers) % step or not numbers:
        raise InputError(
            f"{text.source}, line {skip + 1}",
            f"holds {len(numbers)} unnamed numeric columns, not x, y pairs",
            "say what the columns are: --columns image,nose_x,nose_y,...",
        )
    joints = len(numbers) // step
    cells = np.array(numbers).reshape(joints, step).tolist()
    columns = Wide(
        names=tuple(f"joint_{k}" for k in range(joints)),
        xy=tuple((c[0], c[1]) for c in cells),
        third=tuple(c[2] if step == 3 else -1 for c in cells),
        third_kind="visibility" if step == 3 else "",
        single=NONE | {"image": words[0] if words else -1},
        box=box,
        corners=len(numbers) == 196,
    )
    parsed = read_wide(Sheet(text, skip, columns, None, width, options.on_error == "skip"))
    return parsed.but(
        title=f"CSV without column names, read as {'x, y, v' if step == 3 else 'x, y'} in turn", names=()
    )


def _blank_or_number(cell: str) -> bool:
    return not cell.strip() or is_number(cell)


def _is_header(row: list[str]) -> bool:
    """Return whether a row has words only, or the numbers of the columns: 0, 1, 2, ... or 1, 2, 3, ..."""
    words = [cell for cell in row if cell]
    if not any(map(is_number, words)):
        return True
    counted = [int(cell) for cell in words if cell.isdecimal()]
    start = counted[0] if counted else 0
    return (
        len(counted) >= max(len(words) - 1, 3)
        and counted == [*range(start, start + len(counted))]
        and start < 2
    )


def _has_flags(body: list[list[str]], numbers: list[int]) -> bool:
    """Return whether every third number is 0, 1 or 2."""
    if len(numbers) % 3:
        return False
    thirds = {row[c].strip().removesuffix(".0") for row in body for c in numbers[2::3] if c < len(row)}
    return thirds <= {"0", "1", "2"} and bool(thirds)
