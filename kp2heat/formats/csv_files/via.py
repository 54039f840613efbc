"""VGG Image Annotator's CSV (VIA 2): one row a region, its point as JSON in a cell."""

from __future__ import annotations

import msgspec
import numpy as np

from kp2heat.errors import InputError, plural
from kp2heat.formats.columns import column
from kp2heat.formats.content import Content
from kp2heat.formats.csv_files.header import squash
from kp2heat.formats.csv_files.long import pivot
from kp2heat.formats.csv_files.table import read_table
from kp2heat.formats.csv_files.text import csv_text, sniffed
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import ParsedFile

CELLS = ("filename", "regionid", "regionshapeattributes", "regionattributes")


def sniff(head: bytes) -> bool:
    """Return whether the first row is VIA's own header."""
    top = sniffed(head, rows=1)
    return bool(top) and set(CELLS) <= {squash(cell.lstrip("#")) for cell in top[0]}


def parse(content: Content, _options: ReadOptions) -> ParsedFile:
    """Return the points; a joint is named by the first attribute of its region, else by the region's number."""
    text, source = csv_text(content), content.name
    header = [squash(cell) for cell in text.top(1)[0]]
    if not set(CELLS) <= set(header):
        raise InputError(f"{source}, line 1", "is not the header of a VIA CSV", "export it as CSV from VIA 2")
    table = read_table(text, 1, {cell: header.index(cell) for cell in CELLS}, {}, width=len(header))
    image, region, shape_cells, label_cells = table.text.values()
    shapes = [_object(cell, source, line) for cell, line in zip(shape_cells, table.line, strict=True)]
    labels = [_object(cell, source, line) for cell, line in zip(label_cells, table.line, strict=True)]
    points = np.array([shape.get("name") == "point" for shape in shapes], bool)
    names = [
        next((str(v) for v in label.values() if isinstance(v, str) and v), region)
        for label, region in zip(labels, region.tolist(), strict=True)
    ]
    xy = np.stack([column([shape.get(axis) for shape in shapes]) for axis in ("cx", "cy")], axis=1)
    parsed = pivot(
        "VIA CSV",
        source,
        image[points],
        np.array(names, np.str_)[points],
        xy[points],
        line=table.line[points],
    )
    other = int((~points & np.array([bool(shape) for shape in shapes], bool)).sum())
    return parsed.but(
        coords="pixel",
        notes=(f"{plural(other, 'region')} without a point skipped",) if other else (),
    )


def _object(cell: str, source: str, line: int) -> dict[str, object]:
    try:
        return msgspec.json.decode(str(cell) or "{}", type=dict[str, object])
    except msgspec.DecodeError:
        raise InputError(
            f"{source}, line {line}",
            f"holds a cell that is no JSON object: {cell[:40]}",
            "export it again from VIA",
        ) from None
