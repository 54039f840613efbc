"""A wide CSV whose columns are known: what its tables are read from, and the images that its rows name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Ints
from kp2heat.formats.csv_files.header import Wide
from kp2heat.formats.csv_files.rows import distinct, image_table, joined, joint_columns
from kp2heat.formats.csv_files.table import Column, Table, read_table
from kp2heat.formats.csv_files.text import CsvText
from kp2heat.formats.parsed import Ids, id_column

INSTANCE = re.compile(r"^(inst(?:ance)?[_ ]?\d+)[._ :](.+)$", re.IGNORECASE)


@dataclass(frozen=True)
class Sheet:
    """A wide CSV, or a part of its lines, whose columns are known.

    skip      rows before the first instance; width: the most cells that a row may have
    stored    the size of all images where the file itself holds them
    lenient   as ``table.Reader`` has it; notes: what could be read otherwise, and what is not read
    """

    text: CsvText
    skip: int
    columns: Wide
    stored: tuple[int, int] | None
    width: int
    lenient: bool
    notes: tuple[str, ...] = ()

    @property
    def image_words(self) -> tuple[str, ...]:
        """Return the columns of ``SINGLE`` that name images, as far as there are such columns."""
        kinds = ("image_id", "video") if self.stored else ("image_id", "video", "image")
        return tuple(kind for kind in kinds if self.columns.single.get(kind, -1) >= 0)

    @property
    def joints(self) -> tuple[tuple[str, ...], Ints]:
        """Return joint names and (A, K, 3) columns of A instances per row: inst0.nose, inst1.nose make two."""
        return _instances(self.columns)

    @property
    def states_ids(self) -> bool:
        """Return whether a column is the ids of instances, one in each row."""
        return self.columns.single["annotation"] >= 0 and len(self.joints[1]) == 1

    def table(self, kinds: Sequence[str], numbers: Mapping[str, Sequence[int]]) -> Table:
        """Return text columns of these kinds, as far as there are such columns, and groups of number columns."""
        words = {kind: self.columns.single[kind] for kind in kinds if self.columns.single.get(kind, -1) >= 0}
        return read_table(self.text, self.skip, words, numbers, width=self.width, lenient=self.lenient)


def number_columns(sheet: Sheet) -> dict[str, list[int]]:
    """Return the groups of number columns that a file has."""
    columns, single = sheet.columns, sheet.columns.single
    others = {
        "size": [single["width"], single["height"]],
        "box": [*columns.box],
        **{kind: [single.get(kind, -1)] for kind in ("score", "area", "crowd")},
        "head": [*columns.head],
    }
    stated = {name: group for name, group in others.items() if max(group) >= 0}
    return joint_columns(sheet.joints[1]) | stated


def image_cells(sheet: Sheet, table: Table, before: int = 0) -> dict[str, NDArray[Any]]:
    """Return (N,) ``name`` of the image of each row, and ``stated``, its id, if there is such a column.

    A name is "video:frame" where there are both, and where nothing names images the number of the row, counted on
    from the rows ``before``.
    """
    text = {kind: np.strings.strip(table.text[kind]) for kind in sheet.image_words}
    named = [text[kind] for kind in ("video", "image") if kind in text]
    numbers = np.arange(before, before + len(table.line))
    name = joined(named, ":", always=True) if named else numbers.astype(np.str_)
    stated = {"stated": text["image_id"]} if "image_id" in text else {}
    size = {"size": table.numbers["size"]} if "size" in table.numbers else {}
    return {"name": name, **stated, **size}


def distinct_images(cells: Mapping[str, NDArray[Any]]) -> tuple[dict[str, NDArray[Any]], Ints]:
    """Return the cells of the first row of each image, images in the order they appear, and each row's image."""
    both = [cells[kind] for kind in ("stated", "name") if kind in cells]
    _, first, image = distinct(joined(both, "\t", always=True))
    return {kind: values[first] for kind, values in cells.items()}, image


def image_columns(sheet: Sheet, images: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Return the columns of ``ParsedFile`` for images of which these are the cells, with ``size`` if it is known."""
    columns: dict[str, Any] = image_table(images["name"])
    if "stated" in images:
        columns = {"image_id": stated_ids(images["stated"]), "file_name": images["name"]}
    if sheet.stored:
        columns["size"] = np.broadcast_to(np.array(sheet.stored, float), (len(images["name"]), 2))
    elif "size" in images:
        columns["size"] = images["size"]
    return columns


def stated_ids(cells: Column) -> Ids:
    """Return ids as they are written: whole numbers where all are, but for those that begin with a zero."""
    return id_column([*map(_whole, cells.tolist())])


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
