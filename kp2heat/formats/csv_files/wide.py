"""Wide CSV: one row per instance, an x and a y column for every joint.

Reads SLEAP's analysis files and sleap-io's instances and frames, MediaPipe dumps, OpenFace, Kaggle's faces
(pixels of the image in the last column), CelebA, and whatever spreadsheets hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any

import numpy as np

from kp2heat.arrays import Floats, Ints
from kp2heat.errors import InputError
from kp2heat.formats.content import Content
from kp2heat.formats.csv_files.header import Wide, is_results_of_imagej, squash, wide_columns
from kp2heat.formats.csv_files.rows import (
    CATEGORY,
    categories,
    distinct,
    image_table,
    joined,
    left_out,
    present,
    third_numbers,
)
from kp2heat.formats.csv_files.table import MISSING, Column, Table, read_table
from kp2heat.formats.csv_files.text import CsvText, csv_text, is_number, sniffed
from kp2heat.formats.images.stored_sizes import SUFFIXES
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import ParsedFile, id_column

INSTANCE = re.compile(r"^(inst(?:ance)?[_ ]?\d+)[._ :](.+)$", re.IGNORECASE)
PIXELS = re.compile(r"(\d+ ){99}")
"""A cell of at least a hundred whole numbers is an image, not the name of one."""


def sniff(head: bytes) -> bool:
    """Return whether the first row names some joint's x and y."""
    top = sniffed(head, rows=2)
    return bool(top) and wide_columns(_header(top)) is not None


def _header(top: list[list[str]]) -> list[str]:
    """Return the first row, and an empty name before it where it is one short: R and CelebA name no first column."""
    return ["", *top[0]] if len(top) > 1 and len(top[1]) == len(top[0]) + 1 else top[0]


def parse(content: Content, options: ReadOptions) -> ParsedFile:
    """Return the file's columns; rows that name the same image are instances in it."""
    text = csv_text(content)
    top = text.top(2)
    header = [*options.columns] if options.columns else _header(top)
    columns = wide_columns(header)
    if columns is None:
        found = f"names no joint's x and y column (found: {', '.join(header[:6])})"
        raise InputError(f"{text.source}, line 1", found, "name the columns like nose_x, nose_y, nose_v")
    skip = 0 if options.columns and not _is_header(top[0], columns) else 1
    columns = _with_image(columns, top[skip] if len(top) > skip else [])
    stored = _stored_size(top, skip, columns)
    parsed = read_wide(text, skip, columns, stored, width=len(header), lenient=options.on_error == "skip")
    return parsed.but(notes=(*_assumed(header, columns), left_out(columns.unused)))


def _is_header(row: list[str], columns: Wide) -> bool:
    """Return whether a row has words and no number where joints should be."""
    cells = [row[c] for xy in columns.xy for c in xy if c < len(row) and row[c].lower() not in MISSING]
    return bool(cells) and not any(map(is_number, cells))


def _with_image(columns: Wide, row: list[str]) -> Wide:
    """Return the columns with an image column where no name tells it: one that holds a picture's name, or the index."""
    if columns.single["image"] >= 0:
        return columns
    pictures = [c for c, cell in enumerate(row) if PurePath(cell).suffix.lower() in SUFFIXES]
    image = next(iter(pictures), columns.index)
    single = {kind: -1 if column == image else column for kind, column in columns.single.items()}
    return replace(columns, single={**single, "image": image})


def _assumed(header: Sequence[str], columns: Wide) -> Iterator[str]:
    """Return notes on what could be read otherwise: points as corners of a box, rows as joints of one instance."""
    if columns.names == ("1", "2") and {squash(cell) for cell in header} >= {"x1", "y1", "x2", "y2"}:
        yield "x1, y1, x2, y2 read as two joints, not as a box"
    if is_results_of_imagej([squash(cell) for cell in header]):
        yield "ImageJ Results: each row read as an instance of one joint in the image of its Label"


