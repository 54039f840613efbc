"""Defects that make a file unusable as it stands; each check looks at one thing and names every place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.formats.chunks import by_rows, either
from kp2heat.formats.findings import Finding
from kp2heat.formats.parsed import FAR, Ids, ParsedFile

PLACES = 3


def error(
    code: str, count: int, places: list[str], found: str, todo: str, rows: Iterable[int] = ()
) -> Finding:
    """A finding that forbids reading: these rows, or the file."""
    blamed = tuple(int(row) for row in rows)
    return Finding(code, "error", count, tuple(places[:PLACES]), found, todo, blamed)


def repeated(values: Ids) -> Ints:
    """Rows whose value has stood in an earlier row."""
    if np.greater(values[1:], values[:-1]).all():
        return np.zeros(0, np.int64)
    _, first = np.unique(values, return_index=True)
    again = np.ones(len(values), bool)
    again[first] = False
    return np.flatnonzero(again)


def duplicate_ids(parsed: ParsedFile) -> Iterator[Finding]:
    """Two annotations, or two images, of one id."""
    rows = repeated(parsed.id)
    if rows.size:
        found = f"id {parsed.id[rows[0]]} was used by an earlier annotation"
        places = [parsed.at(n) for n in rows[:PLACES]]
        yield error("duplicate-id", rows.size, places, found, "give each annotation an id of its own", rows)
    rows = repeated(parsed.image_id)
    if rows.size:
        found = f"image id {parsed.image_id[rows[0]]} was used by an earlier image"
        places = [f"images[{m}]" for m in rows[:PLACES]]
        yield error("duplicate-image-id", rows.size, places, found, "give each image an id of its own")


def unknown_images(parsed: ParsedFile) -> Iterator[Finding]:
    """Annotations of an image that is not in the file."""
    nameless = [row for finding in parsed.findings if finding.code == "no-image" for row in finding.rows]
    rows = np.setdiff1d(np.flatnonzero(parsed.image < 0), nameless)
    if rows.size:
        places = [parsed.at(n) for n in rows[:PLACES]]
        yield error(
            "unknown-image", rows.size, places, "its image_id is not among the images",
            "add the image to the file, or drop the annotation", rows,
        )  # fmt: skip


def image_sizes(parsed: ParsedFile) -> Iterator[Finding]:
    """Sizes that no image has."""
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero(((parsed.size <= 0) | (parsed.size >= 2**31)).any(axis=1))
    if rows.size:
        w, h = parsed.size[rows[0]]
        yield error(
            "image-size", rows.size, [f"images[{m}]" for m in rows[:PLACES]],
            f"{w:g}x{h:g} is not the size of an image", "correct width and height, or leave them out",
        )  # fmt: skip


def numbers(parsed: ParsedFile) -> Iterator[Finding]:
    """Labelled joints whose coordinates are not numbers, and visibilities that are not."""

    def bad(xy: Floats, third: Floats) -> Bools:
        silent = np.isnan(third)
        nowhere = either(np.abs(xy) >= FAR) | (either(np.isnan(xy)) & ~(silent & parsed.zero_missing))
        return np.asarray(nowhere & (silent | (third > 0)) | np.isinf(third))

    places = np.argwhere(by_rows(bad, parsed.xy, parsed.third))
    if len(places):
        n, k = (int(i) for i in places[0])
        x, y = parsed.xy[n, k]
        yield error(
            "not-a-number", len(places), [parsed.at(int(n), int(k)) for n, k in places[:PLACES]],
            f"({x:g}, {y:g}) is not a position", "write v = 0 for joints that are not labelled", np.unique(places[:, 0]),
        )  # fmt: skip


CHECKS: tuple[Callable[[ParsedFile], Iterator[Finding]], ...] = (
    duplicate_ids, unknown_images, image_sizes, numbers,
)  # fmt: skip


def check(parsed: ParsedFile) -> tuple[Finding, ...]:
    """Every defect that forbids reading: those the reader met, then those of the columns."""
    return (*parsed.findings, *(finding for look in CHECKS for finding in look(parsed)))
