"""ProbPose's expected-OKS maps (Purkrabek and Matas, CVPR 2025, arXiv 2412.02254; mmpose/codecs/probmap.py at 93bc991).

    heatmaps   (S, K, H, W)  exp(-d^2 / 2 v), uncut, on a grid with corners on corners
    annotated  (S, K) uint8  1 where the joint is labelled
    in_image   (S, K) uint8  1 where it lies on the input: the target of ProbPose's presence head

``spread="level"`` takes v = sigma^2, by default 0.55 cells^2; ``spread="oks"``, as ProbPose is trained, the width of
the joint's OKS kernel: v = 2 (2 sigma_k)^2 sqrt(area), within 0.55 and 3 cells^2, with the skeleton's sigmas.

``literal=True``: the area is that of the map without its padding, whatever the box, and a joint weighs 1 wherever
float64 holds any of its map. By default the area is the box's, and a joint whose map is empty has weight 0.
"""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat.codecs.gaussian.convention import Convention
from kp2heat.codecs.gaussian.draw import encode as draw
from kp2heat.codecs.gaussian.sigmas import cells
from kp2heat.contracts import Codec, Level
from kp2heat.errors import SpecError
from kp2heat.frame import finite
from kp2heat.scene import Scene, outside_input

LEVEL = Convention(
    "probmap",
    "Purkrabek and Matas 2025 (ProbPose), ProbMap and generate_probmaps at 93bc991",
    "align-corners",
    sigma=cells(sqrt(0.55)),
    cut=None,
    literal={"published": "probmap", "align": "mmpose-udp"},
)
OKS = replace(LEVEL, sigma_from="oks", literal={**LEVEL.literal, "sigma_from": "oks-map"})
SPREADS = {"level": LEVEL, "oks": OKS}


def encode(
    scene: Scene,
    level: Level,
    dtype: DTypeLike = np.float32,
    *,
    scale: float = 1.0,
    spread: str = "level",
    literal: bool = False,
) -> dict[str, NDArray[Any]]:
    """Return heatmaps, weights, annotated and in_image. SpecError for an unknown spread.

    >>> import kp2heat
    >>> grid = {"input_size": (64, 64), "size": (16, 16)}
    >>> planes = kp2heat.encode([[[30.0, 20.0]]], codec="probmap", bbox=[[10, 4, 40, 32]], **grid)
    >>> planes["annotated"].tolist(), planes["in_image"].tolist()
    ([[1]], [[1]])
    """
    row = convention(spread)
    return {**draw(row, scene, level, dtype, scale=scale, literal=literal), **presence(scene, literal)}


def convention(spread: str) -> Convention:
    """Return the row of the Gaussian table that is drawn; SpecError for an unknown spread."""
    if spread not in SPREADS:
        raise SpecError("spread", f"'{spread}' is not known", "use level or oks")
    return SPREADS[spread]


def presence(scene: Scene, literal: bool) -> dict[str, NDArray[np.uint8]]:
    """Return the planes annotated and in_image, (S, K) uint8."""
    known = finite(scene.xy)
    within = known & ~outside_input(scene.xy, scene.input_size)
    if literal:
        within = known & ((scene.xy >= 0) & (scene.xy < scene.input_size)).all(axis=-1)
    labelled = known & (scene.visible.astype(float) > 0)
    return {
        "annotated": scene.per_sample(labelled.astype(np.float32)).astype(np.uint8),
        "in_image": scene.per_sample(within.astype(np.float32)).astype(np.uint8),
    }


CODEC = Codec(
    name="probmap",
    encode=encode,
    align=LEVEL.align,
    literal_align="mmpose-udp",
    source=LEVEL.source,
    convention="uncut sub-pixel Gaussian as wide as the joint's OKS kernel, and whether the joint is in the input",
    planes=("heatmaps", "weights", "annotated", "in_image"),
    decoder="dark",
    sigma=LEVEL.sigma,
)
