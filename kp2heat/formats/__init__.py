"""Annotation files: one table of formats, one function that reads any of them.

A reader gives a ``Raw`` record, the columns as written; ``settle`` decides what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kp2heat.annotations import Annotations
from kp2heat.contracts import Format
from kp2heat.errors import InputError
from kp2heat.formats import coco, csv_dlc, csv_wide
from kp2heat.formats.load import load
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.raw import Raw
from kp2heat.formats.settle import settle

FORMATS: Mapping[str, Format] = {
    "coco": Format("coco", "COCO keypoints JSON", coco.sniff, coco.parse),
    "dlc": Format("dlc", "DeepLabCut CSV with 3 or 4 header rows", csv_dlc.sniff, csv_dlc.parse),
    "csv": Format("csv", "wide CSV, one x and one y column a joint", csv_wide.sniff, csv_wide.parse),
}
"""Detection asks them in this order."""

HEAD = 1 << 16
"""Bytes of a file that detection looks at."""


def read(path: str | Path, *, format: str | None = None, **options: Any) -> Annotations:
    """Annotations of a COCO JSON or CSV file, in image px with integers at pixel centres.

    ``path`` may be "-", standard input. ``format`` is a name of ``FORMATS``; without it the content tells.
    ``options`` are the fields of :class:`ReadOptions`. InputError where the file cannot be read as it is.
    """
    settings = ReadOptions(**options)
    return settle(parse(path, settings, format=format), settings)


def parse(path: str | Path, options: ReadOptions, *, format: str | None = None) -> Raw:
    """The file's columns as written, nothing decided."""
    data, source = load(path)
    raw: Raw = detect(data, source, format).parse(data, source, options)
    return raw


def detect(data: bytes, source: str, name: str | None = None) -> Format:
    """The format of a file, by its name or by how the content begins."""
    if name is not None:
        if name not in FORMATS:
            raise InputError("format", f"'{name}' is not a format", f"use one of {', '.join(FORMATS)}")
        return FORMATS[name]
    head = data[:HEAD]
    for known in FORMATS.values():
        if known.sniff(head):
            return known
    shown = re.sub(rb"[^\x20-\x7e]+", b" ", head[:40]).decode().strip()
    raise InputError(
        source, f"is neither COCO keypoints JSON nor a keypoint CSV (it begins '{shown}')",
        "convert it, or say what it is with --format",
    )  # fmt: skip
