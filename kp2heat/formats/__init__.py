"""Annotation files: the table of formats, and the functions that read, convert and check any of them.

A reader gives a ``ParsedFile``, the columns as written; ``to_annotations`` decides what they mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kp2heat.annotations import Annotations
from kp2heat.contracts import Format, Mapper
from kp2heat.errors import check_type
from kp2heat.files.storage import is_remote
from kp2heat.formats import writers
from kp2heat.formats.content import Content, read_content
from kp2heat.formats.csv_files import deeplabcut, long, unnamed, via, wide, wide_blocks
from kp2heat.formats.detection import blocked_file, parse
from kp2heat.formats.doctor import examine
from kp2heat.formats.findings import Finding
from kp2heat.formats.json_files import aic, coco, mpii, results
from kp2heat.formats.many_files import concatenate, expand
from kp2heat.formats.options import ReadOptions, read_options
from kp2heat.formats.parsed import NotByBlocksError
from kp2heat.formats.reading.by_blocks import BlockedFile
from kp2heat.formats.reading.gathered import Gathered
from kp2heat.formats.reading.to_annotations import to_annotations
from kp2heat.formats.reading.visibility import third_numbers

FORMATS: Mapping[str, Format] = {
    form.name: form
    for form in (
        Format("coco", "COCO keypoints JSON", coco.sniff, coco.parse, writers.coco, coco.blocks),
        Format("results", "COCO results list", results.sniff, results.parse),
        Format("mpii", "MPII JSON", mpii.sniff, mpii.parse),
        Format("aic", "AI Challenger JSON", aic.sniff, aic.parse),
        Format("dlc", "DeepLabCut CSV", deeplabcut.sniff, deeplabcut.parse, writers.dlc),
        Format("via", "VGG Image Annotator CSV", via.sniff, via.parse),
        Format("long", "long CSV, one row per joint", long.sniff, long.parse),
        Format(
            "csv",
            "wide CSV, one row per instance",
            wide.sniff,
            wide.parse,
            writers.wide,
            wide_blocks.blocks,
            passes=2,
        ),
        Format("numbers", "CSV without column names", unnamed.sniff, unnamed.parse),
    )
}
"""Every format that is read, in the order in which detection tries them."""


def read(path: str | Path, *, format: str | None = None, engine: Mapper = map, **options: Any) -> Annotations:
    """Return the annotations of COCO JSON or CSV files, in image px with integers at pixel centres.

    ``path`` is a file, "-" for standard input, or a folder or a pattern such as ``ann/*.json`` of files with one
    skeleton, which become one table. ``format`` is a name of ``FORMATS``; without it the content decides.
    ``engine`` is shaped like ``map``: it reads the blocks of a large COCO file, in processes for example. ``options``
    are the fields of :class:`kp2heat.formats.options.ReadOptions`. InputError where the file cannot be read as it is.

    >>> rows = read("sample_data/annotations.json")
    >>> len(rows), rows.xy.shape, rows.skeleton.names[0]
    (51, (51, 17, 2), 'nose')
    """
    check_type("path", path, (str, Path), 'give the name of a file, a folder or a pattern, or "-"')
    settings = read_options(options)

    def read_one(file: str | Path) -> Annotations:
        content = read_content(file)
        with suppress(NotByBlocksError):
            blocks = blocked_file(content, FORMATS, settings, format, engine, one_pass=True)
            table, head = blocks.feed(lambda: Gathered(blocks.most_rows))
            return table.table(head)
        return _whole(content, settings, format)

    return _of_files(path, read_one)


def read_whole(path: str | Path, *, format: str | None = None, **options: Any) -> Annotations:
    """Return what :func:`read` does of files that are known not to be read by blocks."""
    settings = read_options(options)
    return _of_files(path, lambda file: _whole(read_content(file), settings, format))


def _whole(content: Content, settings: ReadOptions, format: str | None) -> Annotations:
    annotations = to_annotations(parse(content, FORMATS, settings, format), settings)
    return replace(annotations, files=(content.file,))


def _of_files(path: str | Path, read_one: Callable[[str | Path], Annotations]) -> Annotations:
    """Return the annotations of a file, or of a folder or pattern of files as one table."""
    files = expand(path)
    if files is None:
        return read_one(path)
    if len(files) == 1:
        return read_one(files[0])
    return concatenate(str(path), files, [read_one(file) for file in files])


def open_blocks(
    path: str | Path, *, format: str | None = None, engine: Mapper = map, **options: Any
) -> BlockedFile:
    """Return an annotation file that can be read block by block, so that only chosen rows are kept.

    NotByBlocksError where it has to be read whole, for several files, and for a pipe, which is read but once.
    Keywords as of :func:`read`.
    """
    files: Sequence[str | Path] = expand(path) or [path]
    if len(files) > 1 or not (is_remote(files[0]) or Path(files[0]).is_file()):
        raise NotByBlocksError("not one file")
    return blocked_file(read_content(files[0]), FORMATS, read_options(options), format, engine)


def convert(
    path: str | Path,
    out: str | Path,
    *,
    to: str | None = None,
    overwrite: bool = False,
    format: str | None = None,
    **options: Any,
) -> tuple[Annotations, tuple[str, ...]]:
    """Read an annotation file and write it as ``to`` (coco, csv, dlc; by default as the suffix says).

    Returns the annotations, and in words what the new file cannot hold. ``options`` as of :func:`read`.
    """
    writer, settings = writers.writer_for(out, to, overwrite=overwrite), read_options(options)
    parsed = parse(read_content(path), FORMATS, settings, format)
    scored = third_numbers(parsed, settings.visibility).scores
    joint_scores = bool(np.isfinite(parsed.third[scored]).any())
    annotations = to_annotations(parsed, settings)
    writers.write(annotations, out, writer)
    return annotations, writers.losses(annotations, writer, joint_scores=joint_scores)


def validate(path: str | Path, *, format: str | None = None, **options: Any) -> tuple[Finding, ...]:
    """Return everything odd about an annotation file, errors first; ``options`` as of :func:`read`.

    A file that cannot even be parsed raises the InputError that ``read`` would raise.
    """
    settings = read_options(options)
    return examine(parse(read_content(path), FORMATS, settings, format), settings)
