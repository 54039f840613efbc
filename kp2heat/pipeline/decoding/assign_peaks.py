"""Which of several peaks of a map is whose."""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Floats, Ints
from kp2heat.peaks import Peaks


def match(peaks: Peaks, truth: Floats, sample: Ints) -> Peaks:
    """Return one peak per person and joint out of the P peaks of each map.

    peaks   xy (S, K, P, 2), or (S, K, 2) for one peak per map; truth (M, K, 2) in the same space; sample (M,)
    ascending. Nearest pairs first, each peak and each joint at most once; a joint left over has xy NaN and
    score 0.
    """
    if peaks.xy.ndim == 3:
        peaks = Peaks(peaks.xy[:, :, None], peaks.score[:, :, None], peaks.refined[:, :, None], peaks.space)
    people, joints = truth.shape[:2]
    xy = np.full((people, joints, 2), np.nan)
    score, refined = np.zeros((people, joints)), np.zeros((people, joints), bool)
    place = np.arange(people) - np.searchsorted(sample, sample)
    seats = int(place.max(initial=-1)) + 1
    seated = np.full((len(peaks.xy), joints, seats, 2), np.nan)
    seated[sample, :, place] = truth
    gap = np.linalg.norm(seated[:, :, :, None] - peaks.xy[:, :, None], axis=-1)
    gap[~np.isfinite(gap)] = np.inf
    owner = np.full((*gap.shape[:2], seats), -1)
    s, k = np.ogrid[: gap.shape[0], : gap.shape[1]]
    candidates = gap.shape[3]
    for _ in range(min(seats, candidates)):
        nearest = gap.reshape(*gap.shape[:2], -1).argmin(axis=-1)
        seat, peak = nearest // candidates, nearest % candidates
        sure = np.isfinite(gap[s, k, seat, peak])
        rows, columns = np.nonzero(sure)
        owner[rows, columns, seat[sure]] = peak[sure]
        gap[rows, columns, seat[sure], :] = np.inf
        gap[rows, columns, :, peak[sure]] = np.inf
    mine = owner[sample, :, place]
    m, j = np.nonzero(mine >= 0)
    at = (sample[m], j, mine[m, j])
    xy[m, j], score[m, j], refined[m, j] = peaks.xy[at], peaks.score[at], peaks.refined[at]
    return Peaks(xy, score, refined, peaks.space)
