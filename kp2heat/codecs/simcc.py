"""SimCC (Li et al. 2022; mmpose 1.3.2 codecs/simcc_label.py): one vector per axis in place of a map.

A level of WxH has W bins for x and H for y, so a split ratio of 2 is a stride of 0.5. ``simcc-gaussian``
draws a Gaussian in each vector, ``simcc-standard`` a 1 (less ``smooth``, which the other bins share).
``literal=True`` rounds the joint to a bin first, as published, which costs 1/4 px on average at split 2.
"""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat.arrays import Bools, Floats
from kp2heat.codecs.nearest_joint import vector_dtype
from kp2heat.contracts import Codec, Level
from kp2heat.scene import Scene, outside_input


def no_channels(*_: object, **__: object) -> tuple[str, ...]:
    """Return no channel names, as SimCC has no heatmaps."""
    return ()


def _drawn_and_weight(
    scene: Scene, bins: Floats, missed: Bools, literal: bool
) -> tuple[Bools, NDArray[np.float32]]:
    """Return which joints are drawn, and their weights.

    ``missed`` (M, K, 2) says that no bin of that axis is in reach.
    """
    hit = np.asarray(~missed.any(axis=-1))
    if not literal:
        drawn = scene.drawn & hit
        return drawn, np.where(drawn, scene.weight, 0)
    flag, finite = scene.flag, np.isfinite(bins).all(axis=-1)
    seen = finite & (flag >= 0.5)
    return seen & hit, np.where(finite & (hit | ~seen), flag, 0)


def _planes(
    scene: Scene, drawn: Bools, weight: NDArray[np.float32], rows: tuple[Floats, Floats], dtype: DTypeLike
) -> dict[str, NDArray[Any]]:
    """Return the vectors (M, K, n) of each joint in its sample, the greater of two in a bin, and the weights."""
    planes = {}
    for name, values in zip(("simcc_x", "simcc_y"), rows, strict=True):
        plane = np.zeros((scene.samples, *values.shape[1:]), vector_dtype(dtype))
        np.maximum.at(plane, scene.sample, np.where(drawn[..., None], values, 0).astype(plane.dtype))
        planes[name] = plane
    return {**planes, "weights": scene.per_sample(weight)}


def gaussian(
    scene: Scene,
    level: Level,
    dtype: DTypeLike = np.float32,
    *,
    scale: float = 1.0,  # noqa: ARG001
    sigma_y: float = 0.0,
    normalize: bool = True,
    literal: bool = False,
) -> dict[str, NDArray[Any]]:
    """Return simcc_x (S, K, W), simcc_y (S, K, H) and weights (S, K).

    The level's sigma counts bins; ``sigma_y`` is another one for y (0 for the same). ``normalize`` divides by
    sigma sqrt(2 pi). A joint more than 3 sigma beyond an end draws nothing and has weight 0.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[30.0, 20.0]]], codec="simcc-gaussian", input_size=(64, 64), size=(128, 128))
    >>> planes["simcc_x"].argmax(), planes["simcc_y"].argmax()  # two bins per px
    (np.int64(60), np.int64(40))
    """
    sigma = np.array([level.sigma, sigma_y or level.sigma])
    bins, drawn, weight = gaussian_bins(scene, level, sigma, literal)
    height = 1 / (sigma * sqrt(2 * pi)) if normalize else np.ones(2)
    rows = [
        height[a] * np.exp(-0.5 * ((np.arange(level.size[a]) - bins[..., a, None]) / sigma[a]) ** 2)
        for a in (0, 1)
    ]
    return _planes(scene, drawn, weight, (rows[0], rows[1]), dtype)


def gaussian_bins(
    scene: Scene, level: Level, sigma: Floats, literal: bool
) -> tuple[Floats, Bools, NDArray[np.float32]]:
    """Return the centres (M, K, 2) in bins, which joints are drawn (M, K), and their weights; sigma (2,) in bins."""
    bins = level.alignment.to_cell(scene.xy)
    if literal:
        bins = np.rint(bins)
        missed = (bins - 3 * sigma >= level.size) | (bins + 3 * sigma + 1 < 0)
    else:
        missed = (bins - 3 * sigma > np.asarray(level.size) - 1) | (bins + 3 * sigma < 0)
    return bins, *_drawn_and_weight(scene, bins, missed, literal)


def standard(
    scene: Scene,
    level: Level,
    dtype: DTypeLike = np.float32,
    *,
    scale: float = 1.0,  # noqa: ARG001
    smooth: float = 0.0,
    literal: bool = False,
) -> dict[str, NDArray[Any]]:
    """Return simcc_x (S, K, W), simcc_y (S, K, H) and weights (S, K), with 1 - smooth at the joint's bin.

    By default a joint within the input always has a bin: the outermost half pixels belong to the first and
    the last one. The published rule rejects joints there.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[30.0, 20.0]]], codec="simcc-standard", input_size=(64, 64), size=(128, 128))
    >>> planes["simcc_x"][0, 0, 58:63].round(4).tolist()
    [0.0, 0.0, 1.0, 0.0, 0.0]
    """
    bins, drawn, weight = standard_bins(scene, level, literal)
    rows = [
        np.where(np.arange(n) == bins[..., a, None], 1 - smooth, smooth / max(1, n - 1))
        for a, n in enumerate(level.size)
    ]
    return _planes(scene, drawn, weight, (rows[0], rows[1]), dtype)


def standard_bins(scene: Scene, level: Level, literal: bool) -> tuple[Floats, Bools, NDArray[np.float32]]:
    """Return the joints' bins (M, K, 2), which joints are drawn (M, K), and their weights."""
    exact = level.alignment.to_cell(scene.xy)
    bins = np.rint(exact) if literal else np.floor(exact + 0.5)
    last = np.asarray(level.size) - 1
    if not literal:
        beyond = outside_input(scene.xy, scene.input_size)[..., None]
        bins = np.where(beyond, bins, np.clip(bins, 0, last))
    missed = ~((bins >= 0) & (bins <= last))
    return bins, *_drawn_and_weight(scene, bins, missed, literal)


def _codec(name: str, encode: Any, what: str) -> Codec:
    return Codec(
        name=name,
        encode=encode,
        align="stride",
        decoder="simcc",
        source=f"Li et al. 2022 (SimCC), {what}; mmpose 1.3.2 SimCCLabel",
        convention=f"{what}: a vector per axis",
        planes=("simcc_x", "simcc_y", "weights"),
        channels=no_channels,
    )


GAUSSIAN = _codec("simcc-gaussian", gaussian, "Gaussian labels")
STANDARD = _codec("simcc-standard", standard, "one-hot labels")
