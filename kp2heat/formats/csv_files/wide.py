"""Wide CSV: one row an instance, an x and a y column for every joint.

Reads SLEAP's analysis files and sleap-io's instances and frames, MediaPipe dumps, OpenFace, Kaggle's faces
(pixels of the image in the last column), CelebA, and whatever spreadsheets hold.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePath
from typing import Any

import numpy as np

from kp2heat.arrays import Ints
from kp2heat.errors import InputError
from kp2heat.formats.content import Content
from kp2heat.formats.csv_files.header import Wide, wide_columns
from kp2heat.formats.csv_files.rows import distinct, image_table, joined, present, stripped, third_numbers
from kp2heat.formats.csv_files.table import table
from kp2heat.formats.csv_files.text import Text, heading, sniffed, text_of
from kp2heat.formats.image_sizes import SUFFIXES
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import ParsedFile, id_column

INSTANCE = re.compile(r"^(inst(?:ance)?[_ ]?\d+)[._ :](.+)$", re.IGNORECASE)
PIXELS = re.compile(r"(\d+ ){99}")
"""A cell of at least a hundred whole numbers is an image, not the name of one."""


def sniff(head: bytes) -> bool:
    """A first row that names some joint's x and y."""
    top = sniffed(head, rows=1)
    return bool(top) and wide_columns(top[0]) is not None


def parse(content: Content, options: ReadOptions) -> ParsedFile:
    """The file's columns; rows that name the same image are instances in it."""
    text, source = text_of(content), content.name
    delimiter, top = heading(text, source, rows=2)
    header = [*options.columns] if options.columns else top[0]
    columns = wide_columns(header)
    if columns is None:
        raise InputError(
            f"{source}, line 1", f"names no joint's x and y column (found: {', '.join(header[:6])})",
            "name the columns like nose_x, nose_y, nose_v",
        )  # fmt: skip
    skip = 0 if options.columns and any(map(str.isdecimal, "".join(top[0]))) else 1
    columns = _with_image(columns, top[skip] if len(top) > skip else [])
    stored, lenient = _stored(top, skip, columns), options.on_error == "skip"
    return read_wide(text, delimiter, source, skip, columns, stored, lenient=lenient)


def _with_image(columns: Wide, row: list[str]) -> Wide:
    """The same, the image column found by its content where its name says nothing: the first picture's file name."""
    if columns.single["image"] >= 0:
        return columns
    found = next((c for c, cell in enumerate(row) if PurePath(cell).suffix.lower() in SUFFIXES), -1)
    return replace(columns, single={**columns.single, "image": found})


def _stored(top: list[list[str]], skip: int, columns: Wide) -> tuple[int, int] | None:
    """(w, h) of the square images that the image column itself holds, or None."""
    image = columns.single["image"]
    cell = top[skip][image] if len(top) > skip and 0 <= image < len(top[skip]) else ""
    side = int(len(cell.split()) ** 0.5) if PIXELS.match(cell) else 0
    return (side, side) if side else None


def read_wide(
    text: Text,
    delimiter: str,
    source: str,
    skip: int,
    columns: Wide,
    stored: tuple[int, int] | None = None,
    *,
    lenient: bool = False,
) -> ParsedFile:
    """The rows after the first ``skip``, by these columns."""
    single = columns.single
    names, layout = _instances(columns)
    words = [
        single[k]
        for k in ("annotation", "video", "image")
        if single[k] >= 0 and not (stored and k == "image")
    ]
    groups = [
        _known(group)
        for group in (
            layout[..., :2], layout[..., 2], [single["width"], single["height"]], columns.box, [single["score"]],
        )
    ]  # fmt: skip
    body = table(text, delimiter, source, skip, words, groups, lenient=lenient)
    joints, third, size, box, score = body.values
    joints = joints.reshape(-1, *layout.shape[:2], 2)
    n, a = present(joints)
    xy, row = joints[n, a], body.line[n]
    has_id = single["annotation"] >= 0 and layout.shape[0] == 1
    by_name = body.text[single["annotation"] >= 0 :]
    named = (
        joined(stripped(by_name), ":", always=True) if by_name else np.arange(len(body.line)).astype(np.str_)
    )
    images, first, image = distinct(named)
    if columns.corners:
        box[:, 2:] -= box[:, :2]
    return ParsedFile(
        title="wide CSV", source=source, place="line {row}", row=row, xy=xy, names=names,
        third=third_numbers(third.reshape(joints.shape[:3])[n, a], xy) if columns.third_kind else None,
        third_kind=columns.third_kind, zero_missing=not columns.third_kind, coords="guess",
        id=id_column([_whole(c) for c in body.text[0].astype(np.str_).tolist()]) if has_id else np.arange(len(row)),
        image=image[n], **image_table(images), bbox=box[n] if groups[3] else None, score=score[n, 0] if groups[4] else None,
        size=np.broadcast_to(np.array(stored, float), (len(images), 2)) if stored else size[first] if groups[2] else None,
    )  # fmt: skip


def _known(columns: Any) -> list[int]:
    """Columns in one row, none where the file has none of them."""
    flat = np.ravel(columns)
    return flat.tolist() if (flat >= 0).any() else []


def _instances(columns: Wide) -> tuple[tuple[str, ...], Ints]:
    """Joint names and (A, K, 3) columns; A instances a row where every joint is named inst0.nose, inst1.nose."""
    cells = [(*xy, third) for xy, third in zip(columns.xy, columns.third, strict=True)]
    split = [INSTANCE.match(name) for name in columns.names]
    if not all(split):
        return columns.names, np.array([cells], np.int64)
    pairs = [(m[1], m[2]) for m in split if m]
    who, names = ([*dict.fromkeys(side)] for side in zip(*pairs, strict=True))
    layout = np.full((len(who), len(names), 3), -1)
    for (individual, name), cell in zip(pairs, cells, strict=True):
        layout[who.index(individual), names.index(name)] = cell
    return tuple(names), layout


def _whole(cell: str) -> Any:
    return int(cell) if cell.isdecimal() and (cell == "0" or cell[0] != "0") else cell
