"""Percentage of correct keypoints."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kp2heat.contracts import Scores
from kp2heat.metrics.columns import mean
from kp2heat.metrics.lengths import length
from kp2heat.metrics.pairs import Pairs

THRESHOLDS = (0.05, 0.1, 0.2)


def correct(pairs: Pairs, lengths: NDArray[np.float64], threshold: float) -> NDArray[np.bool_]:
    """(N, K) bool: distance / length < threshold; joints without a prediction are wrong. lengths (N,)."""
    return np.asarray(pairs.distance / lengths[:, None] < threshold)


def pck(pairs: Pairs, thresholds: Sequence[float] = THRESHOLDS, by: str = "box") -> Scores:
    """Share of the scored joints nearer than ``threshold`` times a length of the instance.

    ``by`` names the length: ``box`` max(w, h) (PCK), ``torso`` left shoulder to right hip (tPCK, PCK@0.2 of
    LSP, FLIC, JHMDB). The comparison is strict, as in mmpose (``keypoint_pck_accuracy``); HRNet's
    ``accuracy`` counts equality too. Instances whose length is unknown or 0 are left out.

    ``PCK@a`` is over all joints alike (MPII's way), ``mPCK@a`` the mean of the joints' means over joints
    that occur (mmpose's way). ``count``: the scored joints that have a length.
    """
    lengths = length(pairs, by)
    counted = pairs.scored & np.isfinite(lengths)[:, None]
    count = counted.sum(axis=0)
    overall: dict[str, float] = {"count": float(count.sum())}
    joints = {"count": count.astype(float)}
    for threshold in thresholds:
        hits = correct(pairs, lengths, threshold)
        shares = mean(hits, counted)
        name = f"PCK@{threshold:g}"
        joints[name] = shares
        overall[name] = float(mean(hits.ravel(), counted.ravel()))
        overall[f"m{name}"] = float(mean(shares, count > 0))
    return Scores(overall, joints)
