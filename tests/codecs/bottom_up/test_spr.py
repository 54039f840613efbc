"""SPR's planes against those of mmpose's own functions (golden/systems/spr), and what ours corrects."""

from __future__ import annotations

from typing import Any

import numpy as np

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.frame import alignment
from kp2heat.scene import make_scene
from kp2heat.skeleton import Skeleton
from tests.shared import TRIMMED

RECORD = CODECS["spr-displacements"]
SIZE = (32, 32)


def encode(xy: Any, visible: Any, **more: Any) -> dict[str, Any]:
    scene = make_scene(
        Skeleton.numbered(xy.shape[1]),
        (128, 128),
        xy,
        visible,
        outside="partial",
        sample=np.zeros(len(xy), np.int64),
        samples=1,
    )
    grid = alignment(RECORD.literal_align if more.get("literal") else RECORD.align, (128, 128), SIZE)
    return {
        name: plane[0]
        for name, plane in RECORD.encode(scene, Level(SIZE, 2.0, grid), np.float32, **more).items()
    }


def test_literal_planes_are_the_published_ones() -> None:
    """mmpose keeps roots and diagonals in float32: 2^-24 of coordinates up to 32 cells."""
    with np.load(TRIMMED / "systems" / "spr.npz") as golden:
        planes = encode(golden["keypoints"], golden["visible"], literal=True)
        for name, atol in (
            ("heatmaps", 1e-6),
            ("heatmap_weights", 0),
            ("displacements", 2.0**-19),
            ("displacement_weights", 1e-7),
        ):
            np.testing.assert_allclose(planes[name], golden[name], rtol=0, atol=atol, err_msg=name)


def test_every_cell_round_a_root_points_to_the_joint() -> None:
    planes = encode(np.array([[[33.0, 42.0], [73.0, 82.0]]]), np.full((1, 2), 2))
    y, x = np.nonzero(planes["displacement_weights"][0])
    assert len(y) == 9  # sigma is 1 cell
    np.testing.assert_allclose(x + planes["displacements"][0, y, x], 33 / 4, atol=1e-6)
    np.testing.assert_allclose(y + planes["displacements"][1, y, x], 42 / 4, atol=1e-6)


def test_a_literal_root_on_the_far_side_has_no_vectors() -> None:
    """mmpose: cells of 0 to 31 in a map of 32; the middle of these two joints is at 31.75 and at 32."""
    for shift, some in ((-1.0, True), (0.0, False)):
        xy = np.array([[[120.0 + shift, 40.0], [136.0 + shift, 80.0]]])
        weight = encode(xy, np.full((1, 2), 2), literal=True)["displacement_weights"]
        assert weight.any() == some


def test_literal_vectors_lead_to_joints_from_the_first_cell_to_the_last() -> None:
    """mmpose: 0 <= cell < 32; 0.5, 31.75 and 32 cells along one axis, the other joints in the middle."""
    for at, led in ((2.0, True), (127.0, True), (128.0, False)):
        for joint in ([at, 64.0], [64.0, at]):
            xy = np.array([[joint, [60.0, 60.0], [90.0, 90.0]]])
            weight = encode(xy, np.full((1, 3), 2), literal=True)["displacement_weights"]
            assert weight[:2].any() == led


def test_small_people_have_no_root() -> None:
    xy = np.array([[[40.0, 40.0], [50.0, 50.0]]])  # a diagonal of 3.5 cells
    planes = encode(xy, np.full((1, 2), 2))
    assert not planes["displacement_weights"].any()
    assert not planes["heatmaps"][2].any()
    assert encode(xy, np.full((1, 2), 2), least_diagonal=3.0)["heatmaps"][2].any()
