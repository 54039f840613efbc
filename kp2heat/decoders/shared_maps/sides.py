"""Centres of a maximum that own cells of one line, or one cell alone: which side of it they lie on.

The squared distances of three cells in a line, or of two, give the place along the line and how far off it the centre
is. Both sides may go with all cells; then the side is taken on which all centres together fit the map better, and where
they fit equally, the one nearer to the joints that limbs join it to, by the sum of squares. One cell leaves a circle: the
middle of what the other cells allow of it is taken.
"""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.decoders.shared_maps.distances import NEAR, Distances, neighbour
from kp2heat.decoders.shared_maps.polish import NARROWING, polished

CLIP = 3.0
"""Slacks that a cell may count as off: one that is further off is as wrong as any."""
TIE = 0.25
"""Difference of squared slacks below which two places fit equally."""
ALLOWED = 1.0
"""Squared slacks more than the best place of a circle within which the others are as good."""
OUTSIDE = 2.0
"""Squared slacks that a centre beyond the map counts."""
ANGLES = 64
"""Places on a circle that are tried."""


def lines(field: Distances, axis: int, cells: int) -> tuple[Floats, Floats, Bools]:
    """Return of every cell the centre that it and neighbours along an axis give, on the side of greater coordinates.

    cells: 3, it and both neighbours, whose squared distances must have the second difference 2; or 2, it and the next
    """
    _, height, width = field.d.shape
    ahead, seen_ahead, slack_ahead = neighbour(field, axis, 1)
    if cells == 3:
        behind, seen_behind, slack_behind = neighbour(field, axis, -1)
        slack = field.slack + slack_ahead + slack_behind
        along = (behind - ahead) / 4
        fits = np.abs(ahead + behind - 2 * field.d - 2) < slack * (2 + np.sqrt(np.maximum(field.d, 0)))
        possible = field.known & seen_ahead & seen_behind & fits
    else:
        along = (field.d - ahead + 1) / 2
        slack = (field.slack + slack_ahead) * (1 + np.abs(along))
        possible = field.known & seen_ahead & (field.d - along**2 > -slack)
    away = np.sqrt(np.maximum(field.d - along**2, 0))
    columns, rows = np.arange(width), np.arange(height)[:, None]
    u, v = (along, away) if axis == 2 else (away, along)
    return columns + u, rows + v, possible


def beyond(places: Floats, field: Distances) -> Bools:
    """Return which places (..., 2) lie beyond the cells of the map, from where few joints are drawn."""
    _, height, width = field.d.shape
    return np.asarray(((places < -0.5) | (places > np.array([width, height]) - 0.5)).any(axis=-1))


def mirrored(centre: Floats, axis: int, row: Ints, column: Ints) -> Floats:
    """Return the centres (L, 2) on the other side of the line along an axis through cells (row, column)."""
    other = centre.copy()
    if axis == 2:
        other[:, 1] = 2 * row - centre[:, 1]
    else:
        other[:, 0] = 2 * column - centre[:, 0]
    return other


def other_side(centre: Floats, cells: Bools) -> Floats:
    """Return the centres (L, 2) mirrored at the row or column that holds all of their cells (L, H, W); NaN without one."""
    rows, columns = np.asarray(cells.any(axis=2)), np.asarray(cells.any(axis=1))
    other = np.full_like(centre, np.nan)
    for axis, line in ((2, rows), (1, columns)):
        alone = np.asarray(line.sum(axis=1) == 1)
        at = line[alone].argmax(axis=1)
        other[alone] = mirrored(centre[alone], axis, at, at)
    return other


def refined(d: Floats, weight: Floats, centre: Floats, axis: int) -> Floats:
    """Return the centres (L, 2) of cells in a line by weighted least squares; d, weight (L, H, W).

    Along the line d = (u - q)^2 + a^2 is linear in q and q^2 + a^2 but for u^2; the side is that of ``centre``.
    """
    along, across = (0, 1) if axis == 2 else (1, 0)
    summed = 1 if axis == 2 else 2
    w = weight.sum(axis=summed)
    line = np.rint(
        (weight.sum(axis=3 - summed) * np.arange(weight.shape[summed])).sum(axis=1) / w.sum(axis=1)
    )
    u = np.arange(w.shape[1]) - centre[:, along, None]
    value = (weight * d).sum(axis=summed) - w * u * u
    total, first, second = w.sum(axis=1), (w * u).sum(axis=1), (w * u * u).sum(axis=1)
    sums, slopes = value.sum(axis=1), (value * u).sum(axis=1)
    q = -0.5 * (slopes * total - sums * first) / (second * total - first * first)
    square = (sums + 2 * q * first) / total - q * q
    place = centre.copy()
    place[:, along] += q
    place[:, across] = line + np.sign(centre[:, across] - line) * np.sqrt(np.maximum(square, 0))
    return place


