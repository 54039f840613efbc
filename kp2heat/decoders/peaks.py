"""``peaks``: several instances per map, each the local maximum of its 3x3 cells, refined by a step of choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement import dark, fit, lsq, weighted_fit
from kp2heat.decoders.refinement.locate import stepped
from kp2heat.decoders.refinement.moments import centroid_steps
from kp2heat.decoders.refinement.peak_cells import Steps
from kp2heat.decoders.refinement.quarter import quarter_steps
from kp2heat.errors import check_choice
from kp2heat.peaks import Peaks

STEPS: Mapping[str, Callable[..., Steps]] = {
    "lsq": lsq.steps,
    "fit": fit.steps,
    "weighted-fit": weighted_fit.steps,
    "dark": dark.steps,
    "quarter": quarter_steps,
    "centroid": centroid_steps,
}


def decode(
    planes: Planes, level: Level, *, top: int = 20, threshold: float = 0.05, refine: str = "lsq"
) -> Peaks:
    """Return the best ``top`` local maxima above ``threshold`` of every map, (N, K, top), best first.

    OpenPose ``nmsBase`` and SLEAP find peaks so, with a threshold of 0.05 and 0.2 and ``centroid`` steps.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32))
    >>> kp2heat.decode(planes, method="peaks", top=2, input_size=(96, 128)).xy.round(1).tolist()
    [[[[31.3, 52.8], [nan, nan]]]]
    """
    check_choice("refine", refine, STEPS, "is not a step")
    sigma = None if refine in ("quarter", "centroid") else level.sigma
    return stepped(planes, level, STEPS[refine], top, threshold, sigma=sigma)


DECODER = Decoder("peaks", decode, "every local maximum of 3x3 cells: OpenPose nmsBase, SLEAP, CenterNet")
