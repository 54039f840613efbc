"""Defects that make a file unusable as it is; each check looks at one thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.errors import InputError
from kp2heat.formats.chunks import by_rows, either
from kp2heat.formats.findings import Finding
from kp2heat.formats.parsed import FAR, Ids, ParsedFile

PLACES = 3


def error(
    code: str,
    count: int,
    places: Sequence[str],
    found: str,
    todo: str,
    rows: Iterable[int] = (),
    reasons: Iterable[str] = (),
) -> Finding:
    """Return a finding that forbids reading: these rows, or the file."""
    blamed = tuple(int(row) for row in rows)
    return Finding(code, "error", count, tuple(places[:PLACES]), found, todo, blamed, tuple(reasons))


def repeated(values: Ids) -> Ints:
    """Return the rows whose value an earlier row has."""
    if np.greater(values[1:], values[:-1]).all():
        return np.zeros(0, np.int64)
    _, first = np.unique(values, return_index=True)
    again = np.ones(len(values), bool)
    again[first] = False
    return np.flatnonzero(again)


def duplicate_ids(parsed: ParsedFile) -> Iterator[Finding]:
    """Yield findings on different annotations, or images, of one id."""
    rows = repeated(parsed.id)
    if rows.size:
        reasons = [f"id {parsed.id[row]} was used by an earlier annotation" for row in rows]
        places = [parsed.at(n) for n in rows[:PLACES]]
        todo = "remove the one that is wrong; where both are right, give this one a new id"
        yield error("duplicate-id", rows.size, places, reasons[0], todo, rows, reasons)
    rows = repeated(parsed.image_id)
    if rows.size:
        found = (
            f"image id {parsed.image_id[rows[0]]} was used by an earlier image, which is described otherwise"
        )
        places = [f"images[{m}]" for m in rows[:PLACES]]
        todo = (
            "where both are one picture, keep the row that is right; where they are two, give this one a new id, "
            "in its annotations too"
        )
        yield error("duplicate-image-id", rows.size, places, found, todo)


def unknown_images(parsed: ParsedFile) -> Iterator[Finding]:
    """Yield a finding on annotations of an image that is not in the file."""
    rows = np.flatnonzero(parsed.image < 0)
    if rows.size:
        places = [parsed.at(n) for n in rows[:PLACES]]
        todo = "add the image to the file, or drop the annotation"
        yield error("unknown-image", rows.size, places, "its image_id is not among the images", todo, rows)


def image_sizes(parsed: ParsedFile) -> Iterator[Finding]:
    """Yield a finding on sizes that no image has."""
    rows = np.flatnonzero(((parsed.size <= 0) | (parsed.size >= FAR)).any(axis=1))
    if rows.size:
        w, h = parsed.size[rows[0]]
        places = [f"images[{m}]" for m in rows[:PLACES]]
        todo = "correct width and height, or leave them out"
        yield error("image-size", rows.size, places, f"{w:g}x{h:g} is not the size of an image", todo)


def positions(parsed: ParsedFile) -> Iterator[Finding]:
    """Yield a finding on labelled joints whose coordinates are not numbers, and on visibilities that are not."""

    def bad(xy: Floats, third: Floats) -> Bools:
        silent = np.isnan(third)
        nowhere = either(np.abs(xy) >= FAR) | (either(np.isnan(xy)) & ~(silent & parsed.zero_missing))
        return np.asarray(nowhere & (silent | (third > 0)) | np.isinf(third))

    joints = np.argwhere(by_rows(bad, parsed.xy, parsed.third))
    if len(joints):
        rows, first = np.unique(joints[:, 0], return_index=True)
        reasons = [_position(parsed, n, k) for n, k in joints[first].tolist()]
        places = [parsed.at(n, k) for n, k in joints[:PLACES].tolist()]
        todo = "write v = 0 for joints that are not labelled"
        yield error("not-a-number", len(joints), places, reasons[0], todo, rows, reasons)


def _position(parsed: ParsedFile, n: int, k: int) -> str:
    x, y = parsed.xy[n, k]
    return f"({x:g}, {y:g}) is not a position"


def refuse_far(xy: Floats, place: Callable[[int], str], source: str) -> None:
    """Raise an InputError that names the first joint (M, K, 2) of a results file beyond all images."""
    far = np.argwhere((np.abs(xy) >= FAR).any(axis=-1))
    for row, joint in far[:1].tolist():
        x, y = xy[row, joint]
        found = f"({x:g}, {y:g}) is not a position"
        raise InputError(f"{source}, {place(row)}, joint {joint}", found, "correct it")


def texts(parsed: ParsedFile) -> Iterator[Finding]:
    """Yield findings on names and ids that hold half a surrogate pair, which JSON can write and no file can hold."""
    columns = {
        "images[{n}].file_name": parsed.file_name,
        "images[{n}].id": parsed.image_id,
        "joint {n}": parsed.names,
        "categories[{n}].id": list(parsed.category_names),
        "categories[{n}].name": list(parsed.category_names.values()),
    }
    todo = "write the name anew"
    for place, values in columns.items():
        for n in surrogates(np.asarray(values)):
            yield error(
                "surrogate", 1, [place.format(n=n)], "holds half a surrogate pair, which is no text", todo
            )
    rows = surrogates(parsed.id)
    if rows:
        at = [parsed.at(row) for row in rows[:PLACES]]
        yield error(
            "surrogate", len(rows), at, "its id holds half a surrogate pair, which is no text", todo, rows
        )


def surrogates(values: Ids) -> list[int]:
    """Return the rows of text that holds a lone surrogate."""
    if values.dtype.kind != "U" or not values.size:
        return []
    codes = np.ascontiguousarray(values).view(np.uint32).reshape(len(values), -1)
    return np.flatnonzero(((codes >= 0xD800) & (codes < 0xE000)).any(axis=1)).tolist()


CHECKS: tuple[Callable[[ParsedFile], Iterator[Finding]], ...] = (
    duplicate_ids,
    unknown_images,
    image_sizes,
    positions,
    texts,
)


def check(parsed: ParsedFile) -> tuple[Finding, ...]:
    """Return every defect that forbids reading: those the reader met, then those of the rows it did not blame."""
    blamed = {row for finding in parsed.findings if finding.severity == "error" for row in finding.rows}
    rows = np.delete(np.arange(len(parsed.xy)), [*blamed])
    sound = parsed.take(rows) if blamed else parsed
    later = [finding for look in CHECKS for finding in look(sound)]
    met = [_with_subjects(parsed, finding) for finding in parsed.findings]
    return (*met, *(replace(f, rows=tuple(rows[[*f.rows]].tolist())) for f in later))


def _with_subjects(parsed: ParsedFile, finding: Finding) -> Finding:
    """Return a reader's finding on rows with their ids and images in its places."""
    pairs = zip(finding.places, finding.rows, strict=False)
    places = tuple(f"{place}{parsed.subject(row)}" for place, row in pairs)
    return replace(finding, places=places) if finding.rows else finding
