"""Suspicions about what stands beside the positions: visibility, names, counts, areas, boxes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kp2heat.formats.checks import PLACES
from kp2heat.formats.doctor.case import Case
from kp2heat.formats.findings import Finding
from kp2heat.formats.visibility import UNDEFINED, kind_of

SIDES = ("left", "right", "_l_", "_r_")


def visibilities(case: Case) -> Iterator[Finding]:
    """v that is not COCO's."""
    kind, third = kind_of(case.parsed), case.parsed.third
    if kind == "flag":
        yield case.file("visibility-flag", "info", int((third == 1).sum()), "v is only 0 or 1, and is read as labelled or not",
            "if 1 means hidden, as in COCO, say --visibility coco")  # fmt: skip
    if kind == "score" and case.parsed.third_kind != "score":
        yield case.file("visibility-score", "warning", int((third > 0).sum()), "the third numbers are fractions: a likelihood in the place of v",
            "give --min-likelihood, below which a joint counts as missing")  # fmt: skip
    if kind == "zeros":
        written = np.asarray((np.nan_to_num(case.parsed.xy) != 0).any(axis=-1))
        yield from case.joints("visibility-zero", "warning", written, "has coordinates, yet v is 0 in the whole file",
            "write v = 2 where a joint is labelled")  # fmt: skip
    if kind == "unknown":
        yield from case.joints("visibility-range", "error", np.asarray(((third < 0) & (third != UNDEFINED)) | (third > 2)),
            "has a v other than 0, 1 or 2", "if it is a confidence, say --visibility score")  # fmt: skip


def sides(case: Case) -> Iterator[Finding]:
    """Names of one side that have no partner."""
    lone = [
        n
        for k, n in enumerate(case.skeleton.names)
        if case.skeleton.swap[k] == k and any(s in f"_{n.lower()}_" for s in SIDES)
    ]
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
