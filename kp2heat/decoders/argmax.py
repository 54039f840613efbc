"""``argmax``: the cell of the greatest value."""

from __future__ import annotations

import numpy as np

from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders import published
from kp2heat.decoders.locate import COMMON, locate
from kp2heat.peaks import Peaks


def decode(
    planes: Planes,
    _level: Level,
    *,
    top: int = 1,
    threshold: float = 0.0,
    literal: bool = False,
    rule: str = "hrnet",
) -> Peaks:
    """The integer peaks themselves, never refined; ``literal``: ``published.argmax``."""
    if literal:
        return published.argmax(planes["heatmaps"], rule)
    found = locate(planes["heatmaps"], top, threshold)
    still = np.zeros(len(found.x))
    return found.peaks((still, still, still > 0))


DECODER = Decoder(
    "argmax",
    decode,
    "the greatest cell; literal: HRNet get_max_preds, mmpose get_heatmap_maximum",
    {**COMMON, "literal": False, "rule": "hrnet"},
    accepts_float16=True,
)
