"""Presence at a score, by hand."""

from __future__ import annotations

import numpy as np

from kp2heat.metrics.pairing.pairs import Pairs
from kp2heat.metrics.presence import presence
from kp2heat.skeleton import Skeleton


def test_by_hand() -> None:
    truth = np.zeros((4, 1, 2))
    truth[2:] = np.nan
    predicted = truth * 0
    pairs = Pairs(
        Skeleton(("a",)),
        truth,
        np.zeros_like(predicted),
        np.array([[2], [1], [0], [0]]),
        score=np.array([[0.5], [0.4], [0.9], [0.1]]),
    )
    overall = presence(pairs).overall
    assert (overall["tp"], overall["fn"], overall["fp"]) == (1, 1, 1)
    assert (overall["precision"], overall["recall"]) == (0.5, 0.5)
    assert presence(pairs, min_score=0.4).overall["recall"] == 1


def test_nothing_predicted_has_no_precision() -> None:
    pairs = Pairs(Skeleton(("a",)), np.zeros((1, 1, 2)), np.full((1, 1, 2), np.nan), np.full((1, 1), 2))
    assert np.isnan(presence(pairs).overall["precision"])
    assert presence(pairs).overall["recall"] == 0
