"""PoseC3D's joints and limbs against maps that mmaction2's own GeneratePoseTarget drew (golden/systems/posec3d)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.frame import alignment
from kp2heat.scene import Scene, make_scene
from kp2heat.skeleton import Skeleton
from tests.shared import TRIMMED

SKELETON = Skeleton(tuple("abcde"), limbs=((0, 1), (0, 2), (1, 3), (2, 4)))
SIZE = (24, 20)
ATOL = 4e-6
"""The reference holds distances and squares in float32, a few roundings of exponents up to 9 deep."""


def scene_of(xy: Any, score: Any) -> Scene:
    together = np.zeros(len(xy), np.int64)
    return make_scene(SKELETON, SIZE, xy.astype(float), score, outside="partial", sample=together, samples=1)


def encode(codec: str, scene: Scene, sigma: float, **more: Any) -> dict[str, Any]:
    level = Level(SIZE, sigma, alignment("stride", SIZE, SIZE))
    return CODECS[codec].encode(scene, level, np.float32, **more)


@pytest.mark.parametrize("sigma", [0.6, 1.5])
def test_literal_maps_are_the_published_ones(sigma: float) -> None:
    with np.load(TRIMMED / "systems" / "posec3d.npz") as golden:
        scene = scene_of(golden["keypoint"], golden["score"])
        planes = encode("posec3d-limbs", scene, sigma, literal=True)
        np.testing.assert_allclose(planes["heatmaps"][0], golden[f"joints_{sigma}"], rtol=0, atol=ATOL)
        np.testing.assert_allclose(planes["limbs"][0], golden[f"limbs_{sigma}"], rtol=0, atol=ATOL)


def test_an_annotated_joint_has_peak_one_and_a_detected_one_its_score() -> None:
    xy = np.array([[[4.0, 4.0], [10.0, 4.0], [4.0, 10.0], [10.0, 10.0], [16.0, 16.0]]])
    planes = encode("posec3d-limbs", scene_of(xy, np.array([[2, 1, 0.5, 0.25, 0]])), 0.6)
    np.testing.assert_allclose(planes["heatmaps"][0].max(axis=(1, 2)), [1, 1, 0.5, 0.25, 0])
    np.testing.assert_allclose(planes["limbs"][0].max(axis=(1, 2)), [1, 0.5, 0.25, 0])


def test_a_limb_is_a_ridge_of_one_width() -> None:
    xy = np.array([[[4.0, 6.0], [18.0, 6.0], *[[np.nan, np.nan]] * 3]])
    ridge = encode("posec3d-limbs", scene_of(xy, np.array([[2, 2, 0, 0, 0]])), 0.6)["limbs"][0, 0]
    np.testing.assert_allclose(ridge[6, 4:19], 1)
    np.testing.assert_allclose(ridge[5, 4:19], np.exp(-0.5 / 0.36), rtol=1e-6)
    assert not ridge[:, [0, 1, 21, 22]].any()
