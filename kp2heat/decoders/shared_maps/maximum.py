"""Several blobs of peak 1 in one map, merged by their maximum: whose cells are whose, and so where each is.

With one sigma, d(c) = -2 sigma^2 log h(c) is the squared distance from a cell to the nearest centre. Two cells of
one owner next to each other differ in it by 2 (x - px) + 1, so three cells in an L give the centre, and their d
says whether they have one owner at all; three in a line do as well but for the side. The brightest cells that no centre explains yet start the next one, which
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


class Search(NamedTuple):
    """Maps (M, H, W) and what is known of their centres so far, which is filled in.

    wanted  (M,) centres to be found; ``number``: found
    places  (M, P, 2) in cells; ``exact`` (M, P): known to a fraction of a cell
    left    (M, H, W) cells that no centre explains
    """

    maps: Floats
    field: Distances
    sigma: float
    wanted: Ints
    number: Ints
    places: Floats
    exact: Bools
    left: Bools


def centres(
    maps: Floats, count: Ints, sigma: float, relative: float, absolute: float
) -> tuple[Floats, Bools]:
    """Find ``count`` (M,) centres in each of maps (M, H, W): places (M, P, 2) in cells, NaN where fewer are there.

    Also says which of them (M, P) were found to a fraction of a cell; a centre with fewer than three cells of
    its own is its brightest cell.
    """
    field = distances(maps, sigma, relative, absolute)
    shape = len(maps), int(count.max(initial=1))
    places, exact = np.full((*shape, 2), np.nan), np.zeros(shape, bool)
    number = np.zeros(len(maps), np.int64)
    search = Search(maps, field, sigma, count, number, places, exact, field.known.copy())
    _look(search, *_corners(field))
    for axis in (1, 2):
        for side in (1, -1):
            if (number < count).any():
                _look(search, *_lines(field, axis, side))
    _look_no_further(search)
    return places, exact


def _look(search: Search, x: Floats, y: Floats, possible: Bools) -> None:
    """Try the centres (x, y) that cells (M, H, W) propose, brightest cells first, and keep those that fit."""
    tried = np.zeros(possible.shape, bool)
    for _ in range(ATTEMPTS * search.places.shape[1]):
        open_cells = search.left & possible & ~tried
        live = np.flatnonzero((search.number < search.wanted) & open_cells.any(axis=(1, 2)))
        if not len(live):
            return
        row, column = _greatest(search.maps[live], open_cells[live])
        tried[live, row, column] = True
        centre = np.stack([x[live, row, column], y[live, row, column]], axis=1)
        mine, good = _explained(search.field, live, centre, search.left, search.sigma)
        kept = live[good]
        seat = kept, search.number[kept]
        search.places[seat] = _refined(search.field, kept, centre[good], mine[good], search.sigma)
        search.exact[seat] = True
        search.left[kept] &= ~mine[good]
        search.number[kept] += 1


def _greatest(maps: Floats, cells: Bools) -> tuple[Ints, Ints]:
    """Return row and column of the greatest of some cells of each map."""
    flat = np.where(cells, maps, -np.inf).reshape(len(maps), -1).argmax(axis=1)
    return np.divmod(flat, maps.shape[2])


def _look_no_further(search: Search) -> None:
    """Give centres that own too few cells their brightest unexplained cell."""
    for _ in range(search.places.shape[1]):
        live = np.flatnonzero((search.number < search.wanted) & search.left.any(axis=(1, 2)))
        if not len(live):
            return
        row, column = _greatest(search.maps[live], search.left[live])
        search.places[live, search.number[live]] = np.stack([column, row], axis=1)
        search.left[live, row, column] = False
        search.number[live] += 1


def _corners(field: Distances) -> tuple[Floats, Floats, Bools]:
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


def _lines(field: Distances, axis: int, side: int) -> tuple[Floats, Floats, Bools]:
    """Return of every cell the centre that it and both neighbours along an axis give, on one side of their line.

    Of three cells in a line whose squared distances have the second difference 2, the differences give the place
    along the line and what is left of a distance how far off the line the centre is, but not on which side.
    """
    _, height, width = field.d.shape
    ahead, seen_ahead, slack_ahead = _neighbour(field, axis, 1)
    behind, seen_behind, slack_behind = _neighbour(field, axis, -1)
    slack = field.slack + slack_ahead + slack_behind
    along = (behind - ahead) / 4
    away = np.sqrt(np.maximum(field.d - along**2, 0)) * side
    fits = np.abs(ahead + behind - 2 * field.d - 2) < slack * (2 + np.sqrt(np.maximum(field.d, 0)))
    possible = field.known & seen_ahead & seen_behind & fits
    columns, rows = np.arange(width), np.arange(height)[:, None]
    u, v = (along, away) if axis == 2 else (away, along)
    return columns + u, rows + v, possible


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
