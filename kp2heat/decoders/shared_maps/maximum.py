"""Several blobs of peak 1 in one map, merged by their maximum: whose cells are whose, and so where each is.

With one sigma, d(c) = -2 sigma^2 log h(c) is the squared distance from a cell to the nearest centre. Two cells of
one owner next to each other differ in it by 2 (x - px) + 1, so three cells in an L give the centre, and their d
says whether they have one owner at all; three in a line, or two, do as well but for the side (``sides``), and cells that
do not touch by the circles round them (``scattered``). The brightest cells that no centre explains yet start the next
one, which is kept if it explains as many cells and is nowhere brighter than the map.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.decoders.shared_maps import sides
from kp2heat.decoders.shared_maps.distances import NEAR, Distances, distances, neighbour
from kp2heat.decoders.shared_maps.drawn import Drawn
from kp2heat.decoders.shared_maps.polish import EXACT, NARROWING, polished
from kp2heat.decoders.shared_maps.scattered import crossings

CORNERS = ((1, 1), (1, -1), (-1, 1), (-1, -1))
"""Which neighbours make an L with a cell: right or left, below or above."""
OWNED = 3
"""Cells that give a centre."""
SAME = 0.02
"""Cells apart within which two centres are one."""
ATTEMPTS = 4
"""Starts per centre that is looked for."""
MOST = 24
"""Unexplained cells per centre that is still looked for among scattered ones; of more, some would touch in an L.

