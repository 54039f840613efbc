"""DEKR's planes against those of its own generators (golden/systems/dekr), and what ours corrects."""

from __future__ import annotations

from typing import Any

import numpy as np

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.frame import alignment
from kp2heat.scene import make_scene
from kp2heat.skeleton import Skeleton
from tests.shared import TRIMMED

SIZE = (32, 32)


def encode(xy: Any, visible: Any, **more: Any) -> dict[str, Any]:
    xy = np.asarray(xy, float)
    scene = make_scene(
        Skeleton.numbered(xy.shape[1]),
        SIZE,
        xy,
        visible,
        outside="partial",
        sample=np.zeros(len(xy), np.int64),
        samples=1,
    )
    level = Level(SIZE, 2.0, alignment("stride", SIZE, SIZE))
    return {name: plane[0] for name, plane in CODECS["dekr"].encode(scene, level, np.float32, **more).items()}


def test_literal_planes_are_the_published_ones() -> None:
    """Values are computed in float64 on both sides and rounded once; offsets reach 30 cells."""
    with np.load(TRIMMED / "systems" / "dekr.npz") as golden:
        joints = golden["joints"][:, :17]
        planes = encode(joints[..., :2], joints[..., 2], literal=True)
        for name in ("heatmaps", "heatmap_weights", "offset_weights"):
            np.testing.assert_allclose(planes[name], golden[name], rtol=0, atol=2.0**-23, err_msg=name)
        np.testing.assert_allclose(planes["offsets"], golden["offsets"], rtol=0, atol=2.0**-19)


def test_a_cell_round_two_centres_belongs_to_the_smaller_person_joint_by_joint() -> None:
    """The larger person's further joints do not overwrite the smaller one's, whatever the order."""
    small = [[14.0, 14.0], [np.nan, np.nan], [18.0, 18.0]]
    large = [[6.0, 6.0], [16.0, 16.0], [26.0, 26.0]]
    seen = np.array([[2, 0, 2], [2, 2, 2]])
    for order in ([0, 1], [1, 0]):
        planes = encode(np.array([small, large])[order], seen[order])
        offsets, weights = (
            planes["offsets"].reshape(3, 2, 32, 32),
            planes["offset_weights"].reshape(3, 2, 32, 32),
        )
        np.testing.assert_allclose(offsets[:, :, 16, 16], [[2, 2], [0, 0], [-2, -2]], atol=1e-6)
        np.testing.assert_allclose(
            weights[:, 0, 16, 16], [1 / np.sqrt(32), 1 / np.sqrt(800), 1 / np.sqrt(32)]
        )


def test_every_cell_round_a_centre_points_to_the_joint() -> None:
    planes = encode([[[10.25, 12.5], [20.0, 20.0]]], np.full((1, 2), 2), radius=3)
    y, x = np.nonzero(planes["offset_weights"][0])
    assert len(y) == 49
    np.testing.assert_allclose(x - planes["offsets"][0, y, x], 10.25, atol=1e-6)
    np.testing.assert_allclose(y - planes["offsets"][1, y, x], 12.5, atol=1e-6)
    assert set(np.unique(planes["heatmap_weights"])) == {np.float32(0.1), np.float32(1)}


def test_small_people_have_no_centre() -> None:
    planes = encode([[[10.0, 10.0], [12.0, 12.0]]], np.full((1, 2), 2), least_area=9.0)
    assert planes["heatmaps"][0].max() == 1
    assert not planes["heatmaps"][2].any()
    assert not planes["offset_weights"].any()
