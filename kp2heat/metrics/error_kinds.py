"""Kinds of localisation errors: Ronchi & Perona 2017, "Benchmarking and Error Diagnosis" (coco-analyze)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.contracts import Scores
from kp2heat.metrics.columns import mean
from kp2heat.metrics.oks import areas, similarity
from kp2heat.metrics.pairing.neighbours import rows_of
from kp2heat.metrics.pairing.pairs import Pairs
from kp2heat.metrics.sigmas import sigmas_of

KINDS = ("good", "jitter", "inversion", "swap", "miss")
NEAR, CLOSE = 0.5, 0.85
"""Least similarities of a joint that is near a position, and of one that is good."""

CHUNK = 1024
"""Instances compared at a time: bounds the memory of the (instances, neighbours, joints) comparison."""


def kinds(pairs: Pairs, sigmas: str | Sequence[float] = "") -> Scores:
    """Return the shares of the scored joints by kind of error.

    The similarity exp(-d^2 / (2 s^2 k^2)) compares a predicted joint with its true position and that of its
    mirror partner, on this instance and on all others of the image (each with its area). The most similar
    position decides; in a tie the joint's true position wins.

    ========== =====================================================================================
    good       its true position, similarity at least 0.85
    jitter     its true position, 0.5 to 0.85
    inversion  the position of its mirror partner on the same instance, at least 0.5
    swap       the position of this joint or its partner on another instance, at least 0.5
    miss       below 0.5 at all positions
    ========== =====================================================================================

    ``undetected`` joints have no prediction; ``count`` is the number of all scored joints. Instances with
    neither area nor box are skipped.

    >>> from kp2heat.skeleton import Skeleton
    >>> truth = np.array([[[10.0, 10.0], [50.0, 10.0]]])
    >>> eyes = Skeleton(("left_eye", "right_eye"), sigmas=(0.05, 0.05))
    >>> kinds(Pairs(eyes, truth, truth[:, ::-1], np.full((1, 2), 2), area=np.array([900.0]))).overall["inversion"]
    1.0
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
    """Return (N, K) indices into :data:`KINDS`, -1 where undetected or not scored, and the (N, K) mask of counted joints."""
    area, _ = areas(pairs.area, pairs.bbox)
    counted = pairs.scored & np.isfinite(area)[:, None]
    kind = np.full(counted.shape, -1, np.int8)
    for start in range(0, len(pairs), CHUNK):
        rows = np.arange(start, min(start + CHUNK, len(pairs)))
        correct, best, where = _nearest(pairs, area, sigmas, rows)
        conditions = [best < NEAR, correct >= best, where == 1]
        judged = np.select(conditions, [4, np.where(correct >= CLOSE, 0, 1), 2], 3)
        kind[rows] = np.where(counted[rows] & pairs.found[rows], judged, -1)
    return kind, counted


def _nearest(pairs: Pairs, area: Floats, sigmas: Floats, rows: Ints) -> tuple[Floats, Floats, Ints]:
    """Return (rows, K) similarities to the true position, the greatest to any position, and which one that is.

    0 is the joint's true position, 1 its partner's, 2 and 3 are those of other instances.
    """
    _, image = np.unique(pairs.image, return_inverse=True)
    table = rows_of(image, int(image.max(initial=0)) + 1)[image[rows]]
    others = np.where(table == rows[:, None], -1, table)
    swap = np.asarray(pairs.skeleton.swap)
    alone = rows[:, None]
    partner = _similar(pairs, area, sigmas, rows, alone, swap).max(axis=1)
    places = np.stack(
        [
            _similar(pairs, area, sigmas, rows, alone).max(axis=1),
            np.where(swap == np.arange(len(swap)), 0.0, partner),
            _similar(pairs, area, sigmas, rows, others).max(axis=1),
            _similar(pairs, area, sigmas, rows, others, swap).max(axis=1),
        ]
    )
    return places[0], places.max(axis=0), places.argmax(axis=0)


def _similar(
    pairs: Pairs, area: Floats, sigmas: Floats, rows: Ints, near: Ints, joints: Ints | slice = slice(None)
) -> Floats:
    """Return the (rows, G, K) similarity of each prediction to these joints of the instances ``near`` (rows, G), -1 = none."""
    truth = pairs.truth[near][:, :, joints]
    squared = ((pairs.predicted[rows, None] - truth) ** 2).sum(axis=-1)
    real = (near >= 0)[..., None] & pairs.labelled[near][:, :, joints] & np.isfinite(area)[near][..., None]
    return np.where(real & np.isfinite(squared), similarity(squared, area[near], sigmas), 0.0)
