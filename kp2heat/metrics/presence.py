"""Precision and recall of the statement that a joint is present."""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.contracts import Scores
from kp2heat.metrics.pairing.pairs import Pairs


def presence(pairs: Pairs, min_score: float = 0.5) -> Scores:
    """Return precision and recall of "this joint is present", predicted where its score reaches ``min_score``.

    ``tp`` and ``fn`` count the scored joints predicted present and absent, ``fp`` the unlabelled joints
    predicted present (SLEAP's ``vis.*``; positions do not matter). A joint without coordinates is absent.

    >>> from kp2heat.skeleton import Skeleton
    >>> truth = np.array([[[10.0, 10.0], [np.nan, np.nan]]])
    >>> score = np.array([[0.9, 0.7]])
    >>> pairs = Pairs(Skeleton(("a", "b")), truth, np.zeros((1, 2, 2)), np.array([[2, 0]]), score=score)
    >>> presence(pairs).overall
    {'tp': 1.0, 'fp': 1.0, 'fn': 0.0, 'precision': 0.5, 'recall': 1.0}
    """
    present = np.isfinite(pairs.predicted).all(axis=-1) & (pairs.score >= min_score)
    tp = (present & pairs.scored).sum(axis=0)
    fn = (~present & pairs.scored).sum(axis=0)
    fp = (present & ~pairs.labelled).sum(axis=0)
    overall = _rates(tp.sum(keepdims=True), fp.sum(keepdims=True), fn.sum(keepdims=True))
    return Scores({name: float(value[0]) for name, value in overall.items()}, _rates(tp, fp, fn))


def _rates(tp: Floats, fp: Floats, fn: Floats) -> dict[str, Floats]:
    return {
        "tp": tp.astype(float),
        "fp": fp.astype(float),
        "fn": fn.astype(float),
        "precision": _share(tp, tp + fp),
        "recall": _share(tp, tp + fn),
    }


def _share(part: Floats, whole: Floats) -> Floats:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)
