"""End-point error: the distance and direction of predictions from the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.contracts import Scores
from kp2heat.metrics import distances
from kp2heat.metrics.distances import Distances, summary
from kp2heat.metrics.pairing.pairs import Pairs

PERCENTILES = (50, 75, 90, 95, 99, 100)
SPECIAL: Mapping[float, str] = {50: "median", 100: "max"}
COUNTS = ("count", "missed")
"""Names of the numbers that are not lengths."""


class Tally(NamedTuple):
    """Errors of a batch of instances: of each joint, and of groups of joints by name, which may overlap."""

    joints: tuple[Distances, ...]
    groups: Mapping[str, Distances]


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
    whole = merged([tally(part) for part in pairs.parts()])
    return Scores(overall(whole, percentiles), per_joint(whole, percentiles))


def tally(pairs: Pairs, groups: Mapping[str, Bools] = {}, *, keep: bool = True) -> Tally:
    """Return the tally of these pairs; ``groups`` are (N, K) masks by name; ``keep`` every distance, or count bins."""
    place, count = np.flatnonzero(pairs.found.T), pairs.found.sum(axis=0)
    offsets = pairs.offset.T.reshape(2, -1).take(place, axis=1)
    distance = pairs.distance.T.reshape(-1).take(place)
    ends = np.cumsum(count)
    joints = [
        summary(offsets[:, start:end], distance[start:end], scored, keep=keep)
        for start, end, scored in zip(ends - count, ends, pairs.scored.sum(axis=0).tolist(), strict=True)
    ]

    def group(mask: Bools) -> Distances:
        within = mask.T.reshape(-1).take(place)
        scored = int((mask & pairs.scored).sum())
        return summary(offsets.compress(within, axis=1), distance.compress(within), scored, keep=keep)

    return Tally(tuple(joints), {name: group(mask) for name, mask in groups.items()})


def merged(tallies: Sequence[Tally]) -> Tally:
    """Return the tally of all batches."""
    joints = zip(*(t.joints for t in tallies), strict=True)
    groups = {name: distances.merged([t.groups[name] for t in tallies]) for name in tallies[0].groups}
    return Tally(tuple(map(distances.merged, joints)), groups)


def overall(whole: Tally, percentiles: Sequence[float] = PERCENTILES) -> dict[str, float]:
    """Return the numbers of :func:`epe` over all joints."""
    return numbers(distances.merged(whole.joints), percentiles)


def per_joint(whole: Tally, percentiles: Sequence[float] = PERCENTILES) -> dict[str, Floats]:
    """Return the numbers of :func:`epe` of each joint, as (K,) arrays."""
    joints = [numbers(joint, percentiles) for joint in whole.joints]
    return {name: np.array([joint[name] for joint in joints]) for name in joints[0]}


def numbers(joints: Distances, percentiles: Sequence[float] = PERCENTILES) -> dict[str, float]:
    """Return the numbers of :func:`epe` of some joints' distances."""
    ranks = joints.quantiles(np.asarray(percentiles) / 100)
    return {
        "count": float(joints.count),
        "missed": float(joints.missed),
        "mean": joints.mean(2),
        **{SPECIAL.get(p, f"p{p:g}"): float(rank) for p, rank in zip(percentiles, ranks, strict=True)},
        "dx": joints.mean(0),
        "dy": joints.mean(1),
        "rmse": float(np.sqrt(joints.mean(3) / 2)),
    }


def scaled(numbers: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """Return the lengths among the numbers times ``factor``; counts stay as they are."""
    return {name: value if name in COUNTS else value * factor for name, value in numbers.items()}
