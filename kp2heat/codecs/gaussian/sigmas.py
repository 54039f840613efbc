"""Rules for sigma: the default of a level, and that of each instance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from math import sqrt

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.codecs import box_radius
from kp2heat.contracts import Level
from kp2heat.errors import SpecError
from kp2heat.frame import Size
from kp2heat.scene import Scene

SigmaRule = Callable[[Size, tuple[float, float]], float]
"""(size of the map, stride) -> sigma in cells."""


def cells(value: float) -> SigmaRule:
    """Return the rule of a sigma in cells.

    >>> cells(2)((48, 64), (4.0, 4.0))
    2
    """
    return lambda _size, _stride: value


def px(value: float, least: float = 0.0) -> SigmaRule:
    """Return the rule of a sigma in input px, at least ``least`` cells.

    The least value matters on coarse maps, where a cut blob could fall between the cells.

    >>> px(8)((46, 46), (8.0, 8.0))
    1.0
    """
    return lambda _size, stride: max(value / sqrt(stride[0] * stride[1]), least)


def share(parts: float) -> SigmaRule:
    """Return the rule of a sigma that is a share of the map: sqrt(W H) / parts cells.

    >>> share(64)((128, 128), (4.0, 4.0))
    2.0
    """
    return lambda size, _stride: sqrt(size[0] * size[1]) / parts


def half_share(parts: float) -> SigmaRule:
    """Return the rule of half that share, in whole cells, at least 1.

    >>> half_share(32)((128, 128), (4.0, 4.0))
    2.0
    """
    return lambda size, stride: max(1.0, share(parts)(size, stride) // 2)


def shrunk(value: float) -> SigmaRule:
    """Return the rule of a sigma in input px, times the smaller of the two map-to-input ratios.

    >>> shrunk(20)((28, 28), (8.0, 8.0))
    2.5
    """
    return lambda _size, stride: value / max(stride)


InstanceRule = Callable[[Scene, Level, float], Floats]
RadiusRule = Callable[[Floats, Floats, float], Floats]


def _by_level(scene: Scene, level: Level, _: float) -> Floats:
    return np.full(len(scene.xy), level.sigma)


def _by_box(radii: RadiusRule, scene: Scene, level: Level, overlap: float) -> Floats:
    """Return (2 r + 1) / 6 with r the whole radius of the box, its sides cut to the map and rounded up."""
    corners = np.stack([scene.bbox[:, :2], scene.bbox[:, :2] + scene.bbox[:, 2:]], axis=1)
    inside = np.clip(level.alignment.to_cell(corners), 0, np.asarray(level.size) - 1.0)
    width, height = np.ceil(inside[:, 1] - inside[:, 0]).T
    return (2 * box_radius.whole(radii(height, width, overlap)) + 1) / 6


def _by_extent(radii: RadiusRule, scene: Scene, level: Level, overlap: float) -> Floats:
    """Return r / 3 with r the radius of the box round the labelled joints, at least a sixth of a cell."""
    joints = level.alignment.to_cell(scene.xy)
    known = np.isfinite(joints)
    sides = np.where(known, joints, -np.inf).max(axis=1) - np.where(known, joints, np.inf).min(axis=1)
    width, height = np.where(np.isfinite(sides), sides, np.nan).T
    return np.maximum(radii(height, width, overlap) / 3, 1 / 6)


def _by_oks(area: Callable[[Scene, Level], Floats], scene: Scene, level: Level, _: float) -> Floats:
    """Return (M, K): the width of the joint's OKS kernel, its variance kept within 0.55 and 3 cells^2 (ProbPose)."""
    if not scene.skeleton.sigmas:
        raise SpecError("spread", "the skeleton has no OKS sigmas", "give it sigmas, or use spread=level")
    falloff = (2 * np.asarray(scene.skeleton.sigmas)) ** 2
    variance = np.clip(2 * falloff * np.sqrt(area(scene, level))[:, None], 0.55, 3.0)
    return np.asarray(np.sqrt(variance))


def _map_area(scene: Scene, level: Level) -> Floats:
    """Return (M,): the area of the map without the padding of a crop, in cells."""
    return np.full(len(scene.xy), level.size[0] / 1.25 * level.size[1] / 1.25)


def _box_area(scene: Scene, level: Level) -> Floats:
    """Return (M,): the area of each box in cells; of the map where it is not known."""
    area = np.asarray(scene.bbox[:, 2] * scene.bbox[:, 3] / np.prod(level.alignment.stride))
    return np.where(area > 0, area, _map_area(scene, level))


def _or_level(rule: Callable[[RadiusRule, Scene, Level, float], Floats], radii: RadiusRule) -> InstanceRule:
    """Return the rule with the level's sigma where an instance has no box."""

    def sigma(scene: Scene, level: Level, overlap: float) -> Floats:
        values = rule(radii, scene, level, overlap)
        return np.where(np.isfinite(values), values, level.sigma)

    return sigma


SIGMAS: Mapping[str, InstanceRule] = {
    "level": _by_level,
    "box": _or_level(_by_box, box_radius.corrected),
    "box-legacy": _or_level(_by_box, box_radius.legacy),
    "extent": _or_level(_by_extent, box_radius.corrected),
    "extent-legacy": _or_level(_by_extent, box_radius.legacy),
    "oks": partial(_by_oks, _box_area),
    "oks-map": partial(_by_oks, _map_area),
}
"""Name -> (scene, level, overlap) -> sigma in cells, of each instance (M,) or of each joint (M, K)."""
