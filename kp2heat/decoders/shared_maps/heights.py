"""Blobs of known sigma and unknown height that share a map: centres and heights at once, by Levenberg and Marquardt.

For a network's maps, whose blobs are not of peak 1. The map is the sum of the blobs, cut at 1 or not, or their maximum,
where every cell belongs to the blob that is greatest there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kp2heat.arrays import Floats

ITERATIONS = 25
DAMPING, LEAST_DAMPING, MOST_DAMPING = 1e-3, 1e-9, 1e6
STRIDE = 0.7
"""Longest single step of a centre, in sigmas."""
BEYOND = 1.0
"""Cells beyond a side of the map within which centres stay: a rounded one may be a cell away."""
STILL = 1e-3
"""Cells: a shorter step ends the descent."""
AT_ONCE = 1 << 22
"""Numbers of the largest array that is held."""


class Fit(NamedTuple):
    """Blobs (M, n, 3) of M maps: x and y in cells, height; and the sum of squares (M,) that they leave."""

    blobs: Floats
    cost: Floats


def fitted(maps: Floats, start: Floats, sigma: float, merge: str) -> Fit:
    """Move blobs (M, n, 3) of maps (M, H, W) until their cost falls no more; no map depends on the others."""
    n = start.shape[1]
    step = max(1, AT_ONCE // (3 * n * maps.shape[1] * maps.shape[2]))
    parts = [
        _descended(maps[i : i + step], start[i : i + step], sigma, merge) for i in range(0, len(maps), step)
    ]
    if not parts:
        return Fit(start, np.zeros(len(maps)))
    return Fit(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def drawn(shape: tuple[int, ...], blobs: Floats, sigma: float, merge: str) -> Floats:
    """Return the maps (M, H, W) that blobs (M, n, 3) make."""
    return _with_slopes(shape, blobs, sigma, merge)[0]


def _with_slopes(shape: tuple[int, ...], blobs: Floats, sigma: float, merge: str) -> tuple[Floats, Floats]:
    """Return the maps (M, H, W) that blobs (M, n, 3) make, and their slopes (M, 3 n, H W) by x, y and height."""
    across = (np.arange(shape[2]) - blobs[..., :1]) / sigma
    down = (np.arange(shape[1]) - blobs[..., 1:2]) / sigma
    gx, gy = np.exp(-0.5 * across * across)[:, :, None], np.exp(-0.5 * down * down)[..., None]
    height = blobs[..., 2][..., None, None]
    unit = gy * gx
    parts = height * unit
    slopes = np.stack([parts * (across / sigma)[:, :, None], parts * (down / sigma)[..., None], unit], axis=2)
    if merge == "max":
        greatest = parts.argmax(axis=1)[:, None] == np.arange(blobs.shape[1])[:, None, None]
        slopes *= greatest[:, :, None]
        maps = parts.max(axis=1)
    else:
        maps = parts.sum(axis=1)
    if merge == "sum-clamp":
        slopes *= (maps < 1)[:, None, None]
        maps = np.minimum(maps, 1)
    return maps, slopes.reshape(len(blobs), -1, shape[1] * shape[2])


def _descended(maps: Floats, start: Floats, sigma: float, merge: str) -> Fit:
    blobs, damping = start.copy(), np.full(len(maps), DAMPING)
    rest = maps - drawn(maps.shape, blobs, sigma, merge)
    cost = _squares(rest)
    live = np.arange(len(maps))
    for _ in range(ITERATIONS):
        if not len(live):
            break
        now, slopes = _with_slopes(maps[live].shape, blobs[live], sigma, merge)
        move = _step((maps[live] - now).reshape(len(live), -1), slopes, damping[live])
        move[..., :2] = np.clip(move[..., :2], -STRIDE * sigma, STRIDE * sigma)
        trial = blobs[live] + move
        trial[..., :2] = np.clip(trial[..., :2], -BEYOND, np.array(maps.shape[:0:-1]) - 1 + BEYOND)
        after = _squares(maps[live] - drawn(maps[live].shape, trial, sigma, merge))
        better = after < cost[live]
        blobs[live[better]], cost[live[better]] = trial[better], after[better]
        damping[live] = np.where(better, np.maximum(damping[live] / 5, LEAST_DAMPING), damping[live] * 5)
        rested = better & (np.abs(move[..., :2]).max(axis=(1, 2)) < STILL)
        live = live[~rested & (damping[live] < MOST_DAMPING)]
    return Fit(blobs, cost)


def _squares(rest: Floats) -> Floats:
    return np.asarray((rest * rest).reshape(len(rest), -1).sum(axis=1))


def _step(rest: Floats, slopes: Floats, damping: Floats) -> Floats:
    """Return the damped Gauss-Newton step (L, n, 3) from what is left (L, H W) and the slopes (L, 3 n, H W)."""
    matrix = slopes @ slopes.transpose(0, 2, 1)
    right = slopes @ rest[..., None]
    diagonal = np.arange(matrix.shape[1])
    matrix[:, diagonal, diagonal] *= 1 + damping[:, None]
    matrix[:, diagonal, diagonal] += 1e-12
    return np.asarray(np.linalg.solve(matrix, right).reshape(len(rest), -1, 3))
