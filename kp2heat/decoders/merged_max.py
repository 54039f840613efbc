"""Several blobs of peak 1 in one map, merged by their maximum: whose cells are whose, and so where each is.

With one sigma, d(c) = -2 sigma^2 log h(c) is the squared distance from a cell to the nearest centre. Two cells of
one owner next to each other differ in it by 2 (x - px) + 1, so three cells in an L give the centre, and their d
says whether they have one owner at all. The brightest cells that no centre explains yet start the next one, which
is kept if it explains three cells or more and is nowhere brighter than the map.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kp2heat.arrays import Bools, Floats, Ints

CORNERS = ((1, 1), (1, -1), (-1, 1), (-1, -1))
"""Which neighbours make an L with a cell: right or left, below or above."""
OWNED = 3
"""Cells that give a centre."""
SLACK = 6.0
"""How many times its rounding a cell may be off."""
NEAR = 2.0
"""Sigmas round a centre within which its blob must be in the map; published maps are cut off further out."""
ATTEMPTS = 4
"""Starts per centre that is looked for."""


class Distances(NamedTuple):
    """Squared distances d (M, H, W) to the nearest centre, in cells, and how far rounding may have moved them."""

    d: Floats
    slack: Floats
    known: Bools


def distances(maps: Floats, sigma: float, relative: float, absolute: float) -> Distances:
    """Return the distances that maps (M, H, W) tell, stored to ``relative`` and ``absolute`` precision."""
    known = np.isfinite(maps) & (maps > absolute)
    h = np.where(known, maps, 1.0).astype(np.float64)
    slack = 2 * sigma * sigma * SLACK * (relative + absolute / h)
    return Distances(-2 * sigma * sigma * np.log(h), slack, known)


def centres(
    maps: Floats, count: Ints, sigma: float, relative: float, absolute: float
) -> tuple[Floats, Bools]:
    """Find ``count`` (M,) centres in each of maps (M, H, W): places (M, P, 2) in cells, NaN where fewer are there.

    Also says which of them (M, P) were found to a fraction of a cell; a centre with fewer than three cells of
    its own is its brightest cell.
    """
    field = distances(maps, sigma, relative, absolute)
    seats = int(count.max(initial=1))
    places = np.full((len(maps), seats, 2), np.nan)
    exact = np.zeros((len(maps), seats), bool)
    left, tried = field.known.copy(), np.zeros(maps.shape, bool)
    number = np.zeros(len(maps), np.int64)
    x, y, possible = _candidates(field)
    for _ in range(ATTEMPTS * seats):
        open_cells = left & possible & ~tried
        live = np.flatnonzero((number < count) & open_cells.any(axis=(1, 2)))
        if not len(live):
            break
        cell = np.where(open_cells[live], maps[live], -np.inf).reshape(len(live), -1).argmax(axis=1)
        row, column = np.divmod(cell, maps.shape[2])
        tried[live, row, column] = True
        centre = np.stack([x[live, row, column], y[live, row, column]], axis=1)
        mine, good = _explained(field, live, centre, left, sigma)
        kept = live[good]
        places[kept, number[kept]] = _refined(field, kept, centre[good], mine[good], sigma)
        exact[kept, number[kept]] = True
        left[kept] &= ~mine[good]
        number[kept] += 1
    _brightest(maps, left, count, number, places)
    return places, exact


def _candidates(field: Distances) -> tuple[Floats, Floats, Bools]:
    """Return of every cell the centre that it and two neighbours give, and whether their distances agree."""
    _, height, width = field.d.shape
    columns, rows = np.arange(width), np.arange(height)[:, None]
    best = np.full(field.d.shape, np.inf)
    x, y = np.zeros(field.d.shape), np.zeros(field.d.shape)
    for right, down in CORNERS:
        across, seen_x, slack_x = _neighbour(field, 2, right)
        below, seen_y, slack_y = _neighbour(field, 1, down)
        u = columns + 0.5 * right - right * (across - field.d) / 2
        v = rows + 0.5 * down - down * (below - field.d) / 2
        reach = np.abs(columns - u) + np.abs(rows - v) + 1
        off = np.abs((columns - u) ** 2 + (rows - v) ** 2 - field.d)
        off /= reach * (field.slack + slack_x + slack_y)
        off[~(field.known & seen_x & seen_y)] = np.inf
        better = off < best
        best, x, y = np.where(better, off, best), np.where(better, u, x), np.where(better, v, y)
    return x, y, best < 1


def _neighbour(field: Distances, axis: int, step: int) -> tuple[Floats, Bools, Floats]:
    """Return distance, known and slack of each cell's neighbour along an axis; beyond the side it is not known."""
    d, slack = (np.roll(values, -step, axis) for values in (field.d, field.slack))
    known = np.roll(field.known, -step, axis)
    edge: list[slice | int] = [slice(None)] * 3
    edge[axis] = -1 if step > 0 else 0
    known[tuple(edge)] = False
    return d, known, slack


