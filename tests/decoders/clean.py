"""Clean labels for the decoders' tests: joints uniform over the whole input, drawn by the default codec."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat import normalize
from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.frame import alignment
from kp2heat.peaks import Peaks
from kp2heat.scene import make_scene
from kp2heat.skeleton import Skeleton

Grid = tuple[tuple[int, int], tuple[int, int], float]
GRIDS: dict[str, Grid] = {
    "48x64": ((192, 256), (48, 64), 2.0),
    "28x28": ((224, 224), (28, 28), 1.5),
    "14x14": ((224, 224), (14, 14), 1.0),
    "7x7": ((224, 224), (7, 7), 1.0),
}
Decode = Callable[[dict[str, NDArray[Any]], Level], Peaks]


def level_of(name: str) -> Level:
    input_size, size, sigma = GRIDS[name]
    return Level(size, sigma, alignment("half-pixel", input_size, size))


def joints(name: str, count: int, seed: int = 0) -> NDArray[np.float64]:
    """(count, 1, 2) input px, uniform over [-0.5, w - 0.5): border cells as often as any other."""
    return np.random.default_rng(seed).random((count, 1, 2)) * GRIDS[name][0] - 0.5


def maps_of(name: str, xy: NDArray[np.float64], dtype: str = "f4") -> NDArray[Any]:
    """Labels of the default codec as a decoder is handed them: float32, uint8 counts scaled back."""
    scene = make_scene(Skeleton.numbered(1), GRIDS[name][0], xy, np.full(xy.shape[:2], 2, np.uint8))
    drawn = CODECS["gaussian"].encode(scene, level_of(name), "f4" if dtype == "u1" else dtype)["heatmaps"]
    return np.rint(drawn * 255) / np.float32(255) if dtype == "u1" else drawn.astype(np.float32)


def normalized(name: str, maps: NDArray[Any]) -> NDArray[Any]:
    """Through a normalisation, stored as float32, and back."""
    return normalize.undo(name, normalize.apply(name, maps, {}).astype(np.float32), {})


def errors(
    name: str, decode: Decode, dtype: str = "f4", count: int = 10_000, norm: str = "none"
) -> NDArray[np.float64]:
    """(count,) distance in input px between decoded and drawn joints."""
    return np.concatenate(list(_parts(name, decode, dtype, count, norm)))


def _parts(name: str, decode: Decode, dtype: str, count: int, norm: str) -> Iterator[NDArray[np.float64]]:
    level = level_of(name)
    for xy in np.array_split(joints(name, count), max(1, count // 2500)):
        peaks = decode({"heatmaps": normalized(norm, maps_of(name, xy, dtype))}, level)
        yield np.linalg.norm(level.alignment.to_input(peaks.xy) - xy, axis=-1)[:, 0]
