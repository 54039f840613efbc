"""``shared-peaks``: the blobs of a network's maps that several landmarks share, their number found from the map.

Blobs are added one by one. Each time the next one starts where most of the map is unexplained, and, in a second fit, as
one half of the highest blob, split along its longer axis, for two landmarks nearer than a blob is wide make one peak. The
better of both is kept if every blob has at least ``share`` of the highest one's height, no two centres are nearer than
APART sigmas, and the sum of squares falls to FALLS of what it was or below.

FALLS and the default share were chosen on sums and maxima of a network's maps of single joints (README.md).
"""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement.peak_cells import stack
from kp2heat.decoders.shared_maps.heights import Fit, drawn, fitted
from kp2heat.decoders.shared_maps.split import MERGES
from kp2heat.errors import SpecError, check_choice
from kp2heat.peaks import Peaks

FALLS = 0.85
APART = 0.5
"""Sigmas between two centres at least."""
WINDOW = 1.5
"""Width of the weights under which a blob's longer axis is measured, in sigmas."""
HALF_WAY = 0.6
"""Sigmas by which the halves of a blob start from its centre."""
HALF_HEIGHT = 1.6
"""Height of a blob over that of its halves at the start."""


def decode(
    planes: Planes,
    level: Level,
    *,
    merge: str = "max",
    top: int = 20,
    threshold: float = 0.0,
    share: float = 0.3,
) -> Peaks:
    """Return the centres (N, C, P, 2) of the blobs of maps (N, C, H, W), highest first; NaN where a map holds fewer.

    merge: how the labels merged their blobs; top: the most blobs P per map; threshold: the height a blob must exceed. A
    score is the blob's height.

    >>> from kp2heat.frame import alignment
    >>> level = Level((12, 9), 1.5, alignment("half-pixel", (48, 36), (12, 9)))
    >>> x, y = np.arange(12), np.arange(9)[:, None]
    >>> blobs = [a * np.exp(-((x - u) ** 2 + (y - v) ** 2) / 4.5) for a, u, v in ((0.8, 4.2, 3.5), (0.6, 6.4, 4.1))]
    >>> found = decode({"heatmaps": (blobs[0] + blobs[1])[None, None]}, level, merge="sum", top=3)
    >>> found.xy[0, 0].round(2).tolist(), found.score.round(2).tolist()
    ([[4.2, 3.5], [6.4, 4.1], [nan, nan]], [[[0.8, 0.6, 0.0]]])
    """
    check_choice("merge", merge, MERGES)
    if not 0 < share <= 1:
        raise SpecError(
            "share", f"{share} is not above 0 and at most 1", "give the share of the highest blob"
        )
    n, channels, _, _ = planes["heatmaps"].shape
    maps = stack(planes["heatmaps"]).astype(np.float64)
    maps = np.where(np.isfinite(maps), maps, 0)
    blobs = _grown(maps, level.sigma, merge, top, share)
    blobs[~(blobs[..., 2] > threshold)] = np.nan
    order = np.argsort(-np.nan_to_num(blobs[..., 2]), axis=1, kind="stable")
    blobs = np.take_along_axis(blobs, order[..., None], 1).reshape(n, channels, top, 3)
    score = np.nan_to_num(blobs[..., 2])
    return Peaks(blobs[..., :2], score, score > 0, "cell")


def _grown(maps: Floats, sigma: float, merge: str, top: int, share: float) -> Floats:
    """Return the blobs (M, top, 3) of maps (M, H, W), NaN beyond those that were accepted."""
    out = np.full((len(maps), top, 3), np.nan)
    live = np.flatnonzero(maps.max(axis=(1, 2), initial=0) > 0)
    values, blobs, cost = maps[live], np.zeros((len(live), 0, 3)), np.full(len(live), np.inf)
    for count in range(1, top + 1):
        if not len(live):
            break
        fit = fitted(values, _with_rest(values, blobs, sigma, merge), sigma, merge)
        if count > 1:
            fit = _better(fit, fitted(values, _with_halves(values, blobs, sigma), sigma, merge))
        kept = _acceptable(fit, sigma, share) & (fit.cost < FALLS * cost)
        live, values, blobs, cost = live[kept], values[kept], fit.blobs[kept], fit.cost[kept]
        out[live, :count] = blobs
    return out


def _better(one: Fit, other: Fit) -> Fit:
    """Return, map by map, the fit of less cost."""
    less = other.cost < one.cost
    return Fit(np.where(less[:, None, None], other.blobs, one.blobs), np.where(less, other.cost, one.cost))


def _acceptable(fit: Fit, sigma: float, share: float) -> Bools:
    """Return which maps' blobs (M, n, 3) are all high enough, and far enough from each other."""
    height, places = fit.blobs[..., 2], fit.blobs[..., :2]
    gaps = np.linalg.norm(places[:, :, None] - places[:, None], axis=-1)
    gaps[:, *np.diag_indices(height.shape[1])] = np.inf
    high = (height > 0).all(axis=1) & (height.min(axis=1) >= share * height.max(axis=1))
    return np.asarray(high & (gaps.min(axis=(1, 2)) >= APART * sigma))


def _with_rest(maps: Floats, blobs: Floats, sigma: float, merge: str) -> Floats:
    """Return the blobs (M, n, 3) and one more at the greatest cell of what they leave of the maps."""
    rest = maps - drawn(maps.shape, blobs, sigma, merge) if blobs.shape[1] else maps
    flat = rest.reshape(len(maps), -1)
    cell = flat.argmax(axis=1)
    y, x = np.divmod(cell, maps.shape[2])
    more = np.stack([x, y, flat[np.arange(len(maps)), cell]], axis=1)
    return np.concatenate([blobs, more[:, None]], axis=1)


def _with_halves(maps: Floats, blobs: Floats, sigma: float) -> Floats:
    """Return the blobs (M, n, 3) with the highest split in two along the longer axis of the map round it."""
    rows, highest = np.arange(len(maps)), blobs[..., 2].argmax(axis=1)
    whole = blobs[rows, highest]
    x, y = np.arange(maps.shape[2]) - whole[:, :1], np.arange(maps.shape[1]) - whole[:, 1:2]
    near = (
        np.exp(-0.5 * (x / (WINDOW * sigma)) ** 2)[:, None]
        * np.exp(-0.5 * (y / (WINDOW * sigma)) ** 2)[..., None]
    )
    weight = np.maximum(maps, 0) * near
    xx, yy = (weight * (x * x)[:, None]).sum(axis=(1, 2)), (weight * (y * y)[..., None]).sum(axis=(1, 2))
    xy = (weight * x[:, None] * y[..., None]).sum(axis=(1, 2))
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    away = HALF_WAY * sigma * np.stack([np.cos(angle), np.sin(angle), np.zeros(len(maps))], axis=1)
    half = whole * [1, 1, 1 / HALF_HEIGHT]
    halves = np.concatenate([blobs, (half - away)[:, None]], axis=1)
    halves[rows, highest] = half + away
    return halves


DECODER = Decoder(
    "shared-peaks",
    decode,
    "blobs of known sigma in a network's shared maps, as many as the map shows: Levenberg-Marquardt",
)
