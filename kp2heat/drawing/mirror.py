"""Mirrored frames and scenes, in which left and right joints change places."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.scene import Scene
from kp2heat.skeleton import Skeleton


def mirrored(matrix: Floats) -> Bools:
    """Return (...) of affines (..., 2, 3): left and right change places.

    >>> mirrored(np.array([[-1.0, 0, 7], [0, 1, 0]])).item()
    True
    """
    m = matrix
    return np.asarray(m[..., 0, 0] * m[..., 1, 1] < m[..., 0, 1] * m[..., 1, 0])


def joint_order(skeleton: Skeleton, matrix: Floats) -> Ints | None:
    """Return which joint (M, K) is drawn in each place through frames (M, 2, 3): the partner where a frame mirrors.

    None where no frame mirrors.
    """
    turned = mirrored(matrix)
    if not turned.any():
        return None
    return np.where(turned[:, None], np.asarray(skeleton.swap), np.arange(len(skeleton)))


def mirror_scene(scene: Scene) -> Scene:
    """Return the scene in the mirrored input: x becomes w - 1 - x, and partners change places."""
    swap = list(scene.skeleton.swap)
    xy, bbox = scene.xy[:, swap].copy(), scene.bbox.copy()
    xy[..., 0] = scene.input_size[0] - 1 - xy[..., 0]
    bbox[:, 0] = scene.input_size[0] - 1 - (bbox[:, 0] + bbox[:, 2])
    joints = {
        name: getattr(scene, name)[:, swap] for name in ("visible", "flag", "weight", "drawn", "outside")
    }
    return replace(scene, xy=xy, bbox=bbox, **joints)
