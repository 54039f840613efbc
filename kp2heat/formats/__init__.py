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
from kp2heat.formats import writers
from kp2heat.formats.content import Content, garbage_kept, load
from kp2heat.formats.csv_files import deeplabcut, unnamed
from kp2heat.formats.csv_files import long as csv_long
from kp2heat.formats.csv_files import via as csv_via
from kp2heat.formats.csv_files import wide as csv_wide
from kp2heat.formats.doctor import examine
from kp2heat.formats.findings import Finding
from kp2heat.formats.json_files import aic, coco, mpii
from kp2heat.formats.json_files import results as coco_results
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import Raw
from kp2heat.formats.to_annotations import settle
from kp2heat.formats.unsupported import foreign

FORMATS: Mapping[str, Format] = {
    "coco": Format("coco", "COCO keypoints JSON", coco.sniff, coco.parse, writers.coco),
    "results": Format("results", "COCO results list", coco_results.sniff, coco_results.parse),
    "mpii": Format("mpii", "MPII JSON", mpii.sniff, mpii.parse),
    "aic": Format("aic", "AI Challenger JSON", aic.sniff, aic.parse),
    "dlc": Format(
        "dlc", "DeepLabCut CSV with 3 or 4 header rows", deeplabcut.sniff, deeplabcut.parse, writers.dlc
    ),
    "via": Format("via", "VGG Image Annotator CSV", csv_via.sniff, csv_via.parse),
    "long": Format("long", "long CSV, one row a joint", csv_long.sniff, csv_long.parse),
    "csv": Format(
        "csv", "wide CSV, one x and one y column a joint", csv_wide.sniff, csv_wide.parse, writers.wide
    ),
    "numbers": Format("numbers", "CSV without column names", unnamed.sniff, unnamed.parse),
}
"""Detection asks them in this order."""


def read(path: str | Path, *, format: str | None = None, **options: Any) -> Annotations:
    """Annotations of a COCO JSON or CSV file, in image px with integers at pixel centres.

    ``path`` may be "-", standard input. ``format`` is a name of ``FORMATS``; without it the content tells.
    ``options`` are the fields of :class:`ReadOptions`. InputError where the file cannot be read as it is.
    """
    settings = ReadOptions(**options)
    return settle(parse(path, settings, format=format), settings)


def convert(
    path: str | Path, out: str | Path, *, to: str | None = None, overwrite: bool = False, **options: Any
) -> tuple[Annotations, tuple[str, ...]]:
    """Read an annotation file and write it as ``to`` (coco, csv, dlc; by default as the suffix says).

    Returns the annotations, and in words what the new file cannot hold. ``options`` as of :func:`read`.
    """
    writer = writers.writer_for(out, to, overwrite=overwrite)
    annotations = read(path, **options)
    return annotations, writers.write(annotations, out, writer)


def validate(path: str | Path, *, format: str | None = None, **options: Any) -> tuple[Finding, ...]:
    """Everything odd about an annotation file, errors first; ``options`` as of :func:`read`.

    A file that cannot even be parsed raises the InputError that ``read`` would raise.
    """
    settings = ReadOptions(**options)
    return examine(parse(path, settings, format=format), settings)


def parse(path: str | Path, options: ReadOptions, *, format: str | None = None) -> Raw:
    """The file's columns as written, nothing decided."""
    content = load(path)
    name = "csv" if options.columns and format is None else format
    with garbage_kept():
        raw: Raw = detect(content, name).parse(content, options)
    return raw


def detect(content: Content, name: str | None = None) -> Format:
    """The format of a file, by its name or by how the content begins."""
    if name is not None:
        if name not in FORMATS:
            raise InputError("format", f"'{name}' is not a format", f"use one of {', '.join(FORMATS)}")
        return FORMATS[name]
    head, source = content.head, content.name
    known = next((form for form in FORMATS.values() if form.sniff(head)), None)
    tool = (
        foreign(head) if known is None or (known.name == "coco" and not content.holds(*coco.KEYS)) else None
    )
    if tool is not None:
        raise InputError(source, f"is {tool.title}, which is not read", tool.todo)
    if known is not None:
        return known
    shown = re.sub(rb"[^\x20-\x7e]+", b" ", head[:40]).decode().strip()
    raise InputError(
        source, f"is neither COCO keypoints JSON nor a keypoint CSV (it begins '{shown}')",
        "convert it, or say what it is with --format",
    )  # fmt: skip
