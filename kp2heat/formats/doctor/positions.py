"""Suspicions about where joints stand: their unit, their axes, the frame."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.formats.doctor.case import Case
from kp2heat.formats.findings import Finding


def units(case: Case) -> Iterator[Finding]:
    """Normalised numbers where pixels are expected; counting from 1."""
    numbers = case.xy[np.isfinite(case.xy)]
    if not numbers.size or case.parsed.coords not in ("pixel", "guess"):
        return
    if np.abs(numbers).max() <= 1.5 and (numbers != np.rint(numbers)).any():
        yield case.file("normalised", "error" if case.parsed.coords == "pixel" else "info", numbers.size,
            f"all coordinates lie within [{numbers.min():g}, {numbers.max():g}]: fractions of the image, not pixels",
            "say --coords normalised")  # fmt: skip
    if case.parsed.origin == "1" or not np.isfinite(case.extent).any():
        return
    with np.errstate(invalid="ignore"):
        touches = (case.xy == case.extent[:, None, :]).sum()
        beyond = (case.xy > case.extent[:, None, :]).sum()
    whole = bool((numbers == np.rint(numbers)).all())
    if numbers.min() >= 1 and touches and not beyond and whole:
        yield case.file("one-based", "warning", int(touches),
            "the least coordinate is 1 and the greatest is the image's own width or height: pixels counted from 1",
            "if so, say --origin 1")  # fmt: skip


def swapped_axes(case: Case) -> Iterator[Finding]:
    """x and y the wrong way round: joints leave the frame as written and stay within it when exchanged."""
    out, exchanged = _outside(case.xy, case.extent), _outside(case.xy[..., ::-1], case.extent)
    if out.sum() > 0.05 * case.labelled.sum() and exchanged.sum() < 0.2 * out.sum():
        yield from case.joints("xy-swapped", "warning", out,
            "lies outside its image, and would lie inside with x and y exchanged", "exchange x and y in the file")  # fmt: skip


def _outside(xy: Floats, extent: Floats) -> Bools:
    with np.errstate(invalid="ignore"):
        return np.asarray(((xy < -0.5) | (xy > extent[:, None, :] - 0.5)).any(axis=-1))


def frame(case: Case) -> Iterator[Finding]:
    """Joints outside the image."""
    out = _outside(case.xy, case.extent)
    share = out.sum() / max(case.labelled.sum(), 1)
    yield from case.joints("outside", "warning" if share > 0.05 else "info", out,
        f"lies outside its image (so do {share:.1%} of the labelled joints)",
        "encode drops such joints; --outside partial or clip keeps them")  # fmt: skip


def origin_marks(case: Case) -> Iterator[Finding]:
    """(0, 0) with v > 0: the usual mark of a joint that is missing."""
    marked = (case.parsed.xy == 0).all(axis=-1) & (case.parsed.third > 0)
    yield from case.joints("zero-labelled", "warning", np.asarray(marked),
        "stands at (0, 0) and is marked as labelled", "write v = 0 if it is missing")  # fmt: skip


def halves(case: Case) -> Iterator[Finding]:
    """Joints with one coordinate only."""
    yield from case.joints("half-joint", "warning", np.asarray(np.isnan(case.parsed.xy).sum(axis=-1) == 1),
        "has one coordinate only, and counts as missing", "write both coordinates or none")  # fmt: skip
