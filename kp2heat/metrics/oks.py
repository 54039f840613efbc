"""Object keypoint similarity (COCO's keypoint evaluation page; pycocotools ``computeOks``)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.contracts import Scores
from kp2heat.metrics.columns import mean
from kp2heat.metrics.pairs import Pairs
from kp2heat.metrics.sigmas import sigmas_of

BOX_SHARE = 0.53
"""Area of a person in share of its box, taken where no area is annotated (mmpose, CrowdPose)."""


def areas(area: Floats, bbox: Floats) -> tuple[Floats, Bools]:
    """((N,) areas, (N,) taken from the box): area where it is positive, else 0.53 w h; NaN without either."""
    known = np.isfinite(area) & (area > 0)
    boxed = BOX_SHARE * bbox[:, 2] * bbox[:, 3]
    usable = np.isfinite(boxed) & (boxed > 0)
    return np.where(known, area, np.where(usable, boxed, np.nan)), ~known & usable


def similarity(squared: Floats, area: Floats, sigmas: Floats) -> Floats:
    """exp(-d^2 / (2 s^2 k^2)) with s^2 = area and k = 2 sigma.

    squared (..., K) distances, area (...), sigmas (K,). As in pycocotools, 2^-52 is added to the area.
    """
    scale = (2 * sigmas) ** 2 * (area[..., None] + np.spacing(1)) * 2
    return np.asarray(np.exp(-squared / scale))


def joint_similarity(pairs: Pairs, sigmas: str | Sequence[float] = "") -> tuple[Floats, Bools]:
    """((N, K) similarities, 0 where nothing was found; (N, K) which are scored: those with an area)."""
    area, _ = areas(pairs.area, pairs.bbox)
    near = similarity(pairs.distance**2, area, sigmas_of(pairs.skeleton, sigmas))
    return np.where(pairs.found, near, 0.0), pairs.scored & np.isfinite(area)[:, None]


def oks(pairs: Pairs, sigmas: str | Sequence[float] = "") -> Scores:
    """Mean similarity of the instances, and per joint.

    OKS of an instance is the mean over its scored joints of exp(-d^2 / (2 s^2 k^2)); joints without a
    prediction count 0. ``OKS`` is the mean over the ``count`` instances; ``area_from_box`` of them have no
    area, and 0.53 w h of the box stands in for it. Instances with neither are left out.
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
