"""``argmax``: the cell of the greatest value."""

from __future__ import annotations

from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement import published
from kp2heat.decoders.refinement.locate import locate
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
    """Return the integer peaks themselves, never refined; ``literal``: as HRNet or mmpose, by ``rule``.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32))
    >>> kp2heat.decode(planes, method="argmax", input_size=(96, 128)).xy.round(1).tolist()
    [[[29.5, 53.5]]]
    """
    if literal:
        return published.argmax(planes["heatmaps"], rule)
    return locate(planes["heatmaps"], top, threshold).unrefined()


DECODER = Decoder(
    "argmax",
    decode,
    "the highest cell; literal: HRNet get_max_preds, mmpose get_heatmap_maximum",
    accepts_float16=True,
)
