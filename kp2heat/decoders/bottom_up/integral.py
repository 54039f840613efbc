"""How well a limb's field supports a line between two candidates: OpenPose's and the MATLAB code's integrals.

openpose  n = 5 to 25 samples, the second end left out; the mean of the dot products above 0.05 if 95 % of the
          samples are; 0.05 + 1e-6 for a line too short to sample (bodyPartConnectorBase.cpp)
matlab    10 samples, both ends; their mean, less what the line is longer than half the map, if 80 % are above
          0.05 (ZheC connect56LineVec.m)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Floats

ABOVE = 0.05
"""What a sample's dot product must exceed."""
MOST = 25
SHORT = 150
"""Lines below sqrt(W H) / 150 cells are not sampled."""


def _along(fields: NDArray[np.generic], a: Floats, b: Floats, share: Floats, toward: Floats) -> Floats:
    """Return (N, A, B, n): the field's component along the line, at the cells nearest to a + share (b - a)."""
    n, _, height, width = fields.shape
    at = a[:, :, None, None, :] + share[..., None] * (b[:, None] - a[:, :, None])[..., None, :]
    at = np.nan_to_num(np.floor(at + 0.5), nan=0.0)
    x = np.clip(at[..., 0], 0, width - 1).astype(np.int64)
    y = np.clip(at[..., 1], 0, height - 1).astype(np.int64)
    rows = np.arange(n)[:, None, None, None]
    u, v = fields[rows, 0, y, x], fields[rows, 1, y, x]
    return np.asarray(toward[..., None, 0] * u + toward[..., None, 1] * v, np.float64)


def _lines(a: Floats, b: Floats) -> tuple[Floats, Floats, Floats]:
    """Return vectors (N, A, B, 2), lengths and unit vectors of all pairs; 0 for pairs of no length."""
    full = b[:, None] - a[:, :, None]
    length = np.hypot(full[..., 0], full[..., 1])
    safe = np.where(length > 1e-6, length, 1)
    return full, length, full / safe[..., None]


def openpose(fields: NDArray[np.generic], a: Floats, b: Floats, least: float = 0.95) -> Floats:
    """Return (N, A, B) scores of the lines a (N, A, 2) -> b (N, B, 2), cells, over fields (N, 2, H, W); 0: refused."""
    full, length, unit = _lines(a, b)
    longest = np.nan_to_num(np.abs(full).max(axis=-1))
    samples = np.clip(np.floor(np.sqrt(5 * longest) + 0.5), 5, MOST)[..., None]
    turn = np.arange(MOST)
    dots = _along(fields, a, b, turn / samples, unit)
    kept = (dots > ABOVE) & (turn < samples)
    count = kept.sum(axis=-1)
    mean = np.where(kept, dots, 0).sum(axis=-1) / np.maximum(count, 1)
    score = np.where(count / samples[..., 0] > least, mean, 0)
    height, width = fields.shape[-2:]
    short = (length > 1e-6) & (length < np.sqrt(width * height) / SHORT)
    return np.where(length > 1e-6, np.where(short & (score == 0), ABOVE + 1e-6, score), 0)


def matlab(fields: NDArray[np.generic], a: Floats, b: Floats, least: float = 0.8) -> Floats:
    """Return the scores of ``openpose``'s lines by the MATLAB rule."""
    _, length, unit = _lines(a, b)
    share = np.broadcast_to(np.linspace(0, 1, 10), (*length.shape, 10))
    dots = _along(fields, a, b, share, unit)
    with np.errstate(invalid="ignore", divide="ignore"):
        prior = np.minimum(fields.shape[-2] / 2 / length - 1, 0)
        score = dots.mean(axis=-1) + prior
        supported = (length > 1e-6) & ((dots > ABOVE).sum(axis=-1) > least * 10) & (score > 0)
    return np.where(supported, score, 0)


INTEGRALS: Mapping[str, Callable[..., Floats]] = {"openpose": openpose, "matlab": matlab}
