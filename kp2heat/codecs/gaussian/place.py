"""The maps of a convention as blobs that are not painted yet, where every map holds at most one."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial
from math import inf
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat import gaussian
from kp2heat.arrays import Bools, Ints
from kp2heat.codecs.gaussian.blobs import (
    Blobs,
    find_blobs,
    find_centres,
    find_windows,
    floor,
    has_value,
    patches,
)
from kp2heat.codecs.gaussian.convention import Convention
from kp2heat.codecs.gaussian.draw import chosen_row
from kp2heat.contracts import Level
from kp2heat.scene import Scene
from kp2heat.sparse import MOST_KINDS, BlobKinds, PlacedBlobs

WHOLE = ("nearest", "floor", "trunc", "matlab")
"""Roundings after which centres are whole cells."""


def place(
    convention: Convention,
    scene: Scene,
    level: Level,
    dtype: DTypeLike = np.float32,
    *,
    scale: float = 1.0,
    **params: Any,
) -> PlacedBlobs | BlobKinds | None:
    """Return the blobs of ``draw.encode`` before they are painted; None where a map holds several."""
    row = chosen_row(convention, **params)
    if row.mask or row.groups or not scene.one_per_sample or row.empty != "zero" or row.composed:
        return None
    if _few_kinds(row, level):
        return _kinds(row, scene, level)
    blobs = find_blobs(row, scene, level)
    if row.cut is None and row.shape == "gaussian" and row.peak == "one":
        everywhere = np.full_like(blobs.centre, np.inf)
        faintest = gaussian.least(dtype, scale)
        narrow = gaussian.windows(blobs.centre, blobs.sigma, -everywhere, everywhere, level.size, faintest)
        blobs = replace(blobs, windows=narrow, shown=has_value(row, narrow, blobs.sigma))
    blobs = blobs if blobs.shown.all() else blobs.take(blobs.shown)
    return _placed(row, blobs, level, scene.per_sample(blobs.weight))


def _placed(row: Convention, blobs: Blobs, level: Level, weights: NDArray[np.float32]) -> PlacedBlobs:
    first, last = gaussian.extent(blobs.windows.y)
    products = row.shape == "gaussian" and blobs.peak is None
    return PlacedBlobs(
        maps=blobs.maps,
        index=blobs.index,
        origin=blobs.windows.y0 * level.size[0] + blobs.windows.x0,
        window=(blobs.windows.x.shape[1], blobs.windows.y.shape[1]),
        first=first,
        last=last,
        patches=lambda which: patches(row, blobs.take(which)),
        weights=weights,
        profiles=(lambda which: (blobs.windows.y[which], blobs.windows.x[which])) if products else None,
        floor=floor(row),
    )


def _few_kinds(row: Convention, level: Level) -> bool:
    """Return whether maps are known by the cell of their centre, and there are not too many cells."""
    whole = row.rounding in WHOLE and not row.published and row.sigma_from == "level" and row.peak == "one"
    return whole and row.cut is not None and _centre_grid(row, level)[2] <= MOST_KINDS


def _centre_grid(row: Convention, level: Level) -> tuple[int, int, int]:
    """Return the grid of all centres from which a blob reaches the map.

    These are the cells beyond each side, the columns of the grid, and the number of kinds.
    """
    beyond = int((inf if row.cut is None else row.cut) * level.sigma) + 2
    columns, rows = (cells + 2 * beyond for cells in level.size)
    return beyond, columns, 1 + rows * columns


def _kinds(row: Convention, scene: Scene, level: Level) -> BlobKinds:
    """Return the blobs by kind; kinds count the cells of the grid of centres from 1."""
    centres = find_centres(row, scene, level)
    beyond, columns, kinds = _centre_grid(row, level)
    column, line = centres.centre.T + beyond
    near = (column >= 0) & (column < columns) & (line >= 0) & (line < (kinds - 1) // columns)
    kind = np.where(near, 1 + line * columns + column, 0).astype(np.int64)
    seen = _seen_kinds(row, level)[kind]
    centres.drop_weight(row, ~seen)
    weights = scene.per_sample(centres.weight)
    placed = partial(_placed_kinds, row, level)
    return BlobKinds(centres.maps, centres.index[seen], kind[seen], kinds, weights, placed)


def _placed_kinds(row: Convention, level: Level, kind: Ints) -> PlacedBlobs:
    blobs = _blobs_of_kinds(row, level, kind)
    return _placed(row, blobs, level, blobs.weight)


def _blobs_of_kinds(row: Convention, level: Level, kind: Ints) -> Blobs:
    """Return the blobs of these kinds, each in a map of its own."""
    beyond, columns, _ = _centre_grid(row, level)
    line, column = np.divmod(kind - 1, columns)
    sigma = np.full(len(kind), level.sigma)
    corner = np.stack([column, line], axis=1) - float(beyond)
    centre, windows = find_windows(row, corner, sigma, level)
    shown = has_value(row, windows, sigma)
    no_weights = np.zeros((0, 0), np.float32)
    return Blobs(len(kind), np.arange(len(kind)), centre, sigma, None, windows, shown, no_weights)


@lru_cache(maxsize=8)
def _seen_kinds(row: Convention, level: Level) -> Bools:
    """Return (kinds,): whether blobs of this kind have a value in their map."""
    kinds = np.arange(1, _centre_grid(row, level)[2])
    return np.concatenate([[False], _blobs_of_kinds(row, level, kinds).shown])
