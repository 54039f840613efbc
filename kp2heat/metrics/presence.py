"""Does a prediction say rightly that a joint is there?"""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.contracts import Scores
from kp2heat.metrics.pairs import Pairs


def presence(pairs: Pairs, min_score: float = 0.5) -> Scores:
    """Precision and recall of "this joint is present", predicted where its score reaches ``min_score``.

    tp and fn are the scored joints that are and are not predicted so; fp are unlabelled joints that are
    (SLEAP's ``vis.*``: where a joint lies plays no part). A joint without coordinates is not predicted.
    """
    said = np.isfinite(pairs.predicted).all(axis=-1) & (pairs.score >= min_score)
    tp = (said & pairs.scored).sum(axis=0)
    fn = (~said & pairs.scored).sum(axis=0)
    fp = (said & ~pairs.labelled).sum(axis=0)
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
