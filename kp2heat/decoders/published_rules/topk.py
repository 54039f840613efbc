"""``topk``: the mean of the greatest cells of a map, weighted by the softmax of their values.

Yu and Tao, "Heatmap regression via randomized rounding" (H3R), TPAMI 2021, arXiv 2009.00225, ``heatmap2coord``, written
for logits. Its fault: the greatest cells of a map with two blobs lie on both, and their mean between. ``literal`` keeps
that; by default only cells within ``reach`` of the greatest count.
"""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement.locate import locate
from kp2heat.decoders.refinement.peak_cells import bounded, window
from kp2heat.decoders.refinement.published import greatest
from kp2heat.errors import SpecError
from kp2heat.peaks import Peaks

LEAST = 2
"""Cells, at least, from the greatest to the farthest that counts; else two sigmas."""


def decode(
    planes: Planes, level: Level, *, k: int = 9, threshold: float = 0.0, literal: bool = False
) -> Peaks:
    """Return the mean of the k greatest cells near each peak, weighted by exp(h).

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32))
    >>> kp2heat.decode(planes, method="topk", input_size=(96, 128)).xy.round(1).tolist()
    [[[30.9, 53.0]]]
    """
    if k != int(k) or k < 1:
        raise SpecError("k", f"{k} is not a number of cells", "give 1 or more")
    if literal:
        at = greatest(planes["heatmaps"])
        return at.moved_to(*_mean(at.maps.astype(np.float64), int(k)))
    located = locate(planes["heatmaps"], 1, threshold)
    half = max(LEAST, int(np.ceil(2 * level.sigma)))
    values, (columns, rows) = window(located, half), located.on_map(half)
    inside = rows[:, :, None] & columns[:, None, :]
    u, v = _mean(np.where(inside & ~np.isnan(values), values, -np.inf), int(k))
    return located.peaks(bounded(u - half, v - half, np.isfinite(u), half))


def _mean(values: Floats, k: int) -> tuple[Floats, Floats]:
    """Return the weighted means (P,) of the columns and rows of the k greatest cells of maps (P, h, w)."""
    count, height, width = values.shape
    flat = values.reshape(count, height * width)
    cells = np.argsort(-flat, axis=1, kind="stable")[:, :k]
    most = np.take_along_axis(flat, cells, 1)
    with np.errstate(invalid="ignore"):
        weights = np.nan_to_num(np.exp(most - most[:, :1]))
    total = weights.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        u = (weights * (cells % width)).sum(axis=1) / total
        v = (weights * (cells // width)).sum(axis=1) / total
    return u, v


DECODER = Decoder(
    "topk", decode, "mean of the 9 highest cells under a softmax: Yu and Tao 2021 (H3R), heatmap2coord"
)