def choose(field: Distances, sigma: float, places: Floats, others: Floats, joined: Bools) -> None:
    """Move centres (M, P, 2) to their ``others`` where those fit the maps better, or as well and nearer along limbs.

    joined (C, C): which maps of a sample, M = S C of them, limbs join
    """
    tied = np.zeros(places.shape[:2], bool)
    for seat in range(places.shape[1]):
        rows = np.flatnonzero(np.isfinite(others[:, seat, 0]))
        then = places[rows]
        then[:, seat] = others[rows, seat]
        company = np.delete(then, seat, axis=1)
        here, there = (polished(field, rows, at[:, seat], NARROWING, company) for at in (places[rows], then))
        places[rows, seat], others[rows, seat], then[:, seat] = here, there, there
        gain = misfit(field, rows, places[rows], sigma) - misfit(field, rows, then, sigma)
        tied[rows, seat] = np.abs(gain) <= TIE
        better = rows[gain > TIE]
        places[better, seat] = others[better, seat]
    rows, seats = np.nonzero(tied)
    known = np.where(tied[..., None], np.nan, places).reshape(-1, len(joined), *places.shape[1:])
    nearer = _apart(known, rows, others[rows, seats], joined) < _apart(
        known, rows, places[rows, seats], joined
    )
    places[rows[nearer], seats[nearer]] = others[rows[nearer], seats[nearer]]


def _apart(known: Floats, rows: Ints, centre: Floats, joined: Bools) -> Floats:
    """Return the sum (L,) of squared distances from ``centre`` (L, 2) to the nearest centre in each map joined to its own.

    known (S, C, P, 2), NaN where there is none; rows (L,) = sample C + map
    """
    sample, channel = np.divmod(rows, known.shape[1])
    squared = ((known[sample] - centre[:, None, None]) ** 2).sum(axis=-1)
    nearest = np.where(np.isnan(squared), np.inf, squared).min(axis=2, initial=np.inf)
    return np.asarray(np.where(joined[channel] & np.isfinite(nearest), nearest, 0).sum(axis=1))


def place_on_circles(field: Distances, sigma: float, places: Floats, exact: Bools) -> None:
    """Move centres that are no more than a cell to the middle of what others leave of the circle round it."""
    angle = np.arange(ANGLES) * (2 * np.pi / ANGLES)
    turn = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    for seat in range(places.shape[1]):
        rows = np.flatnonzero(np.isfinite(places[:, seat, 0]) & ~exact[:, seat])
        cells = places[rows, seat].astype(np.int64)
        radius = np.sqrt(np.maximum(field.d[rows, cells[:, 1], cells[:, 0]], 0))
        tried = cells[:, None] + radius[:, None, None] * turn
        cost = np.empty((len(rows), ANGLES))
        for i in range(ANGLES):
            then = places[rows]
            then[:, seat] = tried[:, i]
            cost[:, i] = misfit(field, rows, then, sigma)
        good = (cost <= cost.min(axis=1, keepdims=True) + ALLOWED)[..., None]
        places[rows, seat] = (tried * good).sum(axis=1) / good.sum(axis=1)


def misfit(field: Distances, rows: Ints, places: Floats, sigma: float) -> Floats:
    """(L,) how badly centres (L, P, 2) fit the maps of ``rows``: squared slacks by which cells are off, summed."""
    _, height, width = field.d.shape
    u = np.arange(width) - places[..., :1]
    v = np.arange(height) - places[..., 1:]
    squared = v[..., :, None] ** 2 + u[..., None, :] ** 2
    squared[np.isnan(squared)] = np.inf
    near = (np.abs(v) <= NEAR * sigma)[..., :, None] & (np.abs(u) <= NEAR * sigma)[..., None, :]
    nearest = squared.min(axis=1, initial=np.inf)
    off = np.abs(nearest - field.d[rows]) / (field.slack[rows] * (1 + np.sqrt(nearest)))
    off = np.where(field.known[rows], np.minimum(off, CLIP), np.where(near.any(axis=1), CLIP, 0))
    return np.asarray((off * off).sum(axis=(1, 2)) + OUTSIDE * beyond(places, field).sum(axis=1))
