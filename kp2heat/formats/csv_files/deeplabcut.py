"""DeepLabCut and Lightning Pose CSV: header rows scorer, (individuals,) bodyparts, coords.

The first column, or the first three, name the image. Predictions carry ``likelihood``; Lightning Pose
labels may carry ``visible`` and a trailing ``set`` column.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kp2heat.errors import InputError
from kp2heat.formats.content import Content
from kp2heat.formats.csv_files.rows import distinct, image_table, instances, joined, joint_columns, left_out
from kp2heat.formats.csv_files.table import read_table
from kp2heat.formats.csv_files.text import csv_text, sniffed
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import ParsedFile, ThirdKind

THIRD: dict[str, ThirdKind] = {"visible": "visibility", "likelihood": "score"}


@dataclass(frozen=True)
class Header:
    """Rows of header, columns of index, (individual, bodypart, axis, column) of every number, names of other columns."""

    rows: int
    index: int
    cells: tuple[tuple[str, str, str, int], ...]
    unused: tuple[str, ...]


def sniff(head: bytes) -> bool:
    """Return whether the first rows begin with the words of DeepLabCut's header."""
    first = [row[0].lower() for row in sniffed(head, rows=4) if row]
    return "bodyparts" in first and "coords" in first


def parse(content: Content, options: ReadOptions) -> ParsedFile:
    """Return one row per image and individual that has a joint in it."""
    text = csv_text(content)
    top = text.top(5)
    header, width = read_header(top, text.source), max(map(len, top[:4]))
    individuals = [*dict.fromkeys(i for i, *_ in header.cells)]
    parts = [*dict.fromkeys(p for _, p, *_ in header.cells)]
    layout = np.full((len(individuals), len(parts), 3), -1)
    for individual, part, axis, column in header.cells:
        layout[
            individuals.index(individual), parts.index(part), ("x", "y").index(axis) if axis in "xy" else 2
        ] = column
    kinds = {axis for _, _, axis, _ in header.cells} & set(THIRD)
    unused = sorted({column for *_, column in header.cells} - set(layout.ravel().tolist()))
    index = {str(column): column for column in range(header.index)}
    numbers = {**joint_columns(layout), "unused": unused}
    table = read_table(text, header.rows, index, numbers, width=width, lenient=options.on_error == "skip")
    n, xy, third = instances(table, layout)
    row = table.line[n]
    paths = joined([*table.text.values()], "/", always=False)
    names, _, image = distinct(np.strings.replace(paths, "\\", "/") if len(paths) else paths)
    third_kind: ThirdKind = "score" if "likelihood" in kinds else "visibility" if kinds else ""
    return ParsedFile(
        title=f"DeepLabCut {header.rows}-row header",
        source=text.source,
        place="line {row}",
        row=row,
        xy=xy,
        third=third,
        third_kind=third_kind,
        names=tuple(parts),
        zero_missing=not kinds,
        id=np.arange(len(row)),
        image=image[n],
        **image_table(names),
        notes=(f"{len(individuals)} individuals" if len(individuals) > 1 else "", left_out(header.unused)),
    )


def read_header(top: list[list[str]], source: str) -> Header:
    """Return what the header rows say; InputError where they do not agree with each other."""
    levels = {row[0].lower(): row for row in top[:4] if row}
    if "bodyparts" not in levels or "coords" not in levels:
        raise InputError(
            f"{source}, line 1", "has no header rows 'bodyparts' and 'coords'", "give a DeepLabCut CSV"
        )
    parts, coords = levels["bodyparts"], levels["coords"]
    who = levels.get("individuals", [""] * len(parts))
    if not len(parts) == len(coords) == len(who):
        raise InputError(
            f"{source}, header",
            f"names {len(parts)} bodyparts for {len(coords)} coords",
            "give each column a bodypart and a coordinate",
        )
    axes = ("x", "y", *THIRD)
    cells = tuple(
        (who[c], parts[c], coords[c].lower(), c) for c in range(1, len(parts)) if coords[c].lower() in axes
    )
    if not {"x", "y"} <= {axis for _, _, axis, _ in cells}:
        raise InputError(f"{source}, header", "has no x and y in its coords row", "give a DeepLabCut CSV")
    other = [c for c in range(cells[0][3], len(parts)) if coords[c].lower() not in axes]
    unused = dict.fromkeys(coords[c] or parts[c] for c in other)
    return Header(
        [row[0].lower() for row in top if row].index("coords") + 1, cells[0][3], cells, tuple(unused)
    )
