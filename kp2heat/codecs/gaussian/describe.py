"""A Gaussian convention in one sentence."""

from __future__ import annotations

from collections.abc import Mapping

from kp2heat.codecs.gaussian.convention import Convention

CENTRES: Mapping[str, str] = {
    "none": "sub-pixel centre",
    "nearest": "centre rounded to the nearest cell",
    "floor": "centre floored",
    "trunc": "centre truncated",
    "matlab": "centre rounded to the nearest cell, half away from 0",
    "input-px": "centre truncated to whole input px",
}
MERGES: Mapping[str, str] = {
    "max": "the maximum of overlapping blobs",
    "sum": "overlapping blobs add up",
    "sum-clamp": "overlapping blobs add up to at most 1",
    "overwrite": "a later blob overwrites an earlier one",
}
SHAPES: Mapping[str, str] = {
    "disc": "disc of 1.5 sigma",
    "cauchy": "Cauchy blob",
    "cauchy-raw": "Cauchy blob",
}
SOURCES: Mapping[str, str] = {"box": "sigma from the box", "extent": "sigma from the extent of the joints"}


def describe(row: Convention) -> str:
    """Return the convention in one sentence.

    >>> from kp2heat.codecs.gaussian.table import CONVENTIONS
    >>> describe(CONVENTIONS["msra"])
    'Gaussian, centre rounded to the nearest cell, cut at 3 sigma, the maximum of overlapping blobs'
    """
    what = SHAPES.get(row.shape, "Gaussian")
    one = {"center": f"{what} at the centre of the box", "groups": f"{what}, one map per group of joints"}
    cut = "uncut" if row.cut is None else f"cut at {row.cut:g} sigma"
    if row.trim:
        cut += f" less {row.trim:g} cells"
    more = [
        SOURCES.get(row.sigma_from.removesuffix("-legacy"), ""),
        "every map sums to 1" if row.unit_sum else "",
        "" if row.peak == "one" else f"peak is the joint's {row.peak}",
        "" if row.background == "none" else f"background {row.background} {_place(row)}",
        "then the maps of all people" if row.with_bystanders else "",
        f"drawn at the input's size and shrunk ({row.shrink})" if row.shrink else "",
    ]
    parts = [one.get(row.maps_of, what), CENTRES[row.rounding], cut, MERGES[row.merge], *filter(None, more)]
    return ", ".join(parts)


def _place(row: Convention) -> str:
    return "in front" if row.background_first else "behind"
