"""Wide CSV: one row an instance, an x and a y column for every joint."""

from __future__ import annotations

import numpy as np

from kp2heat.errors import InputError
from kp2heat.formats.csv_header import Wide, wide_columns
from kp2heat.formats.csv_rows import gathered, images_of, third_numbers
from kp2heat.formats.csv_table import heading, table, text_of
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.raw import Raw, id_column


def sniff(head: bytes) -> bool:
    """A first row that names some joint's x and y."""
    if b"\0" in head or head.lstrip()[:1] in b"{[<":
        return False
    _, top = heading(text_of(head, ""), "", rows=1)
    return bool(top) and wide_columns(top[0]) is not None


def parse(data: bytes, source: str, _options: ReadOptions) -> Raw:
    """The file's columns; rows that name the same image are instances in it."""
    text = text_of(data, source)
    delimiter, top = heading(text, source, rows=1)
    columns = wide_columns(top[0]) if top else None
    if columns is None:
        raise InputError(
            f"{source}, line 1", f"names no joint's x and y column (found: {', '.join(top[0][:6])})",
            "name the columns like nose_x, nose_y, nose_v",
        )  # fmt: skip
    return _raw(text, delimiter, source, columns)


def _raw(text: str, delimiter: str, source: str, columns: Wide) -> Raw:
    layout = np.array([(*xy, third) for xy, third in zip(columns.xy, columns.third, strict=True)], np.int64)
    extra = np.array([columns.width, columns.height, *columns.box], np.int64)
    wanted = np.concatenate([layout.ravel(), extra])
    numbers = sorted({int(c) for c in wanted if c >= 0})
    position = np.full(max(numbers) + 2, -1)
    position[numbers] = np.arange(len(numbers))
    words = [c for c in (columns.image, columns.annotation) if c >= 0]
    body = table(text, delimiter, source, 1, words, numbers)
    joints = gathered(body.values, position[layout])
    xy, third = joints[..., :2], joints[..., 2]
    others = gathered(body.values, position[extra])
    n = len(body.line)
    named = body.text[:, 0] if columns.image >= 0 else np.arange(n).astype(np.str_)
    names, first, image = images_of(named)
    has_id = columns.annotation >= 0
    return Raw(
        title="wide CSV", source=source, place="line {row}", row=body.line,
        xy=xy, third=third_numbers(third, xy, columns.third_kind), third_kind=columns.third_kind, names=columns.names,
        zero_missing=not columns.third_kind,
        id=id_column([_whole(c) for c in body.text[:, -1]]) if has_id else np.arange(n),
        image_id=id_column([_whole(c) for c in names]),
        file_name=names if columns.image >= 0 else np.full(len(names), "", np.str_),
        image=image, size=others[first, :2], bbox=others[:, 2:],
    )  # fmt: skip


def _whole(cell: str) -> object:
    return int(cell) if cell.isdecimal() and (cell == "0" or cell[0] != "0") else cell