def _explained(
    field: Distances, live: Ints, centre: Floats, left: Bools, sigma: float
) -> tuple[Bools, Bools]:
    """Return the cells (L, H, W) that each centre (L, 2) explains, and whether it may be kept."""
    _, height, width = field.d.shape
    u = np.arange(width) - centre[:, :1]
    v = np.arange(height) - centre[:, 1:]
    squared = v[:, :, None] ** 2 + u[:, None, :] ** 2
    slack = field.slack[live] * (1 + np.sqrt(squared))
    d, known = field.d[live], field.known[live]
    mine = known & (np.abs(squared - d) <= slack)
    near = (np.abs(v) <= NEAR * sigma)[:, :, None] & (np.abs(u) <= NEAR * sigma)[:, None, :]
    brighter = (near & (~known | (squared < d - slack))).any(axis=(1, 2))
    enough = (mine & left[live]).sum(axis=(1, 2)) >= OWNED
    return mine, enough & ~brighter


def _refined(field: Distances, which: Ints, centre: Floats, mine: Bools, sigma: float) -> Floats:
    """Return the centres (L, 2) by weighted least squares over their cells: |c|^2 - d is linear in the place."""
    _, height, width = field.d.shape
    u = np.broadcast_to((np.arange(width) - centre[:, :1])[:, None, :], mine.shape)
    v = np.broadcast_to((np.arange(height) - centre[:, 1:])[:, :, None], mine.shape)
    d = field.d[which]
    weight = np.where(mine, np.exp(-d / (sigma * sigma)), 0)
    value = u * u + v * v - d
    basis = (np.ones(mine.shape), u, v)
    matrix = np.empty((len(which), 3, 3))
    right = np.empty((len(which), 3))
    for i, a in enumerate(basis):
        right[:, i] = (weight * a * value).sum(axis=(1, 2))
        for j, b in enumerate(basis):
            matrix[:, i, j] = (weight * a * b).sum(axis=(1, 2))
    det = np.linalg.det(matrix)
    flat = ~(det > 1e-9 * matrix[:, 0, 0] * matrix[:, 1, 1] * matrix[:, 2, 2])
    matrix[flat], right[flat] = np.eye(3), 0
    return np.asarray(centre + np.linalg.solve(matrix, right[..., None])[:, 1:, 0] / 2)


def _brightest(maps: Floats, left: Bools, count: Ints, number: Ints, places: Floats) -> None:
    """Give centres that own too few cells their brightest unexplained cell, in place."""
    for _ in range(places.shape[1]):
        live = np.flatnonzero((number < count) & left.any(axis=(1, 2)))
        if not len(live):
            return
        cell = np.where(left[live], maps[live], -np.inf).reshape(len(live), -1).argmax(axis=1)
        row, column = np.divmod(cell, maps.shape[2])
        places[live, number[live]] = np.stack([column, row], axis=1)
        left[live, row, column] = False
        number[live] += 1
