"""The switches a Gaussian convention is made of: small functions, each under the name a row gives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import exp, sqrt
from typing import NamedTuple

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.codecs import box_radius
from kp2heat.contracts import Level
from kp2heat.frame import Size
from kp2heat.scene import Scene

SigmaRule = Callable[[Size, tuple[float, float]], float]


class Spans(NamedTuple):
    """Where P blobs are drawn: centre, first and last cell of each axis, all (P, 2) in cells."""

    centre: Floats
    low: Floats
    high: Floats


def _half_away(values: Floats) -> Floats:
    return np.sign(values) * np.floor(np.abs(values) + 0.5)


ROUNDINGS: Mapping[str, Callable[[Floats, Level], Floats]] = {
    "none": lambda cells, _: cells,
    "nearest": lambda cells, _: np.floor(
        cells + 0.5
    ),  # also below 0, where published truncation folds -0.8 to 0
    "floor": lambda cells, _: np.floor(cells),
    "trunc": lambda cells, _: np.trunc(cells),
    "matlab": lambda cells, _: _half_away(cells + 1) - 1,
    "input-px": lambda cells, level: level.alignment.to_cell(np.trunc(level.alignment.to_input(cells))),
}
"""What becomes of a centre, (P, 2) cells. ``matlab`` rounds the 1-based number, half away from 0;
``input-px`` truncates to whole input px first."""


def _square(centre: Floats, reach: Floats) -> Spans:
    return Spans(centre, centre - reach, centre + reach)


def _short(centre: Floats, reach: Floats) -> Spans:
    """tf-pose's range(int(c - r), int(c + r)): the last column and row are lost."""
    return Spans(centre, np.trunc(np.maximum(centre - reach, 0)), np.trunc(centre + reach) - 1)


def _lua(centre: Floats, reach: Floats) -> Spans:
    """Hourglass's patch, read from ``max(1, -ul)`` where ``2 - ul`` is meant: off by up to two cells
    where ``ul``, the first column or row in 1-based numbers, lies left of the map.
    """
    first = centre - reach + 1
    slip = np.where(first < 1, (2 - first) - np.maximum(1, -first), 0)
    return Spans(centre + slip, centre - reach, centre + reach)


WINDOWS: Mapping[str, Callable[[Floats, Floats], Spans]] = {"square": _square, "short": _short, "lua": _lua}
"""(P, 2) centres and half-widths -> spans."""

_DISC = exp(-(1.5**2) / 2) * (1 - 1e-12)

SHAPES: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    "gaussian": lambda values, _: values,
    "disc": lambda values, _: (values >= _DISC).astype(np.float64),
    "cauchy": lambda values, _: np.where(values > 0, _spread(values) ** -1.5, 0),
    "cauchy-raw": lambda values, sigma: np.where(values > 0, _spread(values) ** -1.5, 0) / sigma**2,
}
"""(P, h, w) Gaussians and (P, 1, 1) sigma -> the blob. ``disc``: 1 up to 1.5 sigma; ``cauchy``:
(1 + d^2/s^2)^-1.5, and ``raw`` s (d^2 + s^2)^-1.5, whose peak is 1/s^2."""


def _spread(values: Floats) -> Floats:
    """1 + d^2 / sigma^2, from the Gaussian."""
    return np.asarray(1 - 2 * np.log(np.where(values > 0, values, 1)))


def _max(maps: Floats) -> Floats:
    return np.asarray(np.maximum(0, 1 - maps.max(axis=1, keepdims=True)))


BACKGROUNDS: Mapping[str, Callable[[Floats], Floats]] = {
    "1-max": _max,
    "1-sum": lambda maps: np.maximum(0, 1 - maps.sum(axis=1, keepdims=True)),
    "1-sum-raw": lambda maps: 1 - maps.sum(axis=1, keepdims=True),
}
"""(S, C, H, W) maps -> (S, 1, H, W). ``raw`` goes below 0 where blobs overlap."""


def _all(axes: Bools) -> Bools:
    return np.asarray(axes.all(axis=-1))


FRAMES: Mapping[str, Callable[[Floats, Level], Bools]] = {
    "window": lambda cells, _: np.ones(cells.shape[:-1], bool),
    "map": lambda cells, level: _all((cells >= 0) & (cells < level.size)),
    "positive": lambda cells, level: _all(level.alignment.to_input(cells) >= 0),
}
"""(M, K, 2) cells -> which joints a published encoder draws: those whose window reaches the map; that
lie in [0, W) x [0, H) themselves; whose input px are not negative."""


def cells(value: float) -> SigmaRule:
    """Sigma in cells."""
    return lambda _size, _stride: value


def px(value: float, least: float = 0.0) -> SigmaRule:
    """Sigma in input px; on coarse maps ``least`` cells, below which a cut blob can fall between the cells."""
    return lambda _size, stride: max(value / sqrt(stride[0] * stride[1]), least)


def share(parts: float) -> SigmaRule:
    """Sigma as a share of the map: sqrt(W H) / parts cells."""
    return lambda size, _stride: sqrt(size[0] * size[1]) / parts


def half_share(parts: float) -> SigmaRule:
    """Half of that share, in whole cells, at least 1."""
    return lambda size, stride: max(1.0, share(parts)(size, stride) // 2)


def shrunk(value: float) -> SigmaRule:
    """Sigma in source px, times the smaller of the two map-to-source ratios."""
    return lambda _size, stride: value / max(stride)


def _by_box(radii: Callable[..., Floats], scene: Scene, level: Level, overlap: float) -> Floats:
    """(2 r + 1) / 6 with r the whole radius of the box, its sides cut to the map and rounded up."""
    corners = np.stack([scene.bbox[:, :2], scene.bbox[:, :2] + scene.bbox[:, 2:]], axis=1)
    inside = np.clip(level.alignment.to_cell(corners), 0, np.asarray(level.size) - 1.0)
    width, height = np.ceil(inside[:, 1] - inside[:, 0]).T
    return (2 * box_radius.whole(radii(height, width, overlap)) + 1) / 6


def _by_extent(radii: Callable[..., Floats], scene: Scene, level: Level, overlap: float) -> Floats:
    """r / 3 with r the radius of the box round the labelled joints; a sixth of a cell at least."""
    joints = level.alignment.to_cell(scene.xy)
    known = np.isfinite(joints)
    sides = np.where(known, joints, -np.inf).max(axis=1) - np.where(known, joints, np.inf).min(axis=1)
    width, height = np.where(np.isfinite(sides), sides, np.nan).T
    return np.maximum(radii(height, width, overlap) / 3, 1 / 6)


def _by_level(scene: Scene, level: Level, _: float) -> Floats:
    return np.full(len(scene.xy), level.sigma)


def _sized(
    rule: Callable[..., Floats], radii: Callable[..., Floats]
) -> Callable[[Scene, Level, float], Floats]:
    def sigma(scene: Scene, level: Level, overlap: float) -> Floats:
        found = rule(radii, scene, level, overlap)
        return np.where(np.isfinite(found), found, level.sigma)

    return sigma


SIGMAS: Mapping[str, Callable[[Scene, Level, float], Floats]] = {
    "level": _by_level,
    "box": _sized(_by_box, box_radius.corrected),
    "box-legacy": _sized(_by_box, box_radius.legacy),
    "extent": _sized(_by_extent, box_radius.corrected),
    "extent-legacy": _sized(_by_extent, box_radius.legacy),
}
"""(M,) cells, of each instance. Where it has no box: the level's."""
