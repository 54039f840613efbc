"""Several blobs of peak 1 in one map, added up: all their centres at once, by Levenberg and Marquardt.

The map is a known function of its n centres, n being known. They start at the greatest cells of what the ones
before leave, are moved together until the sum of squares is that of the storage's rounding, and start again from
elsewhere where it is not. Centres are found as near to each other as the storage can tell them apart.
"""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.decoders.shared_maps.drawn import Drawn

ITERATIONS = 80
RESTARTS = 8
SPREAD = 0.7
"""Sigmas by which centres start elsewhere when they start again."""
DAMPING = 1e-3
LEAST_DAMPING = 1e-12
SLACK = 4.0
"""How many times its rounding the sum of squares may be."""
AT_ONCE = 1 << 22
"""Numbers of the largest array that is held."""


def centres(maps: Floats, count: Ints, drawn: Drawn) -> tuple[Floats, Bools]:
    """Find ``count`` (M,) centres in each of maps (M, H, W).

    Returns places (M, P, 2) in cells, NaN beyond a map's count, and whether (M, P) they explain the map.
    """
    seats = int(count.max(initial=1))
    places, exact = np.full((len(maps), seats, 2), np.nan), np.zeros((len(maps), seats), bool)
    values = np.where(np.isfinite(maps), maps, 0).astype(np.float64)
    for n in range(1, seats + 1):
        rows = np.flatnonzero((count == n) & (values.max(axis=(1, 2), initial=0) > 0))
        step = max(2, AT_ONCE // (2 * n * maps.shape[1] * maps.shape[2]))
        for start in range(0, len(rows), step):
            some = rows[start : start + step]
            limit = ((SLACK * (drawn.relative * values[some] + drawn.absolute)) ** 2).sum(axis=(1, 2))
            solved, cost = _solved(values[some], n, drawn, limit)
            places[some, :n] = solved
            exact[some, :n] = (cost <= limit)[:, None]
    return places, exact


def _solved(maps: Floats, n: int, drawn: Drawn, limit: Floats) -> tuple[Floats, Floats]:
    """Return the centres (M, n, 2) of least cost over all starts, and that cost (M,)."""
    start = _greedy(maps, n, drawn.sigma)
    best, cost = _descended(maps, start, drawn, limit)
    for seed in range(RESTARTS):
        live = np.flatnonzero(cost > limit)
        if not len(live):
            break
        away = np.random.default_rng(seed).normal(0, SPREAD * drawn.sigma, (n, 2))
        again, cheaper = _descended(maps[live], start[live] + away, drawn, limit[live])
        better = cheaper < cost[live]
        best[live[better]], cost[live[better]] = again[better], cheaper[better]
    return best, cost


def _profiles(places: Floats, shape: tuple[int, ...], sigma: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the Gaussians of centres (M, n, 2) along x (M, n, W) and y (M, n, H), and their slopes."""
    across = (np.arange(shape[2]) - places[..., :1]) / sigma
    down = (np.arange(shape[1]) - places[..., 1:]) / sigma
    gx, gy = np.exp(-0.5 * across * across), np.exp(-0.5 * down * down)
    return gx, gx * across / sigma, gy, gy * down / sigma


def _greedy(maps: Floats, n: int, sigma: float) -> Floats:
    """Return the cells (M, n, 2), one after the other, where most is left of the maps."""
    left = maps.copy()
    places = np.zeros((len(maps), n, 2))
    for i in range(n):
        row, column = np.divmod(left.reshape(len(maps), -1).argmax(axis=1), maps.shape[2])
        places[:, i] = np.stack([column, row], axis=1)
        gx, _, gy, _ = _profiles(places[:, i : i + 1], maps.shape, sigma)
        left -= gy[:, 0, :, None] * gx[:, 0, None, :]
    return places


def _descended(maps: Floats, start: Floats, drawn: Drawn, limit: Floats) -> tuple[Floats, Floats]:
    """Move centres (M, n, 2) downhill until their cost is below ``limit`` or does not fall any more."""
    places, damping = start.copy(), np.full(len(maps), DAMPING)
    cost = _cost(maps, places, drawn)
    live = np.flatnonzero(cost > limit / SLACK**2)
    for _ in range(ITERATIONS):
        if not len(live):
            break
        move = _step(maps[live], places[live], drawn, damping[live])
        trial = places[live] + np.clip(move, -drawn.sigma, drawn.sigma)
        after = _cost(maps[live], trial, drawn)
        better = after < cost[live]
        gone = better & (after > 0.999999 * cost[live]) & (cost[live] <= limit[live])
        places[live[better]], cost[live[better]] = trial[better], after[better]
        damping[live] = np.where(better, np.maximum(damping[live] / 5, LEAST_DAMPING), damping[live] * 4)
        stuck = (damping[live] > 1e9) | gone
        live = live[~stuck & (cost[live] > limit[live] / SLACK**2 / 100)]
    return places, cost


def _cost(maps: Floats, places: Floats, drawn: Drawn) -> Floats:
    gx, _, gy, _ = _profiles(places, maps.shape, drawn.sigma)
    rest = np.minimum(_blobs(gx, gy, drawn).sum(axis=1), drawn.clamp) - maps
    return np.asarray((rest * rest).sum(axis=(1, 2)))


def _blobs(gx: Floats, gy: Floats, drawn: Drawn) -> Floats:
    """Return the blobs (M, n, H, W) of profiles (M, n, W) and (M, n, H)."""
    blobs = gy[:, :, :, None] * gx[:, :, None, :]
    if drawn.least:
        blobs[blobs < drawn.least] = 0
    return blobs


def _step(maps: Floats, places: Floats, drawn: Drawn, damping: Floats) -> Floats:
    """Return the damped Gauss-Newton step (M, n, 2)."""
    count, n = places.shape[:2]
    gx, px, gy, py = _profiles(places, maps.shape, drawn.sigma)
    slopes = np.empty((count, n, 2, *maps.shape[1:]))
    slopes[:, :, 0] = gy[:, :, :, None] * px[:, :, None, :]
    slopes[:, :, 1] = py[:, :, :, None] * gx[:, :, None, :]
    blobs = _blobs(gx, gy, drawn)
    total = blobs.sum(axis=1)
    if drawn.least:
        slopes *= (blobs > 0)[:, :, None]
    if np.isfinite(drawn.clamp):
        slopes *= (total < drawn.clamp)[:, None, None]
    flat = slopes.reshape(count, 2 * n, -1)
    rest = (maps - np.minimum(total, drawn.clamp)).reshape(count, -1)
    matrix, right = flat @ flat.transpose(0, 2, 1), flat @ rest[..., None]
    diagonal = np.arange(2 * n)
    matrix[:, diagonal, diagonal] *= 1 + damping[:, None]
    matrix[:, diagonal, diagonal] += 1e-14
    return np.asarray(np.linalg.solve(matrix, right).reshape(count, n, 2))
