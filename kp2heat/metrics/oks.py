"""Object keypoint similarity (COCO's keypoint evaluation page; pycocotools ``computeOks``)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.contracts import Scores
from kp2heat.metrics.columns import mean
from kp2heat.metrics.pairing.pairs import Pairs
from kp2heat.metrics.sigmas import sigmas_of

BOX_SHARE = 0.53
"""Share of its box that a person covers, used where no area is annotated (mmpose, CrowdPose)."""


def areas(area: Floats, bbox: Floats) -> tuple[Floats, Bools]:
    """Return (N,) areas and the (N,) mask of those estimated from the box: 0.53 w h where no positive area is given.

    The area is NaN where neither is known.

    >>> areas(np.array([900.0, np.nan]), np.array([[0, 0, 10, 10], [0, 0, 10, 10.0]]))
    (array([900.,  53.]), array([False,  True]))
    """
    known = np.isfinite(area) & (area > 0)
    boxed = BOX_SHARE * bbox[:, 2] * bbox[:, 3]
    usable = np.isfinite(boxed) & (boxed > 0)
    return np.where(known, area, np.where(usable, boxed, np.nan)), ~known & usable


def similarity(squared: Floats, area: Floats, sigmas: Floats) -> Floats:
    """Return the similarity exp(-d^2 / (2 s^2 k^2)) with s^2 = area and k = 2 sigma.

    squared (..., K) squared distances, area (...), sigmas (K,). As in pycocotools, 2^-52 is added to the area.

    >>> similarity(np.array([9.0]), np.array(900.0), np.array([0.05])).round(4)
    array([0.6065])
    """
    scale = (2 * sigmas) ** 2 * (area[..., None] + np.spacing(1)) * 2
    return np.asarray(np.exp(-squared / scale))


def joint_similarity(pairs: Pairs, sigmas: str | Sequence[float] = "") -> tuple[Floats, Bools]:
    """Return (N, K) similarities, 0 where nothing was predicted, and the (N, K) mask of scored joints.

    Joints of instances without an area are not scored.
    """
    area, _ = areas(pairs.area, pairs.bbox)
    near = similarity(pairs.distance**2, area, sigmas_of(pairs.skeleton, sigmas))
    return np.where(pairs.found, near, 0.0), pairs.scored & np.isfinite(area)[:, None]


def oks(pairs: Pairs, sigmas: str | Sequence[float] = "") -> Scores:
    """Return the mean similarity of the instances, and of each joint.

    OKS of an instance is the mean over its scored joints of exp(-d^2 / (2 s^2 k^2)); joints without a
    prediction count 0. ``OKS`` is the mean over the ``count`` instances. For ``area_from_box`` of them no
    area is given and 0.53 w h of the box is used. Instances with neither are skipped.

    >>> from kp2heat.skeleton import Skeleton
    >>> truth = np.array([[[10.0, 10.0], [50.0, 10.0]]])
    >>> pairs = Pairs(Skeleton(("a", "b")), truth, truth + [3, 0], np.full((1, 2), 2), area=np.array([900.0]))
    >>> round(oks(pairs, sigmas=(0.05, 0.05)).overall["OKS"], 4)
    0.6065
    """
    near, counted = joint_similarity(pairs, sigmas)
    instances = counted.sum(axis=1) > 0
    of_instance = mean(near.T, counted.T)
    from_box = areas(pairs.area, pairs.bbox)[1] & instances
    overall = {
        "count": float(instances.sum()),
        "area_from_box": float(from_box.sum()),
        "OKS": float(mean(of_instance, instances)),
    }
    return Scores(overall, {"count": counted.sum(axis=0).astype(float), "OKS": mean(near, counted)})
