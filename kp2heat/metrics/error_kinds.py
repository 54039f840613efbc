"""What kind of error a joint has: Ronchi & Perona 2017, "Benchmarking and Error Diagnosis" (coco-analyze)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.contracts import Scores
from kp2heat.metrics.columns import mean
from kp2heat.metrics.neighbours import rows_of
from kp2heat.metrics.oks import areas, similarity
from kp2heat.metrics.pairs import Pairs
from kp2heat.metrics.sigmas import sigmas_of

KINDS = ("good", "jitter", "inversion", "swap", "miss")
NEAR, CLOSE = 0.5, 0.85
"""Similarities from which a joint is near a place, and as good as on it."""

CHUNK = 1024
"""Instances compared at a time: bounds the memory of the (instances, neighbours, joints) comparison."""


def kinds(pairs: Pairs, sigmas: str | Sequence[float] = "") -> Scores:
    """Shares of the scored joints by kind of error.

    A predicted joint is compared, by its similarity exp(-d^2 / (2 s^2 k^2)), with its own place and its mirror
    partner's, on this instance and on all others of the image (with their own areas); the most similar
    place decides, its own where they tie.

    ========== =====================================================================================
    good       its own place, similarity at least 0.85
    jitter     its own place, 0.5 to 0.85
    inversion  the place of its mirror partner on the same instance, at least 0.5
    swap       the place of this joint or its partner on another instance, at least 0.5
    miss       nowhere: below 0.5 everywhere
    ========== =====================================================================================

    ``undetected`` joints have no prediction; ``count`` is all of them. Instances without an area (or a box
    that stands in for it) are left out.
    """
    kind, counted = kinds_of_joints(pairs, sigmas_of(pairs.skeleton, sigmas))
    which = {name: kind == code for code, name in enumerate(KINDS)} | {"undetected": counted & (kind < 0)}
    overall = {"count": float(counted.sum())}
    joints = {"count": counted.sum(axis=0).astype(float)}
    for name, mask in which.items():
        overall[name] = float(mean(mask.ravel(), counted.ravel()))
        joints[name] = mean(mask, counted)
    return Scores(overall, joints)


def kinds_of_joints(pairs: Pairs, sigmas: Floats) -> tuple[NDArray[np.int8], Bools]:
    """((N, K) numbers of :data:`KINDS`, -1 where undetected or not scored; (N, K) which are counted)."""
    area, _ = areas(pairs.area, pairs.bbox)
    counted = pairs.scored & np.isfinite(area)[:, None]
    kind = np.full(counted.shape, -1, np.int8)
    for rows in _chunks(len(pairs)):
        own, best, where = _nearest(pairs, area, sigmas, rows)
        conditions = [best < NEAR, own >= best, where == 1]
        judged = np.select(conditions, [4, np.where(own >= CLOSE, 0, 1), 2], 3)
        kind[rows] = np.where(counted[rows] & pairs.found[rows], judged, -1)
    return kind, counted


def _chunks(count: int) -> Iterator[Ints]:
    for start in range(0, count, CHUNK):
        yield np.arange(start, min(start + CHUNK, count))


def _nearest(pairs: Pairs, area: Floats, sigmas: Floats, rows: Ints) -> tuple[Floats, Floats, Ints]:
    """(rows, K): similarity to the own place, the greatest to any, and where: 0 own, 1 partner, 2 or 3 others."""
    _, image = np.unique(pairs.image, return_inverse=True)
    table = rows_of(image, int(image.max(initial=0)) + 1)[image[rows]]
    others = np.where(table == rows[:, None], -1, table)
    swap = np.asarray(pairs.skeleton.swap)
    alone = rows[:, None]
    partner = _similar(pairs, area, sigmas, rows, alone, swap).max(axis=1)
    places = np.stack([
        _similar(pairs, area, sigmas, rows, alone).max(axis=1),
        np.where(swap == np.arange(len(swap)), 0.0, partner),
        _similar(pairs, area, sigmas, rows, others).max(axis=1),
        _similar(pairs, area, sigmas, rows, others, swap).max(axis=1),
    ])  # fmt: skip
    return places[0], places.max(axis=0), places.argmax(axis=0)


def _similar(
    pairs: Pairs,
    area: Floats,
    sigmas: Floats,
    rows: Ints,
    near: Ints,
    joints: Ints | slice = slice(None),
) -> Floats:
    """(rows, G, K): similarity of each prediction to these joints of the instances ``near`` (rows, G), -1 = none."""
    truth = pairs.truth[near][:, :, joints]
    squared = ((pairs.predicted[rows, None] - truth) ** 2).sum(axis=-1)
    real = (near >= 0)[..., None] & pairs.labelled[near][:, :, joints] & np.isfinite(area)[near][..., None]
    return np.where(real & np.isfinite(squared), similarity(squared, area[near], sigmas), 0.0)
