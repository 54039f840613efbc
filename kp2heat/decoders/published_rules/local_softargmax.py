"""``local-softargmax``: the mean position under a softmax of the cells round the peak.

Bulat, Sanchez and Tzimiropoulos, "Subpixel heatmap regression for facial landmark localization", BMVC 2021; landmarker,
``coord_local_soft_argmax`` at 8026c94. Its fault, kept by ``literal``: cells beyond the map count as zeros, of weight
exp(0), and pull a joint near a side outward.
"""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement.locate import locate
from kp2heat.decoders.refinement.moments import mean
from kp2heat.decoders.refinement.peak_cells import bounded, window
from kp2heat.decoders.refinement.published import greatest
from kp2heat.errors import SpecError
from kp2heat.peaks import Peaks


def decode(
    planes: Planes,
    _level: Level,
    *,
    cells: int = 5,
    t: float = 10.0,
    threshold: float = 0.0,
    literal: bool = False,
) -> Peaks:
    """Return the mean position under exp(t h) of the cells x cells round each peak, those of the map alone.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32))
    >>> kp2heat.decode(planes, method="local-softargmax", input_size=(96, 128)).xy.round(1).tolist()
    [[[31.3, 52.9]]]
    """
    if cells < 3 or cells % 2 == 0:
        raise SpecError("cells", f"{cells} is not the side of a window", "give an odd number from 3")
    if not t > 0:
        raise SpecError("t", f"{t} is not usable", "give a number above 0")
    half = cells // 2
    if literal:
        at = greatest(planes["heatmaps"])
        u, v = mean(_weights(window(at, half), t))
        return at.peaks((u - half, v - half, np.ones(len(u), bool)))
    located = locate(planes["heatmaps"], 1, threshold)
    columns, rows = located.on_map(half)
    u, v = mean(_weights(window(located, half), t) * (rows[:, :, None] & columns[:, None, :]))
    return located.peaks(bounded(u - half, v - half, np.isfinite(u), half))


def _weights(values: Floats, t: float) -> Floats:
    """Return exp(t h) over that of the greatest cell of windows (P, n, n); 0 of a NaN."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nan_to_num(np.exp(t * (values - np.nanmax(values, axis=(1, 2), keepdims=True)))))


DECODER = Decoder(
    "local-softargmax",
    decode,
    "mean position under a softmax of the 5x5 cells at the peak: Bulat et al. 2021 (FHR); landmarker",
)
