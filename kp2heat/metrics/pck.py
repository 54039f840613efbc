"""Percentage of correct keypoints: PCK, PCKh and the area under the PCK curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.contracts import Scores
from kp2heat.metrics.columns import mean
from kp2heat.metrics.normalisers import canonical, length
from kp2heat.metrics.pairing.pairs import Pairs

THRESHOLDS = (0.05, 0.1, 0.2)
HEAD_THRESHOLDS = (0.5, 0.1)
NOT_AVERAGED = ("pelvis", "thorax")
"""Joints that MPII excludes from the mean."""


def relative(pairs: Pairs, by: str) -> tuple[Floats, Bools]:
    """Return (N, K) distances over the named length, inf without a prediction, and the (N, K) mask of scored joints.

    Joints of instances whose length is unknown or 0 are not scored.
    """
    lengths = length(pairs, by)
    counted = pairs.scored & np.isfinite(lengths)[:, None]
    return np.where(pairs.found, pairs.distance / lengths[:, None], np.inf), counted


class Tally(NamedTuple):
    """Counts of the near joints of some instances; the tallies of several batches are summed by :func:`merged`.

    counted  (K,) int64: the scored joints that have a length
    hits     (T, K) int64: those of them within each of T thresholds
    """

    counted: Ints
    hits: Ints


def pck(pairs: Pairs, thresholds: Sequence[float] = THRESHOLDS, by: str = "box") -> Scores:
    """Return the share of the scored joints nearer than ``threshold`` times a length of the instance.

    ``by`` names the length: ``box`` max(w, h) (PCK), ``torso`` left shoulder to right hip (tPCK, PCK@0.2 of
    LSP, FLIC, JHMDB), or any other of :func:`kp2heat.metrics.normalisers.length`. The comparison is strict, as
    in mmpose (``keypoint_pck_accuracy``); HRNet's ``accuracy`` and MPII's PCKh count equality too. Instances
    whose length is unknown or 0 are skipped; joints without a prediction are wrong.

    ``PCK@a`` weighs all scored joints equally; ``mPCK@a`` is the mean of the means of the joints that occur
    (mmpose's average). ``count`` is the number of scored joints that have a length.

    >>> from kp2heat.skeleton import Skeleton
    >>> truth = np.array([[[10.0, 10.0], [50.0, 10.0]]])
    >>> predicted = truth + np.array([[[3, 0], [9, 0]]])
    >>> pairs = Pairs(Skeleton(("a", "b")), truth, predicted, np.full((1, 2), 2), bbox=np.array([[0, 0, 60, 40.0]]))
    >>> pck(pairs, thresholds=(0.1,)).overall["PCK@0.1"]
    0.5
    """
    return shares(tally(pairs, thresholds, by), thresholds)


def tally(pairs: Pairs, thresholds: Sequence[float] = THRESHOLDS, by: str = "box") -> Tally:
    """Return the counts that :func:`pck` needs of these pairs."""
    ratio, counted = relative(pairs, by)
    return _tally(counted, [ratio < t for t in thresholds])


def merged(tallies: Sequence[Tally]) -> Tally:
    """Return the tally of all batches."""
    return Tally(*(np.sum(column, axis=0) for column in zip(*tallies, strict=True)))


def shares(whole: Tally, thresholds: Sequence[float] = THRESHOLDS) -> Scores:
    """Return the scores of :func:`pck` from the tally of all instances."""
    return _shares("PCK", whole, thresholds, np.ones(len(whole.counted), bool))


def pckh(
    pairs: Pairs, thresholds: Sequence[float] = HEAD_THRESHOLDS, by: str = "head", strict: bool = False
) -> Scores:
    """Return PCK by the size of the head under MPII's rules (Andriluka et al. 2014; HRNet ``mpii.evaluate``).

    The length is 0.6 times the diagonal of the head box, equality counts as correct unless ``strict``, and the
    averages exclude pelvis and thorax. ``PCKh@a`` weighs all scored joints equally, as MPII does; ``mPCKh@a`` is the mean of
    the joints' means. HRNet takes its "Mean@0.1" at 0.11.

    >>> from kp2heat.skeleton import Skeleton
    >>> truth = np.array([[[10.0, 10.0], [50.0, 10.0]]])
    >>> head = np.array([[0.0, 0.0, 30.0, 40.0]])  # 0.6 x 50 = 30 px
    >>> pairs = Pairs(Skeleton(("neck", "head_top")), truth, truth + [15, 0], np.full((1, 2), 2), head=head)
    >>> pckh(pairs, thresholds=(0.5, 0.49)).overall
    {'count': 2.0, 'PCKh@0.5': 1.0, 'mPCKh@0.5': 1.0, 'PCKh@0.49': 0.0, 'mPCKh@0.49': 0.0}
    """
    ratio, counted = relative(pairs, by)
    averaged = np.array([canonical(name) not in NOT_AVERAGED for name in pairs.skeleton.names])
    near = [ratio < t if strict else ratio <= t for t in thresholds]
    return _shares("PCKh", _tally(counted, near), thresholds, averaged)


def auc(pairs: Pairs, by: str = "30px", steps: int = 20) -> Scores:
    """Return the area under the PCK curve as mmpose sums it (``keypoint_auc``): the mean of PCK at i / steps, i < steps.

    The first threshold is 0, so a perfect prediction scores 1 - 1 / steps. By default ``by`` is one length for
    all instances (hands: 30 px). ``mAUC``, the mean over joints, is mmpose's number.

    >>> from kp2heat.skeleton import Skeleton
    >>> truth = np.array([[[10.0, 10.0], [50.0, 10.0]]])
    >>> pairs = Pairs(Skeleton(("a", "b")), truth, truth + [15, 0], np.full((1, 2), 2))
    >>> round(auc(pairs).overall["AUC"], 4)  # 15 px is below 9 of the 20 thresholds
    0.45
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


def _tally(counted: Bools, near: Sequence[Bools]) -> Tally:
    hits = [(mask & counted).sum(axis=0) for mask in near]
    return Tally(counted.sum(axis=0), np.array(hits).reshape(len(hits), counted.shape[1]))


def _shares(name: str, tally: Tally, thresholds: Sequence[float], averaged: Bools) -> Scores:
    count = tally.counted
    total = count[averaged].sum()
    overall: dict[str, float] = {"count": float(total)}
    joints = {"count": count.astype(float)}
    for threshold, hits in zip(thresholds, tally.hits, strict=True):
        share = np.where(count > 0, hits / np.maximum(count, 1), np.nan)
        joints[f"{name}@{threshold:g}"] = share
        overall[f"{name}@{threshold:g}"] = float(hits[averaged].sum() / total) if total else np.nan
        overall[f"m{name}@{threshold:g}"] = float(mean(share, (count > 0) & averaged))
    return Scores(overall, joints)
