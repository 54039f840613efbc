"""The places of associative embedding's tags, against mmpose's formula written out for one joint."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.errors import SpecError
from kp2heat.frame import alignment
from kp2heat.scene import Scene, make_scene
from kp2heat.skeleton import Skeleton

INPUT, SIZE = (96, 128), (24, 32)
RECORD = CODECS["associative-embedding-tags"]


def scene_of(xy: Any, visible: Any) -> Scene:
    together = np.zeros(len(xy), np.int64)
    return make_scene(
        Skeleton.numbered(xy.shape[1]), INPUT, xy, visible, outside="partial", sample=together, samples=1
    )


def encode(scene: Scene, **more: Any) -> dict[str, Any]:
    align = RECORD.literal_align if more.get("literal") else RECORD.align
    return RECORD.encode(scene, Level(SIZE, 2.0, alignment(align, INPUT, SIZE)), np.float32, **more)


def test_literal_places_are_those_of_mmpose() -> None:
    """mmpose 1.3.2 codecs/associative_embedding.py, _encode_keypoint_indices: truncation, then a test of the range."""
    xy = np.random.default_rng(3).uniform(-9, 137, (7, 17, 2))
    visible = np.random.default_rng(4).choice([0.0, 0.4, 1.0], (7, 17))
    planes = encode(scene_of(xy, visible), literal=True)
    factor = (np.array(INPUT) / SIZE).astype(np.float32)
    for n in range(7):
        for k in range(17):
            if visible[n, k] == 0:
                continue  # a joint without a label has no position here
            x, y = (xy[n, k] / factor + 0.5).astype(np.int64)
            assert planes["tag_index"][0, n, k] == y * 24 + x
            assert planes["tag_valid"][0, n, k] == (visible[n, k] > 0.5 and 0 <= x < 24 and 0 <= y < 32)
    assert not planes["tag_valid"][0, 7:].any()


def test_tags_lie_where_the_maps_have_their_peaks() -> None:
    xy = np.random.default_rng(5).uniform(0, [93, 125], (1, 17, 2))
    planes = encode(scene_of(xy, np.full((1, 17), 2)))
    peaks = planes["heatmaps"][0].reshape(17, -1).argmax(axis=1)
    np.testing.assert_array_equal(planes["tag_index"][0, 0], peaks)
    assert planes["tag_valid"][0, 0].all()


def test_a_joint_left_of_the_map_has_no_tag_by_default() -> None:
    xy = np.array([[[-3.2, 40.0]]])  # cell -0.8
    assert encode(scene_of(xy, np.full((1, 1), 2)), literal=True)["tag_valid"].any()
    assert not encode(scene_of(xy, np.full((1, 1), 2)))["tag_valid"].any()


def test_more_people_than_rows_are_refused() -> None:
    scene = scene_of(np.full((3, 1, 2), 9.0), np.full((3, 1), 2))
    with pytest.raises(SpecError, match="an image holds 3 people, and there are 2 rows"):
        encode(scene, max_objs=2)
    assert encode(scene, max_objs=2, literal=True)["tag_valid"].sum() == 2
