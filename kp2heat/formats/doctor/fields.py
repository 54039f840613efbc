"""Suspicions about what stands beside the positions: visibility, names, counts, areas, boxes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kp2heat.formats.checks import PLACES
from kp2heat.formats.doctor.case import Case
from kp2heat.formats.findings import Finding
from kp2heat.formats.visibility import not_visibilities, third_numbers
from kp2heat.skeleton import unpaired_sides


def visibilities(case: Case) -> Iterator[Finding]:
    """Yield findings on v that is not COCO's."""
    numbers, third = third_numbers(case.parsed), case.parsed.third
    if numbers.kind == "flag":
        found = "v is only 0 or 1, and is read as labelled or not"
        todo = "if 1 means hidden, as in COCO, say --visibility coco"
        yield case.file("visibility-flag", "info", int((third == 1).sum()), found, todo)
    if case.parsed.third_kind != "score":
        found = "has fractions in the place of v: a likelihood"
        todo = "give --min-likelihood, below which a joint counts as missing"
        yield from case.rows("visibility-score", "warning", numbers.fractional, found, todo)
    positions = np.asarray((np.nan_to_num(case.parsed.xy) != 0).any(axis=-1))
    if numbers.kind == "zeros":
        found = "has coordinates, yet v is 0 in the whole file"
        yield from case.joints(
            "visibility-zero", "warning", positions, found, "write v = 2 where a joint is labelled"
        )
    elif case.parsed.third_kind != "score":
        marked = (case.parsed.xy == -1).any(axis=-1)
        unlabelled = (third == 0) & positions & ~marked
        found = "has coordinates, yet v is 0: it counts as not labelled"
        yield from case.joints(
            "position-unlabelled", "info", unlabelled, found, "write v = 1 or 2 if it is labelled"
        )
    if numbers.kind == "unknown":
        wrong = not_visibilities(third) & ~numbers.scores[:, None]
        todo = "if it is a confidence, say --visibility score"
        yield from case.joints("visibility-range", "error", wrong, "has a v other than 0, 1 or 2", todo)


def sides(case: Case) -> Iterator[Finding]:
    """Names of one side that have no partner."""
    lone = unpaired_sides(case.skeleton)
    if lone and case.parsed.names:
        yield case.file("side-without-pair", "warning", len(lone), f"no mirror partner for {', '.join(lone[:PLACES])}",
            "name both sides alike, or give --swap left_name:right_name")  # fmt: skip


def counts(case: Case) -> Iterator[Finding]:
    """num_keypoints that is not the number of joints with v > 0."""
    stated = case.parsed.num_keypoints
    yield from case.rows("num-keypoints", "info", np.isfinite(stated) & (stated != case.labelled.sum(axis=1)),
        "states a num_keypoints other than the number of its labelled joints", "nothing: it is not used")  # fmt: skip


def areas(case: Case) -> Iterator[Finding]:
    """Areas that OKS cannot use."""
    area, labelled = case.parsed.area, case.labelled.any(axis=1)
    if case.parsed.title.startswith("COCO keypoints"):
        yield from case.rows("no-area", "info", np.isnan(area) & labelled, "has no area",
            "OKS then takes 0.53 of the box")  # fmt: skip
    yield from case.rows("zero-area", "warning", (area <= 0) & labelled, "has an area of 0 or less: its OKS would be 0",
        "write the area, or leave it out")  # fmt: skip


def boxes(case: Case) -> Iterator[Finding]:
    """Boxes without extent, and boxes that do not hold their joints."""
    bbox = case.parsed.bbox
    yield from case.rows("empty-box", "warning", np.asarray((bbox[:, 2:] <= 0).any(axis=1)), "has a box without extent",
        "correct it: --fit crop needs it")  # fmt: skip
    slack = 0.1 * bbox[:, None, 2:] + 1
    out = (case.xy < bbox[:, None, :2] - slack) | (case.xy > bbox[:, None, :2] + bbox[:, None, 2:] + slack)
    yield from case.joints("outside-box", "warning", np.asarray(out.any(axis=-1)) & (bbox[:, None, 2:] > 0).all(axis=-1),
        "lies outside its box by more than a tenth of it", "correct the box or the joint")  # fmt: skip
