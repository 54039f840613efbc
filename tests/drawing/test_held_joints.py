"""Joints count as drawn where the stored maps hold something of them, in every codec with a map per joint."""

from __future__ import annotations

import numpy as np
import pytest

import kp2heat
from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.drawing.planes import draw, held_joints
from kp2heat.frame import alignment
from kp2heat.scene import make_scene
from kp2heat.spec import Spec

NAMES = [name for name in CODECS if not name.startswith("center-map")]
JOINTS = kp2heat.Skeleton(("a", "b", "c"), limbs=((0, 1), (1, 2)))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sigma", [0.02, 0.3, 2.0])
def test_drawn_is_what_maps_hold(name: str, sigma: float) -> None:
    """Blobs far narrower than a cell leave most maps empty; joints at and beyond the sides leave some."""
    rng = np.random.default_rng(3)
    xy = rng.uniform(-6, 70, (70, 3, 2))
    xy[0] = [[-0.3, 20], [20, -0.3], [63.2, 63.2]]
    box = np.tile([2.0, 2.0, 60.0, 60.0], (70, 1))
    scene = make_scene(JOINTS, (64, 64), xy, rng.integers(1, 3, (70, 3)), bbox=box)
    spec = Spec.from_fields({"codec": name, "input_size": "64x64", "sizes": ["16x16"]}, "spec")
    level = Level((16, 16), sigma, alignment(CODECS[name].align, (64, 64), (16, 16)))
    planes = draw(spec, level, scene)
    channels = CODECS[name].channels(JOINTS, **spec.params) or JOINTS.names
    order = [channels.index(joint) for joint in JOINTS.names]
    maps = [planes[key][:, order] for key in ("heatmaps", "simcc_x", "simcc_y") if key in planes]
    held = np.logical_and.reduce([(plane != 0).reshape(70, 3, -1).any(axis=2) for plane in maps])
    np.testing.assert_array_equal(held_joints(spec, level, scene), held & scene.drawn)