def _stored_size(top: list[list[str]], skip: int, columns: Wide) -> tuple[int, int] | None:
    """Return (w, h) of the square images that the image column itself holds, or None."""
    image = columns.single["image"]
    cell = top[skip][image] if len(top) > skip and 0 <= image < len(top[skip]) else ""
    side = int(len(cell.split()) ** 0.5) if PIXELS.match(cell) else 0
    return (side, side) if side else None


def read_wide(
    text: CsvText, skip: int, columns: Wide, stored: tuple[int, int] | None, *, width: int, lenient: bool
) -> ParsedFile:
    """Return the rows after the first ``skip``, at most ``width`` cells each, read by these columns.

    ``stored`` is the size of all images where the file itself holds them.
    """
    single = columns.single
    names, layout = _instances(columns)
    image_words = ("video",) if stored else ("video", "image")
    kinds = ("annotation", "image_id", *image_words, *CATEGORY)
    words = {kind: single[kind] for kind in kinds if single.get(kind, -1) >= 0}
    groups = {
        "xy": layout[..., :2].ravel(),
        "third": layout[..., 2].ravel(),
        "size": np.array([single["width"], single["height"]]),
        "box": np.array(columns.box),
        **{kind: np.array([single.get(kind, -1)]) for kind in ("score", "area", "crowd")},
        "head": np.array(columns.head),
    }
    known = {name: group.tolist() for name, group in groups.items() if (group >= 0).any()}
    table = read_table(text, skip, words, known, width=width, lenient=lenient)
    joints = table.numbers["xy"].reshape(-1, *layout.shape[:2], 2)
    n, a = present(joints)
    xy, row = joints[n, a], table.line[n]
    named = _image_names(table, image_words)
    stated = np.strings.strip(table.text["image_id"]) if "image_id" in words else named
    _, first, image = distinct(joined([stated, named], "\t", always=True) if "image_id" in words else named)
    columns_of_images: dict[str, Any] = image_table(named[first])
    if "image_id" in words:
        ids = id_column([*map(_whole, stated[first].tolist())])
        columns_of_images = {"image_id": ids, "file_name": named[first]}
    if stored:
        columns_of_images["size"] = np.broadcast_to(np.array(stored, float), (len(first), 2))
    elif "size" in known:
        columns_of_images["size"] = table.numbers["size"][first]
    optional: dict[str, Any] = {}
    if columns.third_kind:
        optional["third"] = third_numbers(table.numbers["third"].reshape(joints.shape[:3])[n, a], xy)
    if "box" in known:
        optional["bbox"] = _boxes(table.numbers["box"], corners=columns.corners)[n]
    optional |= {kind: table.numbers[kind][n, 0] for kind in ("score", "area") if kind in known}
    if "crowd" in known:
        optional["crowd"] = table.numbers["crowd"][n, 0] > 0
    category, category_names = categories(table)
    if "head" in known:
        optional["head"] = table.numbers["head"][n]
    one_per_row = "annotation" in words and layout.shape[0] == 1
    ids = id_column([*map(_whole, table.text["annotation"].tolist())]) if one_per_row else np.arange(len(row))
    return ParsedFile(
        title="wide CSV",
        source=text.source,
        place="line {row}",
        row=row,
        xy=xy,
        names=names,
        id=ids,
        third_kind=columns.third_kind,
        zero_missing=not columns.third_kind,
        coords="guess",
        image=image[n],
        category=category[n] if category.ndim else category,
        category_names=category_names,
        **columns_of_images,
        **optional,
    )


def _image_names(table: Table, kinds: Sequence[str]) -> Column:
    """Return (N,) what names the image of each row, "video:frame" where there are both; else the row's number."""
    named = [np.strings.strip(table.text[kind]) for kind in kinds if kind in table.text]
    return joined(named, ":", always=True) if named else np.arange(len(table.line)).astype(np.str_)


def _boxes(box: Floats, *, corners: bool) -> Floats:
    """Return (N, 4) x, y, w, h of boxes that may be written as two corners."""
    return np.hstack([box[:, :2], box[:, 2:] - box[:, :2]]) if corners else box


def _instances(columns: Wide) -> tuple[tuple[str, ...], Ints]:
    """Return joint names and (A, K, 3) columns; A instances per row where joints are named inst0.nose, inst1.nose."""
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
