"""Rows, centres and sizes of people, for codecs that label several."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.contracts import Level
from kp2heat.errors import SpecError
from kp2heat.gaussian import turns
from kp2heat.scene import Scene
from kp2heat.skeleton import Skeleton


def joints_and_center(skeleton: Skeleton, **_: Any) -> tuple[str, ...]:
    """Return the names of the joints' maps, and ``center``."""
    return (*skeleton.names, "center")


def rows_of_people(sample: Ints, most: int, literal: bool) -> Ints:
    """Return the row of each person in its sample (M,), ascending; SpecError beyond ``most`` rows, unless ``literal``.

    >>> rows_of_people(np.array([0, 0, 1]), 2, literal=False).tolist()
    [0, 1, 0]
    """
    row = np.arange(len(sample)) - np.searchsorted(sample, sample)
    if not literal and row.max(initial=-1) >= most:
        raise SpecError(
            "max_objs", f"an image holds {row.max() + 1} people, and there are {most} rows", "give more"
        )
    return row


def joint_centers(scene: Scene, drawn: Bools, kept: Bools | None = None) -> Scene:
    """Return a scene whose only joint is the mean of each person's drawn joints (M, K); NaN where there are none.

    ``kept`` (M,) says which people have a centre.

    >>> from kp2heat.scene import make_scene
    >>> xy = np.array([[[2.0, 4.0], [6.0, 8.0]]])
    >>> scene = make_scene(Skeleton(("a", "b")), (64, 64), xy, np.full((1, 2), 2))
    >>> joint_centers(scene, scene.drawn).xy.tolist()
    [[[4.0, 6.0]]]
    """
    count = drawn.sum(axis=1)
    total = np.where(drawn[..., None], scene.xy, 0).sum(axis=1)
    known = np.asarray((count > 0) & (np.ones(len(count), bool) if kept is None else kept))
    centre = np.where(known[:, None], total / np.maximum(count, 1)[:, None], np.nan)
    return scene.centers(centre[:, None], known[:, None])


def counted_joints(scene: Scene, cells: Floats, literal: bool) -> Bools:
    """Return (M, K): the joints that a person's centre and size come from: drawn ones; labelled ones as published."""
    return np.isfinite(cells).all(axis=-1) & (scene.flag > 0) if literal else scene.drawn


def sides(places: Floats, drawn: Bools) -> Floats:
    """Return (M, 2): width and height of the extent of each person's drawn joints (M, K, 2); 0 where none is."""
    low = np.where(drawn[..., None], places, np.inf).min(axis=1, initial=np.inf)
    high = np.where(drawn[..., None], places, -np.inf).max(axis=1, initial=-np.inf)
    return np.where(drawn.any(axis=1, keepdims=True), high - low, 0)


def squared_diagonal(cells: Floats, drawn: Bools) -> Floats:
    """Return (M,): w^2 + h^2 of the extent of each person's drawn joints, from cells (M, K, 2); 0 where none is."""
    return np.asarray((sides(cells, drawn) ** 2).sum(axis=1))


def point_to_joints(
    scene: Scene,
    level: Level,
    people: Ints,
    window: tuple[Floats, Floats],
    cells: Floats,
    drawn: Bools,
    area: Floats,
    *,
    shared: bool,
) -> tuple[Floats, NDArray[np.float32]]:
    """Return the vectors from the cells of each person's window to the person's joints, and weights 1 / sqrt(area).

    Both are (S, 2K, H, W); vectors in cells, x then y. people are the instances to draw; window, the first cell (M, 2) and the one after the last; cells (M, K, 2) the
    joints; drawn (M, K); area (M,) in cells^2, at least 1 unless ``shared``. A cell in several windows points to the
    joint of the person with the least area. ``shared``, as published: one area per cell, in float32, serves all
    joints, and a cell counts as free where its vector is 0.
    """
    joints, (width, height) = cells.shape[1], level.size
    area = area if shared else np.maximum(area, 1)
    vectors = np.zeros((scene.samples, joints, 2, height, width))
    weights = np.zeros((scene.samples, joints, height, width))
    owner = np.zeros(
        (scene.samples, 1 if shared else joints, height, width), np.float32 if shared else np.float64
    )
    for turn in turns(scene.sample[people]):
        for k in range(joints):
            m = people[turn][drawn[people[turn], k]]
            person, y, x = _cells_of(window[0][m], window[1][m], level)
            who = m[person]
            sample, kept = scene.sample[who], 0 if shared else k
            taken = (vectors[sample, k, :, y, x] != 0).any(axis=1) if shared else weights[sample, k, y, x] > 0
            won = ~(taken & (owner[sample, kept, y, x] < area[who]))
            sample, who, y, x = sample[won], who[won], y[won], x[won]
            vectors[sample, k, 0, y, x] = cells[who, k, 0] - x
            vectors[sample, k, 1, y, x] = cells[who, k, 1] - y
            weights[sample, k, y, x] = 1 / np.sqrt(area[who])
            owner[sample, kept, y, x] = area[who]
    shape = (scene.samples, 2 * joints, height, width)
    return vectors.reshape(shape), np.repeat(weights, 2, axis=1).astype(np.float32)


def _cells_of(first: Floats, stop: Floats, level: Level) -> tuple[Ints, Ints, Ints]:
    """Return person, row and column of the cells of windows (P, 2) that lie in the map."""
    low: Ints = np.maximum(first, 0).astype(np.int64)
    high: Ints = np.minimum(stop, level.size).astype(np.int64)
    step = np.arange(int((high - low).max(initial=0)))
    x, y = low[:, 0, None, None] + step, low[:, 1, None, None] + step[:, None]
    inside = np.asarray((x < high[:, 0, None, None]) & (y < high[:, 1, None, None]))
    person = np.nonzero(inside)[0]
    return person, np.broadcast_to(y, inside.shape)[inside], np.broadcast_to(x, inside.shape)[inside]
