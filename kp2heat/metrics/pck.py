"""Percentage of correct keypoints: PCK, PCKh and the area under the PCK curve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kp2heat.contracts import Scores
from kp2heat.metrics.columns import mean
from kp2heat.metrics.lengths import length, plain
from kp2heat.metrics.pairs import Floats, Mask, Pairs

THRESHOLDS = (0.05, 0.1, 0.2)
HEAD_THRESHOLDS = (0.5, 0.1)
NOT_AVERAGED = ("pelvis", "thorax")
"""Joints MPII's mean leaves out."""


def relative(pairs: Pairs, by: str) -> tuple[Floats, Mask]:
    """((N, K) distance over the named length, inf without a prediction; (N, K) which are scored).

    Joints of instances whose length is unknown or 0 are not scored.
    """
    lengths = length(pairs, by)
    counted = pairs.scored & np.isfinite(lengths)[:, None]
    return np.where(pairs.found, pairs.distance / lengths[:, None], np.inf), counted


def pck(pairs: Pairs, thresholds: Sequence[float] = THRESHOLDS, by: str = "box") -> Scores:
    """Share of the scored joints nearer than ``threshold`` times a length of the instance.

    ``by`` names the length: ``box`` max(w, h) (PCK), ``torso`` left shoulder to right hip (tPCK, PCK@0.2 of
    LSP, FLIC, JHMDB), or any other of :func:`kp2heat.metrics.lengths.length`. The comparison is strict, as
    in mmpose (``keypoint_pck_accuracy``); HRNet's ``accuracy`` and MPII's PCKh count equality too. Instances
    whose length is unknown or 0 are left out; joints without a prediction are wrong.

    ``PCK@a`` is over all joints alike, ``mPCK@a`` the mean of the joints' means over joints that occur
    (mmpose's average). ``count``: the scored joints that have a length.
    """
    ratio, counted = relative(pairs, by)
    return _shares("PCK", counted, {t: ratio < t for t in thresholds}, np.ones(len(pairs.skeleton), bool))


def pckh(pairs: Pairs, thresholds: Sequence[float] = HEAD_THRESHOLDS, by: str = "head") -> Scores:
    """PCK by the head's size under MPII's rules (Andriluka et al. 2014; HRNet ``mpii.evaluate``).

    The length is 0.6 times the diagonal of the head box, equality counts as correct, and the averages leave
    out pelvis and thorax. ``PCKh@a`` weighs every joint alike, as MPII does; ``mPCKh@a`` is the mean of the
    joints' means. HRNet's "Mean@0.1" is in fact taken at 0.11.
    """
    ratio, counted = relative(pairs, by)
    averaged = np.array([plain(name) not in NOT_AVERAGED for name in pairs.skeleton.names])
    return _shares("PCKh", counted, {t: ratio <= t for t in thresholds}, averaged)


def auc(pairs: Pairs, by: str = "30px", steps: int = 20) -> Scores:
    """Area under the PCK curve as mmpose sums it (``keypoint_auc``): the mean of PCK at i / steps, i < steps.

    The first threshold is 0, so a perfect prediction scores 1 - 1 / steps. ``by`` is one length for all by
    default (hands: 30 px). ``mAUC``, the mean over joints, is mmpose's number.
    """
    ratio, counted = relative(pairs, by)
    below = 1 - np.searchsorted(np.arange(steps) / steps, ratio, side="right") / steps
    share = mean(below, counted)
    overall = {
        "count": float(counted.sum()),
        "AUC": float(mean(below.ravel(), counted.ravel())),
        "mAUC": float(mean(share, counted.sum(axis=0) > 0)),
    }
    return Scores(overall, {"count": counted.sum(axis=0).astype(float), "AUC": share})


def _shares(name: str, counted: Mask, hits: dict[float, Mask], averaged: Mask) -> Scores:
    count = counted.sum(axis=0)
    overall: dict[str, float] = {"count": float(count[averaged].sum())}
    joints = {"count": count.astype(float)}
    for threshold, hit in hits.items():
        share = mean(hit, counted)
        joints[f"{name}@{threshold:g}"] = share
        overall[f"{name}@{threshold:g}"] = float(mean(hit.ravel(), (counted & averaged).ravel()))
        overall[f"m{name}@{threshold:g}"] = float(mean(share, (count > 0) & averaged))
    return Scores(overall, joints)
