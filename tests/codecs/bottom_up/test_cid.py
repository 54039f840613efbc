"""CID's planes against those of mmpose's own function (golden/systems/cid), and what ours corrects.

mmpose at 759b39c codecs/decoupled_heatmap.py was run with the random moves of its centres set to 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.errors import SpecError
from kp2heat.frame import alignment
from kp2heat.scene import make_scene
from kp2heat.skeleton import Skeleton
from tests.shared import TRIMMED

RECORD = CODECS["cid-instances"]
INPUT, SIZE = (128, 128), (32, 32)


def encode(xy: Any, visible: Any, **more: Any) -> dict[str, Any]:
    together = np.zeros(len(xy), np.int64)
    scene = make_scene(
        Skeleton.numbered(xy.shape[1]), INPUT, xy, visible, outside="partial", sample=together, samples=1
    )
    grid = alignment(RECORD.literal_align if more.get("literal") else RECORD.align, INPUT, SIZE)
    planes = RECORD.encode(scene, Level(SIZE, 2.0, grid), np.float32, **more)
    return {name: plane[0] for name, plane in planes.items()}


def people(*corners: tuple[float, float], side: float = 40.0) -> Any:
    """Squares with these first corners, four joints each."""
    square = np.array([[0, 0], [side, 0], [side, side], [0, side]])
    return np.array([square + corner for corner in corners])


def test_literal_planes_are_the_published_ones() -> None:
    """Sigmas are float32 there: of some 2 cells, 2^-23 of the exponent."""
    with np.load(TRIMMED / "systems" / "cid.npz") as golden:
        planes = encode(golden["keypoints"], golden["visible"], literal=True)
        count = len(golden["instance_coords"])
        np.testing.assert_allclose(planes["heatmaps"], golden["heatmaps"], rtol=0, atol=2e-6)
        np.testing.assert_array_equal(planes["instance_coords"][:count], golden["instance_coords"])
        assert planes["instance_valid"].tolist() == [1] * count + [0] * (30 - count)
        own = golden["instance_heatmaps"]
        np.testing.assert_allclose(planes["instance_heatmaps"][: len(own)], own, rtol=0, atol=2e-6)
        assert not planes["instance_heatmaps"][len(own) :].any()
        np.testing.assert_array_equal(planes["instance_weights"][:count], golden["keypoint_weights"])


def test_every_person_has_its_own_maps_and_all_share_the_others() -> None:
    planes = encode(people((10, 20), (60, 60)), np.full((2, 4), 2))
    own = planes["instance_heatmaps"].reshape(30, 4, *SIZE)
    np.testing.assert_array_equal(np.maximum(own[0], own[1]), planes["heatmaps"][:4])
    assert own[0].any(axis=(1, 2)).all()
    assert own[1].any(axis=(1, 2)).all()
    assert planes["instance_coords"][:2].tolist() == [
        [8, 10],
        [20, 20],
    ]  # (30, 40) and (80, 80) px, 4 px cells
    assert planes["heatmaps"][4, [10, 20], [8, 20]].tolist() == [1, 1]


def test_the_smaller_of_two_people_with_one_centre_is_kept() -> None:
    both = np.concatenate([people((20, 20), side=60.0), people((30, 30), side=40.0)])
    planes = encode(both, np.full((2, 4), 2))
    assert planes["instance_valid"].sum() == 1
    first = planes["instance_heatmaps"][0]
    assert np.unravel_index(first.argmax(), SIZE) == (8, 8)  # the smaller one's first joint, (30, 30) px


def test_more_people_than_rows_are_refused() -> None:
    xy = people((0, 0), (40, 40), (80, 80))
    with pytest.raises(SpecError, match="an image holds 3 people, and there are 2 rows"):
        encode(xy, np.full((3, 4), 2), max_objs=2)
    assert encode(xy, np.full((3, 4), 2), max_objs=2, literal=True)["instance_valid"].sum() == 2
