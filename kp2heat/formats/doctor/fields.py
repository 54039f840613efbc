"""Suspicions about what is written in addition to the positions: visibility, names, counts, areas, boxes, categories."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kp2heat.formats.checks import PLACES
from kp2heat.formats.doctor.case import Case
from kp2heat.formats.findings import Finding
from kp2heat.formats.reading.visibility import not_visibilities, third_numbers
from kp2heat.skeleton import unpaired_sides

LARGEST_AREA, LEAST_AREA = 1.2, 0.02
"""Areas of segments are 0.02 to 1 of their box on COCO; an area beyond these shares of the box is not of it."""


def contents(case: Case) -> Iterator[Finding]:
    """Yield a finding where the file has nothing to look at or to encode."""
    rows, joints = case.xy.shape[:2]
    if not joints:
        yield case.file(
            "empty", "error", 1, "names no joints: there is nothing to draw", "give the annotated file"
        )
    elif not rows:
        yield case.file(
            "empty", "warning", 1, "has no annotations: nothing was validated", "give the annotated file"
        )
    elif not case.labelled.any():
        found = "has no labelled joint: there is nothing to draw"
        yield case.file("nothing-labelled", "warning", 1, found, "look at v, or say --visibility")


def visibilities(case: Case) -> Iterator[Finding]:
    """Yield findings on v that is not COCO's."""
    numbers, third = third_numbers(case.parsed), case.parsed.third
    if numbers.kind == "flag":
        found = "v is only 0 or 1, and is read as labelled or not"
        todo = "if 1 means hidden, as in COCO, say --visibility coco"
        yield case.file("visibility-flag", "info", int((third == 1).sum()), found, todo)
    if numbers.kind == "unknown":
        wrong = not_visibilities(third) & ~numbers.scores[:, None]
        todo = "if it is a confidence, say --visibility score"
        yield from case.places("visibility-range", "error", wrong, "has a v other than 0, 1 or 2", todo)
    if case.parsed.third_kind == "score":
        return
    found = "has fractions in the place of v: a likelihood"
    todo = "give --min-likelihood, below which a joint counts as missing"
    yield from case.places("visibility-score", "warning", numbers.fractional, found, todo)
    written = np.asarray((np.nan_to_num(case.parsed.xy) != 0).any(axis=-1))
    if numbers.kind == "zeros":
        found, todo = "has coordinates, yet v is 0 in the whole file", "write v = 2 where a joint is labelled"
        yield from case.places("visibility-zero", "warning", written, found, todo)
    else:
        unlabelled = (third == 0) & written & ~(case.parsed.xy == -1).any(axis=-1)
        found = "has coordinates, yet v is 0: it counts as not labelled"
        yield from case.places(
            "position-unlabelled", "info", unlabelled, found, "write v = 1 or 2 if it is labelled"
        )


def sides(case: Case) -> Iterator[Finding]:
    """Yield a finding on names of one side that have no partner."""
    lone = unpaired_sides(case.skeleton) if case.parsed.names else ()
    if lone:
        found = f"no mirror partner for {', '.join(lone[:PLACES])}"
        todo = "name both sides alike, or give --swap left_name:right_name"
        yield case.file("side-without-pair", "warning", len(lone), found, todo)


def counts(case: Case) -> Iterator[Finding]:
    """Yield a finding on num_keypoints that is not the number of joints with v > 0."""
    stated = case.parsed.num_keypoints
    found = "states a num_keypoints other than the number of its labelled joints"
    where = np.isfinite(stated) & (stated != case.labelled.sum(axis=1))
    yield from case.places("num-keypoints", "info", where, found, "no action needed; this field is ignored")


def categories(case: Case) -> Iterator[Finding]:
    """Yield a finding on category ids that the file does not define."""
    defined, used = case.parsed.category_names, case.parsed.category
    if defined:
        unknown = np.asarray((used != "") & ~np.isin(used, [*defined]))
        found = "has a category_id that is not among the categories"
        yield from case.places(
            "unknown-category", "warning", unknown, found, "correct it, or add the category"
        )


def areas(case: Case) -> Iterator[Finding]:
    """Yield findings on areas that OKS cannot use, or that are not of the box."""
    area, labelled = case.parsed.area, case.labelled.any(axis=1)
    if case.parsed.title.startswith("COCO keypoints"):
        todo = "OKS then takes 0.53 of the box"
        yield from case.places("no-area", "info", np.isnan(area) & labelled, "has no area", todo)
    found = "has an area of 0 or less: its OKS would be 0"
    yield from case.places(
        "zero-area", "warning", (area <= 0) & labelled, found, "write the area, or leave it out"
    )
    box = case.parsed.bbox[:, 2:].clip(0).prod(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = area / np.where(box > 0, box, np.nan)
    far = (area > 0) & ((share > LARGEST_AREA) | (share < LEAST_AREA))
    found = f"has an area of more than {LARGEST_AREA:g} or less than {LEAST_AREA:g} of its box"
    yield from case.places(
        "area-of-box", "warning", far, found, "correct the area or the box: OKS depends on it"
    )


def boxes(case: Case) -> Iterator[Finding]:
    """Yield findings on boxes without extent, outside the image, or not around their joints."""
    corner, size = case.parsed.bbox[:, None, :2], case.parsed.bbox[:, None, 2:]
    stated = np.asarray((size > 0).all(axis=-1))
    empty = np.asarray((case.parsed.bbox[:, 2:] <= 0).any(axis=1))
    todo = "correct it: --fit crop needs it"
    yield from case.places("empty-box", "warning", empty, "has a box without extent", todo)
    with np.errstate(invalid="ignore"):
        middle = (corner + size / 2)[:, 0]
        outside = np.asarray(((middle < 0) | (middle > case.extent)).any(axis=1)) & stated[:, 0]
    found = "has a box whose middle lies outside its image"
    yield from case.places(
        "box-outside", "warning", outside, found, "correct the box, or the size of the image"
    )
    slack = 0.1 * size + 1
    out = np.asarray(((case.xy < corner - slack) | (case.xy > corner + size + slack)).any(axis=-1)) & stated
    found = "lies outside its box by more than a tenth of it"
    yield from case.places("outside-box", "warning", out, found, "correct the box or the joint")
