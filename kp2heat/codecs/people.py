"""Centres and sizes of people, for codecs that regress joints from a centre: DEKR and SPR."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.scene import Scene
from kp2heat.skeleton import Skeleton


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
    centre = np.where(known[:, None], total / np.maximum(count, 1)[:, None], np.nan)[:, None]
    seen = known[:, None]
    return replace(
        scene,
        skeleton=Skeleton(("center",)),
        xy=centre,
        visible=np.where(seen, 2, 0),
        flag=np.asarray(seen, np.float32),
        weight=np.asarray(seen, np.float32),
        drawn=seen,
        outside=np.zeros_like(seen),
    )


def squared_diagonal(cells: Floats, drawn: Bools) -> Floats:
    """Return (M,): w^2 + h^2 of the extent of each person's drawn joints, from cells (M, K, 2); 0 where none is."""
    low = np.where(drawn[..., None], cells, np.inf).min(axis=1, initial=np.inf)
    high = np.where(drawn[..., None], cells, -np.inf).max(axis=1, initial=-np.inf)
    sides = np.where(np.asarray(drawn.any(axis=1))[:, None], high - low, 0)
    return np.asarray((sides**2).sum(axis=1))
