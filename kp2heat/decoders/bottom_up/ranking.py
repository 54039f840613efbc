"""The order of the people that a decoder has put together: best mean score first."""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Bools
from kp2heat.peaks import Peaks


def best_people(peaks: Peaks, top: int) -> Peaks:
    """Return the best ``top`` people of peaks (N, K, P), best mean score of their joints first; (N, K) where ``top`` is 1.

    >>> two = Peaks(np.array([[[[1.0, 1], [2, 2]]]]), np.array([[[0.2, 0.9]]]), np.ones((1, 1, 2), bool), "cell")
    >>> best_people(two, 1).xy.tolist()
    [[[2.0, 2.0]]]
    """
    held: Bools = peaks.score > 0
    mean = peaks.score.sum(axis=1) / np.maximum(held.sum(axis=1), 1)
    order = np.argsort(-mean, axis=1, kind="stable")[:, None]
    xy = np.take_along_axis(peaks.xy, order[..., None], 2)
    score, refined = np.take_along_axis(peaks.score, order, 2), np.take_along_axis(peaks.refined, order, 2)
    return Peaks(xy, score, refined, peaks.space).first(top)
