"""``simcc3d``: three vectors per joint, for x, y and depth (RTMPose3D; mmpose projects/rtmpose3d, ``get_simcc_maximum``).

The place is the greatest bin of each vector, refined by a parabola as ``simcc`` refines it; the score is the lesser of
the maxima along x and y. ``literal`` takes the bins themselves, and -1 on all three where the score is not above 0.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.simcc import greatest_bins, simcc, vertices
from kp2heat.peaks import Peaks


def decode(planes: Planes, level: Level, *, threshold: float = 0.0, literal: bool = False) -> Peaks:
    """Decode simcc_x (N, K, W), simcc_y (N, K, H) and simcc_z (N, K, D): Peaks in bins, ``depth`` (N, K) in bins of z.

    >>> from kp2heat.frame import alignment
    >>> level = Level((32, 32), 2.0, alignment("stride", (32, 32), (32, 32)))
    >>> x, y, z = (np.exp(-((np.arange(32) - at) ** 2) / 8)[None, None] for at in (10.3, 20.0, 5.5))
    >>> found = decode({"simcc_x": x, "simcc_y": y, "simcc_z": z}, level)
    >>> found.xy.round(2).tolist(), found.depth.round(2).tolist()
    ([[[10.3, 20.0]]], [[5.5]])
    """
    peaks = simcc(planes, level, refine="none" if literal else "parabola", threshold=threshold)
    values = planes["simcc_z"].astype(np.float64)
    bins, _ = greatest_bins(values)
    present = np.isfinite(peaks.xy[..., 0])
    if literal:
        xy = np.where(present[..., None], peaks.xy, -1.0)
        return replace(peaks, xy=xy, depth=np.where(present, bins, -1.0))
    step, _ = vertices(values, bins, max(1, round(level.sigma)))
    return replace(peaks, depth=np.where(present, bins + step, np.nan))


DECODER = Decoder(
    "simcc3d",
    decode,
    "arg-max of three vectors: RTMPose3D, mmpose projects/rtmpose3d get_simcc_maximum",
    ("simcc_x", "simcc_y", "simcc_z"),
)
