"""Normalised mean error, and the failure rate, CED and AUC of its distribution."""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.contracts import Scores
from kp2heat.metrics.columns import mean
from kp2heat.metrics.pairing.pairs import Pairs
from kp2heat.metrics.pck import relative

CURVE = 10
"""How many points of the CED are reported, evenly spaced up to the threshold."""


def nme_of_instances(pairs: Pairs, by: str) -> tuple[Floats, Bools]:
    """Return the (N,) normalised mean error of each instance and the (N,) mask of the scored instances.

    The error is the mean of distance / length over the predicted joints; inf where no joint was predicted.
    """
    ratio, counted = relative(pairs, by)
    instances = counted.sum(axis=1) > 0
    usable = counted & pairs.found
    return np.where(instances & (usable.sum(axis=1) == 0), np.inf, mean(ratio.T, usable.T)), instances


def nme(pairs: Pairs, by: str = "inter-ocular") -> Scores:
    """Return the mean over instances of the mean over joints of distance / length (300W, WFLW, COFW).

    ``by`` names the length: inter-ocular (outer eye corners), inter-pupil (centres of the eyes; about 1.4
    times the error of inter-ocular), box, box-root, diagonal, or two joints. ``pooled`` is the mean over all
    joints of all instances instead (mmpose ``keypoint_nme``). ``count`` instances are averaged; ``missed``
    more have no predicted joint at all.

    >>> from kp2heat.skeleton import Skeleton
    >>> truth = np.array([[[0.0, 0.0], [100.0, 0.0]]])
    >>> pairs = Pairs(Skeleton(("left_eye", "right_eye")), truth, truth + [3, 4], np.full((1, 2), 2))
    >>> nme(pairs, by="left_eye,right_eye").overall["NME"]
    0.05
    """
    each, instances = nme_of_instances(pairs, by)
    ratio, counted = relative(pairs, by)
    predicted = counted & pairs.found
    usable = instances & np.isfinite(each)
    overall = {
        "count": float(usable.sum()),
        "missed": float(instances.sum() - usable.sum()),
        "NME": float(mean(each, usable)),
        "pooled": float(mean(ratio.ravel(), predicted.ravel())),
    }
    return Scores(overall, {"count": predicted.sum(axis=0).astype(float), "NME": mean(ratio, predicted)})


def ced(errors: Floats, at: Floats) -> Floats:
    """Return the cumulative error distribution: the share of the errors (N,) that are <= each of ``at`` (T,).

    >>> ced(np.array([0.02, 0.05, 0.3]), np.array([0.05, 0.1]))
    array([0.66666667, 0.66666667])
    """
    if not len(errors):
        return np.full(len(at), np.nan)
    return np.searchsorted(np.sort(errors), at, side="right") / len(errors)


def failures(pairs: Pairs, by: str = "inter-ocular", threshold: float = 0.1) -> Scores:
    """Return the failure rate, the CED and the area under it for a threshold: 0.08 (300W) or 0.10 (WFLW, COFW).

    CED@x = share of instances with NME <= x; FR = 1 - CED at the threshold t; AUC = integral of CED from 0
    to t, over t. CED is a staircase, so the area is exact; published numbers summed in steps of 1e-4
    differ by up to half a step over t. Instances without any predicted joint are failures.

    >>> from kp2heat.skeleton import Skeleton
    >>> truth = np.array([[[0.0, 0.0], [100.0, 0.0]]])
    >>> pairs = Pairs(Skeleton(("left_eye", "right_eye")), truth, truth + [3, 4], np.full((1, 2), 2))
    >>> failures(pairs, by="left_eye,right_eye").overall["AUC@0.1"]
    0.5
    """
    each, instances = nme_of_instances(pairs, by)
    errors = each[instances]
    at = threshold * np.arange(1, CURVE + 1) / CURVE
    curve = {f"CED@{x:g}": float(y) for x, y in zip(at, ced(errors, at), strict=True)}
    left = (1 - errors / threshold).clip(min=0)
    overall = {
        "count": float(len(errors)),
        f"FR@{threshold:g}": 1 - float(ced(errors, np.array([threshold]))[0]),
        f"AUC@{threshold:g}": float(mean(left, np.ones(len(left), bool))),
        **curve,
    }
    return Scores(overall)
