"""The switches of a Gaussian convention: small functions, each under the name that a row uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import exp
from typing import NamedTuple

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.contracts import Level


class Spans(NamedTuple):
    """The extent of P blobs: centre, first and last cell along each axis, all (P, 2) in cells."""

    centre: Floats
    low: Floats
    high: Floats


def _half_away(values: Floats) -> Floats:
    return np.sign(values) * np.floor(np.abs(values) + 0.5)


ROUNDINGS: Mapping[str, Callable[[Floats, Level], Floats]] = {
    "none": lambda cells, _: cells,
    # half up, below 0 too, where published truncation turns -0.8 into 0
    "nearest": lambda cells, _: np.floor(cells + 0.5),
    "floor": lambda cells, _: np.floor(cells),
    "trunc": lambda cells, _: np.trunc(cells),
    "matlab": lambda cells, _: _half_away(cells + 1) - 1,
    "input-px": lambda cells, level: level.alignment.to_cell(np.trunc(level.alignment.to_input(cells))),
}
"""Name -> (centres (P, 2) in cells, level) -> rounded centres. ``matlab`` rounds the 1-based number, half
away from 0; ``input-px`` truncates to whole input px."""


def _lua(centre: Floats, reach: Floats) -> Spans:
    """Return Hourglass's patch, which is up to two cells off where it begins left of the map.

    The published code reads it from ``max(1, -ul)`` where ``2 - ul`` is meant; ``ul`` is its first column or
    row in 1-based numbers.
    """
    first = centre - reach + 1
    slip = np.where(first < 1, (2 - first) - np.maximum(1, -first), 0)
    return Spans(centre + slip, centre - reach, centre + reach)


WINDOWS: Mapping[str, Callable[[Floats, Floats], Spans]] = {
    "square": lambda centre, reach: Spans(centre, centre - reach, centre + reach),
    # tf-pose's range(int(c - r), int(c + r)), which lacks the last column and row
    "short": lambda centre, reach: Spans(
        centre, np.trunc(np.maximum(centre - reach, 0)), np.trunc(centre + reach) - 1
    ),
    "lua": _lua,
    # the square grown to whole cells on all sides
    "whole-cells": lambda centre, reach: Spans(centre, np.floor(centre - reach), np.ceil(centre + reach)),
    # PoseC3D's int(c - r) to int(c + r), which begins up to a cell before the square
    "outward": lambda centre, reach: Spans(centre, np.trunc(centre - reach), np.trunc(centre + reach)),
    # DEKR's square, a cell wider on all sides and grown to whole cells
    "wide": lambda centre, reach: Spans(centre, np.floor(centre - reach - 1), np.ceil(centre + reach + 1)),
}
"""Name -> (centres (P, 2), half-widths (P, 2)) -> spans."""

DISC = exp(-(1.5**2) / 2) * (1 - 1e-12)
"""The value of a Gaussian at 1.5 sigma, a hair less."""


def _cauchy(values: Floats) -> Floats:
    """Return (1 + d^2 / sigma^2)^-1.5, computed from the Gaussian."""
    return np.where(values > 0, (1 - 2 * np.log(np.where(values > 0, values, 1))) ** -1.5, 0)


SHAPES: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    "gaussian": lambda values, _: values,
    "disc": lambda values, _: (values >= DISC).astype(np.float64),
    "cauchy": lambda values, _: _cauchy(values),
    "cauchy-raw": lambda values, sigma: _cauchy(values) / sigma**2,
}
"""Name -> (Gaussian values (P, h, w), sigma (P, 1, 1)) -> values of the blob. ``disc`` is 1 up to 1.5 sigma,
``cauchy`` is (1 + d^2/s^2)^-1.5, and ``cauchy-raw`` is s (d^2 + s^2)^-1.5, whose peak is 1/s^2."""


BACKGROUNDS: Mapping[str, Callable[[Floats], Floats]] = {
    "1-max": lambda maps: np.maximum(0, 1 - maps.max(axis=1, keepdims=True)),
    "1-sum": lambda maps: np.maximum(0, 1 - maps.sum(axis=1, keepdims=True)),
    "1-sum-raw": lambda maps: 1 - maps.sum(axis=1, keepdims=True),
}
"""Name -> maps (S, C, H, W) -> background (S, 1, H, W). ``1-sum-raw`` is below 0 where blobs overlap."""


def _all(axes: Bools) -> Bools:
    return np.asarray(axes.all(axis=-1))


FRAMES: Mapping[str, Callable[[Floats, Level], Bools]] = {
    "window": lambda cells, _: np.ones(cells.shape[:-1], bool),
    "map": lambda cells, level: _all((cells >= 0) & (cells < level.size)),
    "positive": lambda cells, level: _all(level.alignment.to_input(cells) >= 0),
}
"""Name -> (joints (M, K, 2) in cells, level) -> (M, K) bool, whether a published encoder draws the joint.
``window``: its window reaches the map; ``map``: it lies in [0, W) x [0, H); ``positive``: its input px are not
negative."""
