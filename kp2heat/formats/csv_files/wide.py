"""Wide CSV: one row per instance, an x and a y column for every joint.

Reads SLEAP's analysis files and sleap-io's instances and frames, MediaPipe dumps, OpenFace, Kaggle's faces
(pixels of the image in the last column), CelebA, and whatever spreadsheets hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
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
    instances,
    left_out,
)
from kp2heat.formats.csv_files.sheet import (
    Sheet,
    distinct_images,
    image_cells,
    image_columns,
    number_columns,
    stated_ids,
)
from kp2heat.formats.csv_files.table import MISSING, Table
from kp2heat.formats.csv_files.text import CsvText, csv_text, is_number, sniffed
from kp2heat.formats.images.stored_sizes import SUFFIXES
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import ParsedFile

PIXELS = re.compile(r"(\d+ ){99}")
"""A cell of at least a hundred whole numbers is an image, not the name of one."""


def sniff(head: bytes) -> bool:
    """Return whether the first row names some joint's x and y."""
    top = sniffed(head, rows=2)
    return bool(top) and wide_columns(_header(top)) is not None


def _header(top: list[list[str]]) -> list[str]:
    """Return the first row, and an empty name before it where it is one short: R and CelebA name no first column.

    A header that names the image is complete: there a longer row has a cell too many, which the table refuses.
    """
    if len(top) < 2 or len(top[1]) != len(top[0]) + 1:
        return top[0]
    columns = wide_columns(top[0])
    return top[0] if columns is not None and columns.single["image"] >= 0 else ["", *top[0]]


def parse(content: Content, options: ReadOptions) -> ParsedFile:
    """Return the file's columns; rows that name the same image are instances in it."""
    return read_wide(open_sheet(csv_text(content), options))


def open_sheet(text: CsvText, options: ReadOptions) -> Sheet:
    """Return the file with its columns; InputError where its header names no joint."""
    top = text.top(2)
    header = [*options.columns] if options.columns else _header(top)
    columns = wide_columns(header)
    if columns is None:
        found = f"names no joint's x and y column (found: {', '.join(header[:6])})"
        raise InputError(f"{text.source}, line 1", found, "name the columns like nose_x, nose_y, nose_v")
    skip = 0 if options.columns and not _is_header(top[0], columns) else 1
    columns = _with_image(columns, top[skip] if len(top) > skip else [])
    notes = (*_assumed(header, columns), left_out(columns.unused))
    stored = _stored_size(top, skip, columns)
    return Sheet(text, skip, columns, stored, len(header), options.on_error == "skip", notes)


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


def read_wide(sheet: Sheet) -> ParsedFile:
    """Return the rows of a file."""
    table = sheet.table(("annotation", *sheet.image_words, *CATEGORY), number_columns(sheet))
    cells = image_cells(sheet, table)
    images, image = distinct_images(cells)
    return parsed_rows(sheet, table, image_columns(sheet, images), image)


def parsed_rows(sheet: Sheet, table: Table, images: Mapping[str, Any], image: Ints) -> ParsedFile:
    """Return the instances of a file or of a part of it; ``images``: the columns of all, ``image``: (N,) of each row."""
    columns, numbers = sheet.columns, table.numbers
    names, layout = sheet.joints
    n, xy, third = instances(table, layout)
    row = table.line[n]
    optional: dict[str, Any] = {}
    if "box" in numbers:
        optional["bbox"] = _boxes(numbers["box"], corners=columns.corners)[n]
    optional |= {kind: numbers[kind][n, 0] for kind in ("score", "area") if kind in numbers}
    if "crowd" in numbers:
        optional["crowd"] = numbers["crowd"][n, 0] > 0
    category, category_names = categories(table)
    if "head" in numbers:
        optional["head"] = numbers["head"][n]
    ids = stated_ids(table.text["annotation"]) if sheet.states_ids else np.arange(len(row))
    return ParsedFile(
        title="wide CSV",
        source=sheet.text.source,
        place="line {row}",
        row=row,
        xy=xy,
        third=third,
        names=names,
        id=ids,
        third_kind=columns.third_kind,
        zero_missing=not columns.third_kind,
        coords="guess",
        image=image[n],
        category=category[n] if category.ndim else category,
        category_names=category_names,
        notes=sheet.notes,
        **images,
        **optional,
    )


def _boxes(box: Floats, *, corners: bool) -> Floats:
    """Return (N, 4) x, y, w, h of boxes that may be written as two corners."""
    return np.hstack([box[:, :2], box[:, 2:] - box[:, :2]]) if corners else box
