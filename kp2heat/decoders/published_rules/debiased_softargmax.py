"""``debiased-softargmax``: the mean position under a softmax, the pull of the map's background taken out.

Gu, Yang and Yao, "Removing the bias of integral pose regression", ICCV 2021: with the map from 0 to 1 along both axes
and C the integral of exp(beta h) over it, a background of h = 0 moves the mean x of the softmax to
x' = C / (C - 1) (x - 1 / 2C). By default C is that integral, the mean over the cells, and cell j lies at (j + 1/2) / W:
the background is taken out exactly.

``literal``: mmpose 1.3.2 ``IntegralRegressionHead(debias=True)``, which takes the sum over the cells for the integral,
of exp(h) whatever beta is, and puts cell j at j / W: it takes out next to nothing.
"""

from __future__ import annotations

import numpy as np

from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement.locate import locate
from kp2heat.decoders.refinement.moments import mean
from kp2heat.decoders.refinement.published import greatest
from kp2heat.errors import SpecError
from kp2heat.peaks import Peaks


def decode(
    planes: Planes, _level: Level, *, beta: float = 10.0, threshold: float = 0.0, literal: bool = False
) -> Peaks:
    """Return the mean position under exp(beta h) over the map, less what cells of h = 0 have of it.

    A mean that falls off the map is refused.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32))
    >>> kp2heat.decode(planes, method="debiased-softargmax", input_size=(96, 128)).xy.round(1).tolist()
    [[[31.3, 52.9]]]
    """
    if not beta > 0:
        raise SpecError("beta", f"{beta} is not usable", "give a number above 0")
    if literal:
        return _published(planes, beta)
    located = locate(planes["heatmaps"], 1, threshold)
    values = located.maps[located.which].astype(np.float64)
    most = located.score[:, None, None]
    with np.errstate(invalid="ignore", over="ignore"):
        weights = np.nan_to_num(np.exp(beta * (values - most)) - np.exp(-beta * most))
    x, y = mean(weights)
    height, width = values.shape[1:]
    on_map = (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)
    on_map &= weights.sum(axis=(1, 2)) > 0
    return located.peaks(
        (np.where(on_map, x - located.x, 0), np.where(on_map, y - located.y, 0), np.asarray(on_map))
    )


def _published(planes: Planes, beta: float) -> Peaks:
    at = greatest(planes["heatmaps"])
    values = at.maps.astype(np.float64)
    height, width = values.shape[1:]
    weights = np.exp(beta * (values - at.score[:, None, None]))
    u, v = mean(weights)
    count = np.exp(values).sum(axis=(1, 2))
    u, v = (count / (count - 1) * (at - size / (2 * count)) for at, size in ((u, width), (v, height)))
    return at.moved_to(u, v)


DECODER = Decoder(
    "debiased-softargmax",
    decode,
    "mean position under a softmax without its background: Gu et al., ICCV 2021; mmpose IntegralRegressionHead",
)
