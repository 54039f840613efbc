"""Long CSV: one row per joint, with columns for the image, the joint's name, x and y (sleap-io points, MediaPipe)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kp2heat.arrays import Floats, Ints
from kp2heat.errors import InputError
from kp2heat.formats.content import Content
from kp2heat.formats.csv_files.header import NO_THIRD, THIRD, single_columns, squash
from kp2heat.formats.csv_files.rows import (
    CATEGORY,
    categories,
    distinct,
    image_table,
    joined,
    left_out,
    third_numbers,
)
from kp2heat.formats.csv_files.table import Column, read_table
from kp2heat.formats.csv_files.text import csv_text, sniffed
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import ParsedFile, ThirdKind, unknown

XY = (
    ("x", "pixelx", "xpx", "xpixel", "xcoord", "xcoordinate"),
    ("y", "pixely", "ypx", "ypixel", "ycoord", "ycoordinate"),
)


def sniff(head: bytes) -> bool:
    """Return whether the first row names an image, a joint, an x and a y column."""
    top = sniffed(head, rows=1)
    return bool(top) and min(_columns(top[0])) >= 0


def _columns(cells: list[str]) -> tuple[int, int, int, int]:
    """Return the columns of image, joint, x and y; -1 where the header has none."""
    header = [squash(cell) for cell in cells]
    x, y = (next((header.index(n) for n in names if n in header), -1) for names in XY)
    single = single_columns(cells)
    return single["image"], single["joint"], x, y


def parse(content: Content, _options: ReadOptions) -> ParsedFile:
    """Return rows gathered into instances by image and, where there is such a column, by track or person."""
    text, source = csv_text(content), content.name
    header_row = text.top(1)[0]
    image, joint, x, y = _columns(header_row)
    if min(image, joint, x, y) < 0:
        raise InputError(
            f"{source}, line 1", "is not the header of a long CSV", "name its columns image, keypoint, x, y"
        )
    single, header = single_columns(header_row), [squash(cell) for cell in header_row]
    kind, spellings = next(((k, s) for k, s in THIRD if set(s) & set(header)), NO_THIRD)
    third = next((header.index(s) for s in spellings if s in header), -1)
    words = {kind: single[kind] for kind in ("video", "instance", *CATEGORY) if single[kind] != joint}
    words = {"joint": joint, "image": image, **words}
    size = [single["width"], single["height"]]
    groups = {"xy": [x, y], "third": [third], "size": size if min(size) >= 0 else [-1]}
    known = {name: group for name, group in groups.items() if min(group) >= 0}
    words = {kind: column for kind, column in words.items() if column >= 0}
    table = read_table(text, 1, words, known, width=len(header))
    named = [np.strings.strip(table.text[kind]) for kind in ("video", "image") if kind in table.text]
    used = {*words.values(), *(column for group in known.values() for column in group)}
    unused = [cell for column, cell in enumerate(header_row) if cell and column not in used]
    parsed = pivot(
        "long CSV",
        source,
        joined(named, ":", always=True),
        table.text["joint"],
        table.numbers["xy"],
        third=table.numbers["third"][:, 0] if "third" in known else None,
        third_kind=kind,
        instance=table.text.get("instance"),
        size=table.numbers.get("size"),
        line=table.line,
        category=categories(table),
    )
    return parsed.but(notes=(left_out(unused),))


def pivot(
    title: str,
    source: str,
    image: Column,
    joint: Column,
    xy: Floats,
    *,
    line: Ints,
    third: Floats | None = None,
    third_kind: ThirdKind = "",
    instance: Column | None = None,
    size: Floats | None = None,
    category: tuple[Column, Mapping[str, str]] = (np.array(""), {}),
) -> ParsedFile:
    """Return one row per instance from one row per joint.

    Without an instance column, a joint met for the second time in an image belongs to a second instance.
    """
    images, first_of_image, image_row = distinct(image)
    names, _, k = distinct(joint)
    names = names.astype(np.str_)
    if np.strings.isdecimal(names).all():
        order = np.argsort(names.astype(np.int64))
        names, k = names[order], np.argsort(order)[k]
    group = _occurrence(image_row * len(names) + k) if instance is None else distinct(instance)[2]
    _, first, n = distinct(image_row * (int(group.max(initial=0)) + 1) + group)
    _twice(source, n * len(names) + k, line)
    placed = np.full((len(first), len(names), 3), np.nan)
    placed[n, k, :2] = xy
    if third is not None:
        placed[n, k, 2] = third
    kind: ThirdKind = third_kind if third is not None else ""
    return ParsedFile(
        title=title,
        source=source,
        rows="instance",
        place="line {row} and on",
        row=line[first],
        xy=placed[..., :2],
        third=third_numbers(placed[..., 2], placed[..., :2]) if kind else unknown(),
        third_kind=kind,
        names=tuple(names.tolist()),
        zero_missing=not kind,
        coords="guess",
        id=np.arange(len(first)),
        image=image_row[first],
        category=category[0][first] if category[0].ndim else category[0],
        category_names=category[1],
        size=unknown() if size is None else size[first_of_image],
        **image_table(images),
    )


def _occurrence(cell: Ints) -> Ints:
    """Return how many earlier rows hold the same value."""
    if (cell[1:] > cell[:-1]).all():
        return np.zeros_like(cell)
    order = np.argsort(cell, kind="stable")
    ranked = cell[order]
    start = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    count = np.arange(len(cell)) - np.repeat(start, np.diff(np.r_[start, len(cell)]))
    out = np.empty_like(count)
    out[order] = count
    return out


def _twice(source: str, cell: Ints, line: Ints) -> None:
    again = np.flatnonzero(_occurrence(cell) > 0)
    if again.size:
        raise InputError(
            f"{source}, line {line[again[0]]}",
            "gives a joint of this image and instance for the second time",
            "keep one row for each joint",
        )
