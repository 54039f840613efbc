"""Suspicions about the positions of joints: their unit, their axes, the image's borders."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.formats.doctor.case import Case
from kp2heat.formats.findings import Finding, Severity
from kp2heat.formats.parsed import FAR_IMAGES


def units(case: Case) -> Iterator[Finding]:
    """Yield findings on normalised numbers where pixels are expected, and on pixels counted from 1."""
    numbers = case.xy[np.isfinite(case.xy)]
    if not numbers.size or case.parsed.coords not in ("pixel", "guess"):
        return
    if np.abs(numbers).max() <= 1.5 and (numbers != np.rint(numbers)).any():
        found = f"all coordinates lie within [{numbers.min():g}, {numbers.max():g}]: fractions of the image, not pixels"
        severity: Severity = "error" if case.parsed.coords == "pixel" else "info"
        yield case.file("normalised", severity, numbers.size, found, "say --coords normalised")
    if case.parsed.origin == "1" or not np.isfinite(case.extent).any():
        return
    touches = (case.xy == case.extent[:, None, :]).sum()
    beyond = (case.xy > case.extent[:, None, :]).sum()
    whole = bool((numbers == np.rint(numbers)).all())
    if numbers.min() >= 1 and touches and not beyond and whole:
        found = (
            "the least coordinate is 1 and the greatest is the image's width or height: pixels counted from 1"
        )
        yield case.file("one-based", "warning", int(touches), found, "if so, say --origin 1")


def swapped_axes(case: Case) -> Iterator[Finding]:
    """Yield a finding where joints leave the image as written and stay within it with x and y exchanged."""
    out, exchanged = _outside(case.xy, case.extent), _outside(case.xy[..., ::-1], case.extent)
    if out.sum() > 0.05 * case.labelled.sum() and exchanged.sum() < 0.2 * out.sum():
        found = "lies outside its image, and would lie inside with x and y exchanged"
        yield from case.places("xy-swapped", "warning", out, found, "exchange x and y in the file")


def _outside(xy: Floats, extent: Floats) -> Bools:
    return np.asarray(((xy < -0.5) | (xy > extent[:, None, :] - 0.5)).any(axis=-1))


def borders(case: Case) -> Iterator[Finding]:
    """Yield findings on joints outside the image, and on those so far away that they mark something else."""
    out = _outside(case.xy, case.extent)
    share = out.sum() / max(case.labelled.sum(), 1)
    found = f"lies outside its image (so do {share:.1%} of the labelled joints)"
    todo = "encode drops such joints; --outside partial or clip keeps them"
    yield from case.places("outside", "warning" if share > 0.05 else "info", out, found, todo)
    reach = FAR_IMAGES * case.extent[:, None, :]
    far = np.asarray(((case.xy < -reach) | (case.xy > reach)).any(axis=-1))
    found = f"lies more than {FAR_IMAGES} images away: a mark for a missing joint?"
    yield from case.places(
        "far-outside", "warning", far, found, "write v = 0 if it is missing; encode drops it"
    )


def origin_marks(case: Case) -> Iterator[Finding]:
    """Yield a finding on (0, 0) with v > 0: the usual mark of a joint that is missing."""
    marked = np.asarray((case.parsed.xy == 0).all(axis=-1) & (case.parsed.third > 0))
    found = "is at (0, 0) and is marked as labelled"
    yield from case.places("zero-labelled", "warning", marked, found, "write v = 0 if it is missing")


def halves(case: Case) -> Iterator[Finding]:
    """Yield a finding on joints with one coordinate only."""
    half = np.asarray(np.isnan(case.parsed.xy).sum(axis=-1) == 1)
    found = "has one coordinate only, and counts as missing"
    yield from case.places("half-joint", "warning", half, found, "write both coordinates or none")
