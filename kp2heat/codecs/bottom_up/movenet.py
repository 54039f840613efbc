"""MoveNet's label set, of the person in the middle of a crop (fire717/movenet.pytorch at f739196, lib/data/data_tools.py).

    heatmaps      (S, K, H, W)   cones exp(-3 d / R) within R cells of the joints of all people, added up to at most 1
    centers       (S, 1, H, W)   the same of the boxes' centres, within R + 1 cells
    regs          (S, 2K, H, W)  cell of the joint less cell, x then y, in the 5x5 cells round the person's centre
    cell_offsets  (S, 2K, H, W)  joint less its cell, x then y, in the joint's cell

R is 4, 5 or 6 cells where the person's joints extend over less than 0.16, 0.3 or more of the input. Cells are floored.

``literal=True``: windows lack their last row and column; left of or above the middle of the map ``regs`` run the wrong way
round the centre; offsets are those of whole pixels; a joint that the person lacks has no bystanders either.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.codecs.bottom_up.people import sides
from kp2heat.contracts import Codec, Level
from kp2heat.gaussian import stored
from kp2heat.scene import Scene

FALL = 3.0
"""A cone falls to exp(-FALL) at its radius."""
RADII = ((0.16, 4), (0.3, 5), (np.inf, 6))
"""Extents of the joints, as shares of the input, below which a radius holds."""
ROUND_CENTRE = 2
"""Cells to each side of a centre whose ``regs`` are filled in."""


def encode(
    scene: Scene, level: Level, dtype: DTypeLike = np.float32, *, scale: float = 1.0, literal: bool = False
) -> dict[str, NDArray[Any]]:
    """Return the planes of the module's table and weights (S, K).

    >>> import kp2heat
    >>> grid = {"input_size": (64, 64), "size": (16, 16)}
    >>> planes = kp2heat.encode([[[30.0, 20.0], [30.0, 44.0]]], codec="movenet", **grid)
    >>> planes["centers"].shape, planes["regs"].shape, planes["cell_offsets"].shape
    ((1, 1, 16, 16), (1, 4, 16, 16), (1, 4, 16, 16))
    """
    first = np.asarray(np.diff(scene.sample, prepend=-1) > 0)
    people, size = scene.first_instances(), np.asarray(level.size)
    radius = np.zeros(scene.samples, np.int64)
    radius[people.sample] = _radii(people)
    cells, present = _cells(level.alignment.to_cell(scene.xy), scene.drawn, size)
    shown = present
    if literal:
        kept = np.zeros((scene.samples, cells.shape[1]), bool)
        kept[people.sample] = present[first]
        shown = present & kept[scene.sample]
    middle, boxed = _cells(level.alignment.to_cell(_centres(scene)), np.ones((len(cells), 1), bool), size)
    middle[first], boxed[first] = np.clip(middle[first], 0, size - 1), True
    maps = _cones(cells, shown, scene.sample, radius, (scene.samples, *level.size), literal)
    centers = _cones(middle, boxed, scene.sample, radius + 1, (scene.samples, *level.size), literal)
    regs, offsets = _vectors(people, cells[first], present[first], middle[first][:, 0], level, literal)
    vectors = np.float16 if np.dtype(dtype) == np.float16 else np.float32
    return {
        "heatmaps": stored(maps, dtype, scale),
        "centers": centers.astype(vectors),
        "regs": regs.astype(vectors),
        "cell_offsets": offsets.astype(vectors),
        "weights": people.per_sample(np.where(present[first], people.weight, 0).astype(np.float32)),
    }


def _radii(people: Scene) -> Ints:
    """Return the radius of each person's cones in cells, (M,)."""
    known = np.isfinite(people.xy).all(axis=-1) & (people.visible.astype(float) > 0)
    width, height = (sides(people.xy, known) / people.input_size).T
    share: Floats = width * height
    bounds, radii = zip(*RADII, strict=True)
    return np.asarray(radii)[np.searchsorted(bounds, share, side="right")]


