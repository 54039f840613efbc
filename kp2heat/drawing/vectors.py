"""SimCC's vectors of one person, prepared once: the bits of ``codecs.simcc``, of the bins near a joint alone."""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat import compiled, gaussian
from kp2heat.arrays import Floats
from kp2heat.codecs.nearest_joint import vector_dtype
from kp2heat.contracts import Level
from kp2heat.drawing import person as one_person
from kp2heat.frame import Size
from kp2heat.spec import DTYPES, Spec

Planes = dict[str, NDArray[Any]]
Person = Callable[[Floats, Floats], Planes]

PEOPLE = 32
"""People drawn at a time, whose windows stay in the cache of one core."""

LEAST = {np.dtype(np.float16): 2.0**-25, np.dtype(np.float32): 2.0**-150}
"""Half the least number of each dtype: what is smaller is 0 once stored."""


def vector_drawing(spec: Spec, input_size: Size, level: Level) -> Person | None:
    """Return what draws people's vectors on this level as ``Renderer.person`` does; None for what it does not draw.

    It draws ``simcc-gaussian`` in its corrected form, where every joint in the input is in reach of a bin.
    """
    params = spec.settled
    if spec.codec != "simcc-gaussian" or params["literal"] or spec.normalize != "none":
        return None
    sigma = np.array([level.sigma, params["sigma_y"] or level.sigma])
    height = 1 / (sigma * sqrt(2 * pi)) if params["normalize"] else np.ones(2)
    edges = level.alignment.to_cell(np.array([[-0.5, -0.5], np.array(input_size) - 0.5]))
    near = (edges[0] + 3 * sigma >= 0).all() and (edges[1] - 3 * sigma <= np.array(level.size) - 1).all()
    if spec.outside not in ("drop", "clip") or not near or (height > 1).any():
        return None
    return _drawing(spec, input_size, level, sigma, height)


def _drawing(spec: Spec, input_size: Size, level: Level, sigma: Floats, height: Floats) -> Person:
    dtype = vector_dtype(DTYPES[spec.dtype])
    loops: Any = compiled.prepared_loops() or one_person
    # The loops are compiled without halves.
    put = loops.put_vectors if dtype == np.float32 else one_person.put_vectors
    far = sigma * gaussian.reach_of(LEAST[dtype])
    across, down = (int(min(bins, 2 * reach + 1)) for bins, reach in zip(level.size, far, strict=True))
    blob = np.stack([sigma, np.full(2, np.inf), far], axis=1)
    size, grid, policy = one_person.placing(spec, input_size, level)

    def person(xy: Floats, visible: Floats) -> Planes:
        x, y = (np.zeros((*visible.shape, bins), dtype) for bins in level.size)
        weights = np.empty(visible.shape, np.float32)
        points, flags, out = xy.reshape(-1, 2), visible.reshape(-1), weights.reshape(-1)
        x_rows, y_rows = (plane.reshape(-1, plane.shape[-1]) for plane in (x, y))
        step = PEOPLE * visible.shape[-1]
        for start in range(0, len(points), step):
            part = slice(start, start + step)
            index, x0, y0, z, out[part] = loops.person(
                points[part], flags[part], size, grid, blob, policy, across, down
            )
            put(np.exp(z, out=z), across, height, index, x0, y0, x_rows[part], y_rows[part])
        return {"simcc_x": x, "simcc_y": y, "weights": weights}

    return person
