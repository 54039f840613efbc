"""End-point error: the distance and direction of predictions from the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.contracts import Scores
from kp2heat.metrics.columns import quantiles
from kp2heat.metrics.pairing.pairs import Pairs

PERCENTILES = (50, 75, 90, 95, 99, 100)
SPECIAL: Mapping[float, str] = {50: "median", 100: "max"}
COUNTS = ("count", "missed")
"""Names of the numbers that are not lengths."""


class Group(NamedTuple):
    """One group of joints of a tally.

    within  (P,) bool: which of the predicted joints belong to it
    scored  the number of scored joints
    offset  (2,) float64: the sum of prediction - truth
    """

    within: Bools
    scored: int
    offset: Floats


class Tally(NamedTuple):
    """Errors of a batch of instances with P predicted joints.

    distance  (P,) float64, unit of the pairs' space, ordered by joint
    found     (K,) int64: the number of predictions of each joint
    scored    (K,) int64: the number of scored joints
    offset    (K, 2) float64: sums of prediction - truth
    groups    groups of joints by name, which may overlap
    """

    distance: Floats
    found: Ints
    scored: Ints
    offset: Floats
    groups: Mapping[str, Group]


def epe(pairs: Pairs, percentiles: Sequence[float] = PERCENTILES) -> Scores:
    """Return the end-point error in the unit of the pairs' space, overall and per joint.

    =============== =====================================================================================
    count           scored joints with a prediction; the other numbers describe these
    missed          scored joints without a prediction
    mean            mean Euclidean distance ("EPE", mmpose ``keypoint_epe``; DeepLabCut calls it RMSE)
    median ... max  percentiles of the distance, linearly interpolated
    dx, dy          mean of prediction - truth, which reveals a bias of half a cell
    rmse            sqrt of the mean squared *coordinate* difference (Kaggle facial keypoints): the root
                    mean square distance / sqrt(2)
    =============== =====================================================================================

    >>> from kp2heat.skeleton import Skeleton
    >>> truth = np.array([[[10.0, 10.0], [50.0, 10.0]]])
    >>> pairs = Pairs(Skeleton(("a", "b")), truth, truth + [3, 4], np.full((1, 2), 2))
    >>> epe(pairs, percentiles=(50,)).overall
    {'count': 2.0, 'missed': 0.0, 'mean': 5.0, 'median': 5.0, 'dx': 3.0, 'dy': 4.0, 'rmse': 3.5355339059327378}
    """
    tallies = [tally(part) for part in pairs.parts()]
    return Scores(overall(tallies, percentiles), per_joint(tallies, percentiles))


def tally(pairs: Pairs, groups: Mapping[str, Bools] = {}) -> Tally:
    """Return the tally of these pairs; ``groups`` are (N, K) masks by name."""
    place, count = np.flatnonzero(pairs.found.T), pairs.found.sum(axis=0)
    offsets, offset = pairs.offset.T.reshape(2, -1).take(place, axis=1), np.zeros((2, len(count)))
    some = count > 0
    offset[:, some] = np.add.reduceat(offsets, (np.cumsum(count) - count)[some], axis=1)

    def group(mask: Bools) -> Group:
        within = mask.T.reshape(-1).take(place)
        return Group(within, int((mask & pairs.scored).sum()), offsets.compress(within, axis=1).sum(axis=1))

    distance = pairs.distance.T.reshape(-1).take(place)
    apart = {name: group(mask) for name, mask in groups.items()}
    return Tally(distance, count, pairs.scored.sum(axis=0), offset.T, apart)


def overall(tallies: Sequence[Tally], percentiles: Sequence[float] = PERCENTILES) -> dict[str, float]:
    """Return the numbers of :func:`epe` over all joints."""
    scored, offset = (
        np.sum([values.sum(axis=0) for values in column], axis=0)
        for column in ([t.scored for t in tallies], [t.offset for t in tallies])
    )
    return _summary([t.distance for t in tallies], int(scored), offset, percentiles)


def of_group(
    tallies: Sequence[Tally], name: str, percentiles: Sequence[float] = PERCENTILES
) -> dict[str, float]:
    """Return the numbers of :func:`epe` over the joints of a group."""
    groups = [t.groups[name] for t in tallies]
    distances = [t.distance.compress(group.within) for t, group in zip(tallies, groups, strict=True)]
    offset = np.sum([group.offset for group in groups], axis=0)
    return _summary(distances, sum(group.scored for group in groups), offset, percentiles)


def per_joint(tallies: Sequence[Tally], percentiles: Sequence[float] = PERCENTILES) -> dict[str, Floats]:
    """Return the numbers of :func:`epe` of each joint, as (K,) arrays."""
    scored = np.sum([t.scored for t in tallies], axis=0)
    offset = np.sum([t.offset for t in tallies], axis=0)
    apart = [np.split(t.distance, np.cumsum(t.found)[:-1]) for t in tallies]
    joints = [
        _summary([part[k] for part in apart], scored[k], offset[k], percentiles) for k in range(len(scored))
    ]
    return {name: np.array([joint[name] for joint in joints]) for name in joints[0]}


def scaled(numbers: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """Return the lengths among the numbers times ``factor``; counts stay as they are."""
    return {name: value if name in COUNTS else value * factor for name, value in numbers.items()}


def _summary(
    parts: Sequence[Floats], scored: int, offset: Floats, percentiles: Sequence[float]
) -> dict[str, float]:
    """Return the numbers of distances (P,), given in parts, and of the sum of their offsets (2,)."""
    distance = np.concatenate(parts)
    distance.sort()
    count = len(distance)
    ranks = quantiles(distance, np.asarray(percentiles) / 100)
    sums = distance.sum(), *offset, np.square(distance, out=distance).sum()
    mean, dx, dy, square = (float(total) / count if count else np.nan for total in sums)
    return {
        "count": float(count),
        "missed": float(scored - count),
        "mean": mean,
        **{SPECIAL.get(p, f"p{p:g}"): float(rank) for p, rank in zip(percentiles, ranks, strict=True)},
        "dx": dx,
        "dy": dy,
        "rmse": float(np.sqrt(square / 2)),
    }