In 600 crowded maps of up to 25 people at 28x28, 14x14 and 7x7 there were 10 at most. Where noise explains no cell, all of
them would be tried, for minutes."""


class Search(NamedTuple):
    """Maps (M, H, W) and what is known of their centres so far, which is filled in.

    wanted  (M,) centres to be found; ``number``: found
    places  (M, P, 2) in cells; ``exact`` (M, P): known to a fraction of a cell
    others  (M, P, 2) where a centre may be as well, on the other side of the line of its cells; else NaN
    left    (M, H, W) cells that no centre explains
    """

    maps: Floats
    field: Distances
    sigma: float
    wanted: Ints
    number: Ints
    places: Floats
    others: Floats
    exact: Bools
    left: Bools


def centres(maps: Floats, count: Ints, drawn: Drawn) -> tuple[Floats, Bools]:
    """Find ``count`` (M,) centres in each of maps (M, H, W): places (M, P, 2) in cells, NaN where fewer are there.

    Also says which of them (M, P) were found to a fraction of a cell; a centre with one cell of its own lies on a
    circle round it.
    """
    sigma = drawn.sigma
    field = distances(maps, sigma, drawn.relative, drawn.absolute)
    shape = len(maps), int(count.max(initial=1))
    places, exact = np.full((*shape, 2), np.nan), np.zeros(shape, bool)
    number = np.zeros(len(maps), np.int64)
    search = Search(maps, field, sigma, count, number, places, places.copy(), exact, field.known.copy())
    _look(search, *_corners(field), OWNED)
    for owned in (OWNED, OWNED - 1):
        for axis in (1, 2):
            if (number < count).any():
                _look(search, *sides.lines(field, axis, owned), owned, axis)
        if owned == OWNED:
            _look_among_scattered(search)
    _look_no_further(search)
    sides.choose(field, sigma, places, search.others, drawn.joined)
    _polish(search)
    sides.place_on_circles(field, sigma, places, exact)
    return places, exact


def _look(search: Search, x: Floats, y: Floats, possible: Bools, owned: int, line: int = 0) -> None:
    """Try the centres (x, y) that cells (M, H, W) propose, brightest cells first, and keep those that fit.

    owned: the cells that they must explain; line: the axis along which the proposing cells lie, if they do
    """
    tried = np.zeros(possible.shape, bool)
    for _ in range(ATTEMPTS * search.places.shape[1]):
        open_cells = search.left & possible & ~tried
        live = np.flatnonzero((search.number < search.wanted) & open_cells.any(axis=(1, 2)))
        if not len(live):
            return
        row, column = _greatest(search.maps[live], open_cells[live])
        tried[live, row, column] = True
        centre = np.stack([x[live, row, column], y[live, row, column]], axis=1)
        mine, good = _explained(search, live, centre, owned)
        if line:
            mirror = sides.mirrored(centre, line, row, column)
            also_mine, also_good = _explained(search, live, mirror, owned)
            only = also_good & ~good
            centre[only], mine[only] = mirror[only], also_mine[only]
            good |= also_good
        live, mine = live[good], mine[good]
        place = _refined(search.field, live, centre[good], mine, search.sigma, line)
        _keep(search, live, place, sides.other_side(place, mine & search.left[live]), mine)


def _keep(search: Search, live: Ints, place: Floats, others: Floats, mine: Bools) -> None:
    """Give places (L, 2), and those that they may be as well, to the maps ``live``, unless they are known there."""
    new = _new(search, live, place)
    kept = live[new]
    seat = kept, search.number[kept]
    search.places[seat], search.exact[seat] = place[new], True
    search.others[seat] = others[new]
    search.left[kept] &= ~mine[new]
    search.number[kept] += 1


def _look_among_scattered(search: Search) -> None:
    """Try the places that pairs of unexplained cells tell, and keep the one that explains most of them."""
    tried = np.zeros(search.left.shape, bool)
    for _ in range(ATTEMPTS * search.places.shape[1]):
        open_cells = search.left & ~tried
        missing, unexplained = search.wanted - search.number, search.left.sum(axis=(1, 2))
        live = np.flatnonzero((open_cells.sum(axis=(1, 2)) >= OWNED) & (unexplained <= MOST * missing))
        if not len(live):
            return
        row, column = _greatest(search.maps[live], open_cells[live])
        tried[live, row, column] = True
        found = crossings(search.field, search.left, live, row, column)
        among = search.field._replace(known=search.left)
        which = live[found.cell]
        place = polished(among, which, found.place, NARROWING)
        mine, good = _explained(search, which, place, OWNED)
        explained = np.where(good, (mine & search.left[which]).sum(axis=(1, 2)), 0)
        order = np.lexsort((-explained, found.cell))
        best = order[np.diff(found.cell[order], prepend=-1) > 0]
        best = best[explained[best] >= OWNED]
        _keep(
            search,
            which[best],
            place[best],
            polished(among, which[best], found.across[best], NARROWING),
            mine[best],
        )


def _polish(search: Search) -> None:
    """Move the exact centres to where all their cells say, by no more than two centres may differ and be one."""
    for seat in range(search.places.shape[1]):
        rows = np.flatnonzero(search.exact[:, seat])
        centre = search.places[rows, seat]
        better = polished(search.field, rows, centre, EXACT)
        near = (np.abs(better - centre) < SAME).all(axis=1)
        search.places[rows[near], seat] = better[near]


def _new(search: Search, live: Ints, place: Floats) -> Bools:
    """Return which places (L, 2) are not those of centres found before, as far as rounding tells."""
    away = np.abs(search.places[live] - place[:, None]).max(axis=-1)
    return np.asarray(~(away < SAME).any(axis=1))


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
        across, seen_x, slack_x = neighbour(field, 2, right)
        below, seen_y, slack_y = neighbour(field, 1, down)
        u = columns + 0.5 * right - right * (across - field.d) / 2
        v = rows + 0.5 * down - down * (below - field.d) / 2
        reach = np.abs(columns - u) + np.abs(rows - v) + 1
        off = np.abs((columns - u) ** 2 + (rows - v) ** 2 - field.d)
        off /= reach * (field.slack + slack_x + slack_y)
        off[~(field.known & seen_x & seen_y)] = np.inf
        better = off < best
        best, x, y = np.where(better, off, best), np.where(better, u, x), np.where(better, v, y)
    return x, y, best < 1


def _explained(search: Search, live: Ints, centre: Floats, owned: int) -> tuple[Bools, Bools]:
    """Return the cells (L, H, W) that each centre (L, 2) explains, and whether it may be kept."""
    field, sigma = search.field, search.sigma
    _, height, width = field.d.shape
    u = np.arange(width) - centre[:, :1]
    v = np.arange(height) - centre[:, 1:]
    squared = v[:, :, None] ** 2 + u[:, None, :] ** 2
    slack = field.slack[live] * (1 + np.sqrt(squared))
    d, known = field.d[live], field.known[live]
    mine = known & (np.abs(squared - d) <= slack)
    near = (np.abs(v) <= NEAR * sigma)[:, :, None] & (np.abs(u) <= NEAR * sigma)[:, None, :]
    brighter = (near & (~known | (squared < d - slack))).any(axis=(1, 2))
    enough = (mine & search.left[live]).sum(axis=(1, 2)) >= owned
    if owned < OWNED:
        enough &= ~sides.beyond(centre, field)
    return mine, enough & ~brighter


def _refined(field: Distances, which: Ints, centre: Floats, mine: Bools, sigma: float, line: int) -> Floats:
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
    refined = np.asarray(centre + np.linalg.solve(matrix, right[..., None])[:, 1:, 0] / 2)
    if line:
        refined[flat] = sides.refined(d[flat], weight[flat], centre[flat], line)
    return refined
