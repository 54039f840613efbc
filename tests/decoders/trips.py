"""Round trips of codecs with the decoder that belongs to each: joints uniform over the whole input, borders too."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.decoders import DECODERS, decode
from kp2heat.frame import alignment
from kp2heat.scene import make_scene
from kp2heat.skeleton import Skeleton
from tests.decoders.clean import GRIDS

BATCH = 1000
SKELETON = Skeleton(("joint",), limbs=((0, 0),))
"""One joint, and a limb of no length for the codecs that ask for limbs."""


def trip(
    codec: str, method: str, grid: str, *, count: int = 1_000, dtype: Any = np.float32, **params: Any
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Drawn and decoded joints (count, 2), input px."""
    input_size, size, sigma = GRIDS[grid]
    record = CODECS[codec]
    level = Level(size, sigma, alignment(record.align, input_size, size))
    xy = np.random.default_rng(7).random((count, 1, 2)) * input_size - 0.5
    back = []
    for part in np.array_split(xy, max(1, count // BATCH)):
        scene = make_scene(SKELETON, input_size, part, np.full(part.shape[:2], 2, np.uint8))
        planes = record.encode(scene, level, dtype)
        found = decode(
            method, {name: np.asarray(p, np.float32) for name, p in planes.items()}, level, **params
        )
        shift = 0 if DECODERS[method].absolute else record.shift
        back.append(level.alignment.to_input(found.xy + shift)[:, 0])
    return xy[:, 0], np.concatenate(back)


def distance(codec: str, method: str, grid: str, **more: Any) -> NDArray[np.float64]:
    """(count,) error in input px."""
    drawn, back = trip(codec, method, grid, **more)
    return np.asarray(np.hypot(*(back - drawn).T))
