"""Decoders that average positions: ``softargmax``, ``expectation``, ``centroid``.

An average is pulled towards the middle of what it is taken over: by the background of the whole map, or at a
side by the half of the blob that is missing. They are here because networks are trained through them.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement.locate import locate, stepped
from kp2heat.decoders.refinement.peak_cells import PeakCells, Steps, bounded, window
from kp2heat.errors import SpecError
from kp2heat.peaks import Peaks


def mean(weights: Floats) -> tuple[Floats, Floats]:
    """Return weighted means of the columns and of the rows of (P, h, w) weights >= 0, in cells."""
    columns, rows = weights.sum(axis=-2), weights.sum(axis=-1)
    total = rows.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        x = (columns * np.arange(columns.shape[-1])).sum(axis=-1) / total
        y = (rows * np.arange(rows.shape[-1])).sum(axis=-1) / total
    return x, y


def _over_the_map(planes: Planes, threshold: float, temperature: float | None) -> Peaks:
    located = locate(planes["heatmaps"], 1, threshold)
    values = located.maps[located.which].astype(np.float64)
    if temperature is not None:
        with np.errstate(invalid="ignore"):
            values = np.exp((values - located.score[:, None, None]) / temperature)
    x, y = mean(np.where(values > 0, values, 0))
    sure = np.isfinite(x) & np.isfinite(y)
    return located.peaks((np.where(sure, x - located.x, 0), np.where(sure, y - located.y, 0), sure))


def softargmax(planes: Planes, _level: Level, *, threshold: float = 0.0, temperature: float = 0.05) -> Peaks:
    """Return the mean position under softmax(h / temperature) over the map.

    Sun et al., "Integral human pose regression", ECCV 2018; Nibali et al., DSNT, 2018, is temperature 1 on
    logits; Lightning Pose 0.001 after upsampling. The lower, the closer to the arg-max; SpecError at 0.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32))
    >>> kp2heat.decode(planes, method="softargmax", input_size=(96, 128)).xy.round(1).tolist()
    [[[31.1, 53.2]]]
    """
    if not temperature > 0:
        raise SpecError("temperature", f"{temperature} is not usable", "give a number above 0")
    return _over_the_map(planes, threshold, temperature)


def expectation(planes: Planes, _level: Level, *, threshold: float = 0.0) -> Peaks:
    """Return the mean position under the values above 0: for maps that sum to 1 (DSNT).

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32))
    >>> kp2heat.decode(planes, method="expectation", input_size=(96, 128)).xy.round(1).tolist()
    [[[31.3, 52.8]]]
    """
    return _over_the_map(planes, threshold, None)


def centroid_steps(at: PeakCells, _level: Level, *, cells: int = 7) -> Steps:
    """Return steps to the mean of the values above 0 among cells x cells round P peaks, cut at the map's sides."""
    if cells < 3 or cells % 2 == 0:
        raise SpecError("cells", f"{cells} is not the side of a window", "give an odd number from 3")
    values = window(at, cells // 2)
    u, v = mean(np.where(values > 0, values, 0))
    return bounded(u - cells // 2, v - cells // 2, np.ones(len(u), bool))


def centroid(planes: Planes, level: Level, *, top: int = 1, threshold: float = 0.0, cells: int = 7) -> Peaks:
    """Return integer peaks moved to the mean position of the cells round them: OpenPose ``nmsBase`` takes 7x7 cells, SLEAP 5x5.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32))
    >>> kp2heat.decode(planes, method="centroid", input_size=(96, 128)).xy.round(1).tolist()
    [[[31.1, 52.9]]]
    """
    return stepped(planes, level, partial(centroid_steps, cells=cells), top, threshold)


SOFTARGMAX = Decoder(
    "softargmax",
    softargmax,
    "mean position under a softmax: Sun et al., integral regression, ECCV 2018; DSNT",
)
EXPECTATION = Decoder("expectation", expectation, "mean position under the map: DSNT 2018")
CENTROID = Decoder(
    "centroid",
    centroid,
    "mean position near the peak: OpenPose nmsBase (7x7), SLEAP integral refinement (5x5)",
)