def _centres(scene: Scene) -> Floats:
    """Return the centres (M, 1, 2) of the boxes, input px; the mean of the joints where there is no box."""
    boxes = scene.bbox[:, :2] + scene.bbox[:, 2:] / 2
    count = np.maximum(scene.drawn.sum(axis=1), 1)[:, None]
    joints = np.where(scene.drawn[..., None], scene.xy, 0).sum(axis=1) / count
    return np.where(np.isfinite(boxes), boxes, joints)[:, None]


def _cells(places: Floats, drawn: Bools, size: Ints) -> tuple[Ints, Bools]:
    """Return the floored cells (M, K, 2) of places in cells, and which are drawn and on the map, its far side included."""
    known = drawn & np.isfinite(places).all(axis=-1)
    at = np.floor(np.where(known[..., None], places, 0)).astype(np.int64)
    on_map = known & ((at >= 0) & (at <= size)).all(axis=-1)
    return np.where(on_map[..., None], np.minimum(at, size - 1), at), np.asarray(on_map)


def _cones(
    cells: Ints, shown: Bools, sample: Ints, radius: Ints, shape: tuple[int, int, int], literal: bool
) -> Floats:
    """Return (S, K, H, W): cones at cells (M, K, 2) of the samples' radii, added up to at most 1. shape: S, W, H."""
    samples, width, height = shape
    maps = np.zeros((samples, cells.shape[1], height, width))
    for r in np.unique(radius):
        reach = np.arange(-r, r if literal else r + 1)
        away = np.hypot(reach, reach[:, None])
        row, column = np.nonzero(away <= r)
        person, joint = np.nonzero(shown & (radius[sample] == r)[:, None])
        x = cells[person, joint, 0][:, None] + reach[column]
        y = cells[person, joint, 1][:, None] + reach[row]
        blob, cell = np.nonzero((x >= 0) & (x < width) & (y >= 0) & (y < height))
        values = np.exp(-FALL * away[row, column][cell] / r)
        place = sample[person[blob]], joint[blob], y[blob, cell], x[blob, cell]
        np.add.at(maps, place, values)
    return np.minimum(maps, 1)


def _vectors(
    people: Scene, cells: Ints, present: Bools, middle: Ints, level: Level, literal: bool
) -> tuple[Floats, Floats]:
    """Return ``regs`` and ``cell_offsets`` (S, 2K, H, W) of the samples' own people (M), middle (M, 2)."""
    joints, (width, height) = cells.shape[1], level.size
    regs = np.zeros((people.samples, joints, 2, height, width))
    offsets = np.zeros_like(regs)
    person, joint = np.nonzero(present)
    at, centre, sample = cells[person, joint], middle[person], people.sample[person]
    xy = np.trunc(people.xy[person, joint]) if literal else people.xy[person, joint]
    offsets[sample, joint, :, at[:, 1], at[:, 0]] = level.alignment.to_cell(xy) - at
    for v in range(-ROUND_CENTRE, ROUND_CENTRE + 1):
        for u in range(-ROUND_CENTRE, ROUND_CENTRE + 1):
            step = np.array([u, v])
            cell = centre + step
            on_map = ((cell >= 0) & (cell < level.size)).all(axis=1)
            turned = literal & (centre < np.asarray(level.size) / 2 - 1)
            value = at - centre - np.where(turned, -step, step)
            s, k, x, y = sample[on_map], joint[on_map], cell[on_map, 0], cell[on_map, 1]
            regs[s, k, :, y, x] = value[on_map]
    shape = (people.samples, 2 * joints, height, width)
    return regs.reshape(shape), offsets.reshape(shape)


def _holds(scene: Scene, level: Level, *_: Any, **__: Any) -> Bools:
    """Return which joints (M, K) lie on the map: those in the half pixel left of or above it have no cell."""
    return _cells(level.alignment.to_cell(scene.xy), scene.drawn, np.asarray(level.size))[1]


CODEC = Codec(
    name="movenet",
    encode=encode,
    align="stride",
    source="MoveNet in PyTorch, fire717/movenet.pytorch at f739196, lib/data/data_tools.py",
    convention="cones at floored joints of all people, and of the person in the middle offsets and ways from the centre",
    planes=("heatmaps", "centers", "regs", "cell_offsets", "weights"),
    decoder="movenet",
    draws_bystanders=True,
    holds=_holds,
)
