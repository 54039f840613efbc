"""Vectors of limbs on a grid: bands, triangles and bells along them, and the merge of people in one cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from kp2heat.arrays import Bytes, Floats, Ints
from kp2heat.errors import SpecError
from kp2heat.gaussian import turns
from kp2heat.scene import Scene


def _half_away(values: Floats) -> Floats:
    """Round half away from zero, as C's ``round``."""
    return np.copysign(np.floor(np.abs(values) + 0.5), values)


ROUNDINGS: Mapping[str, Callable[[Floats], Floats]] = {"away": _half_away, "even": np.rint, "trunc": np.trunc}


@dataclass(frozen=True)
class Field:
    """The switches of one convention for the vectors of limbs.

    maps          name of the Gaussian convention of the joints' maps
    shape         cross section of a limb: band | triangle | bell
    width         half-width of the band, reach of the triangle, or sigma of the bell
    unit          unit of the width, and space in which directions are taken: cell | px
    merge         of people in one cell: mean | sum | last
    align         name of the alignment
    rounding      published code: how its box is rounded, a key of ROUNDINGS
    strict        published code: whether a cell at exactly the half-width is left out
    faulty_merge  published code: its merge, where that is not the one meant
    full          published code: whether the field is drawn at the input's size and shrunk
    """

    name: str
    source: str
    maps: str
    shape: str = "band"
    width: float = 1.0
    unit: str = "cell"
    merge: str = "mean"
    align: str = "half-pixel"
    rounding: str = "away"
    strict: bool = False
    faulty_merge: str = ""
    full: bool = False


class Limbs(NamedTuple):
    """P limbs to draw: their maps ``which`` (P,), ends (P, 2) in the field's unit, and unit vectors (P, 2)."""

    which: Ints
    start: Floats
    end: Floats
    vector: Floats


class Grid(NamedTuple):
    """Positions of columns and rows, in the field's unit."""

    x: Floats
    y: Floats


def limbs_of(scene: Scene, xy: Floats) -> Limbs:
    """Return the limbs to draw; xy (M, K, 2) is in the field's unit. SpecError for a skeleton without limbs."""
    if not scene.skeleton.limbs:
        raise SpecError(
            "codec", "part affinity fields need limbs, and this skeleton names none", "give it limbs"
        )
    pairs = np.asarray(scene.skeleton.limbs)
    a, b = xy[:, pairs[:, 0]], xy[:, pairs[:, 1]]
    length = np.hypot(b[..., 0] - a[..., 0], b[..., 1] - a[..., 1])
    m, limb = np.nonzero(scene.drawn[:, pairs].all(axis=-1) & (length > 0))
    start, end = a[m, limb], b[m, limb]
    return Limbs(scene.sample[m] * len(pairs) + limb, start, end, (end - start) / length[m, limb, None])


def _box(
    limbs: Limbs, turn: Any, grid: Grid, reach: float, published: Callable[[Floats], Floats] | None
) -> Any:
    """Return (P, H, W): whether a cell is within the limb's bounding box widened by ``reach``."""
    low = np.minimum(limbs.start[turn], limbs.end[turn]) - reach
    high = np.maximum(limbs.start[turn], limbs.end[turn]) + reach
    if published:
        low, high = published(low), published(high) - 1
    x = (grid.x >= low[:, :1]) & (grid.x <= high[:, :1])
    y = (grid.y >= low[:, 1:]) & (grid.y <= high[:, 1:])
    return y[:, :, None] & x[:, None, :]


def _strength(row: Field, limbs: Limbs, turn: Any, grid: Grid, literal: bool) -> Floats:
    """Return (P, H, W): the length of each limb's vector at each cell."""
    u, full = limbs.vector[turn], limbs.end[turn] - limbs.start[turn]
    dx = (grid.x - limbs.start[turn, :1])[:, None, :]
    dy = (grid.y - limbs.start[turn, 1:])[:, :, None]
    ux, uy = u[:, 0, None, None], u[:, 1, None, None]
    across = np.abs(ux * dy - uy * dx)
    if row.shape == "band":
        box = _box(limbs, turn, grid, row.width, ROUNDINGS[row.rounding] if literal else None)
        close = across < row.width if literal and row.strict else across <= row.width
        return np.asarray(box & close, np.float64)
    along = ux * dx + uy * dy
    length = np.hypot(full[:, 0], full[:, 1])[:, None, None]
    if row.shape == "triangle":
        on = (along >= 0) & (along <= length) & (across <= row.width)
        return np.asarray(np.where(on, 1 - across / row.width, 0))
    fx, fy = full[:, 0, None, None], full[:, 1, None, None]
    share = np.clip((fx * dx + fy * dy) / np.maximum(length * length, 1), 0, 1)
    squared = (dx - share * fx) ** 2 + (dy - share * fy) ** 2
    return np.asarray(np.exp(-(squared**2) / (2 * row.width**2)))


def draw(row: Field, limbs: Limbs, maps: int, grid: Grid, literal: bool) -> tuple[Floats, Bytes]:
    """Return the vectors (maps, 2, H, W) and the number of limbs in each cell (maps, H, W)."""
    merge = (literal and row.faulty_merge) or row.merge
    size = len(grid.y), len(grid.x)
    vectors, count = np.zeros((maps, 2, *size)), np.zeros((maps, *size), np.uint8)
    for turn in turns(limbs.which):
        strength = _strength(row, limbs, turn, grid, literal)
        drawn = limbs.vector[turn][:, :, None, None] * strength[:, None]
        at = limbs.which[turn]
        if merge in ("mean", "sum"):
            vectors[at] += drawn
        else:
            vectors[at] = np.where((strength > 0)[:, None], drawn, vectors[at])
        count[at] += strength > 0
    if merge in ("mean", "last/count"):
        vectors /= np.maximum(count, 1)[:, None]
    return vectors, count
