"""JSON files that are lists, and COCO-WholeBody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kp2heat import formats
from kp2heat.errors import InputError


def read(tmp_path: Path, file: object, **options: Any) -> Any:
    (tmp_path / "some.json").write_text(json.dumps(file))
    return formats.read(tmp_path / "some.json", **options)


def test_results(tmp_path: Path) -> None:
    rows = [
        {"image_id": 5, "category_id": 1, "keypoints": [1, 2, 0.9, 3, 4, 0.1], "score": 0.8},
        {"image_id": 3, "category_id": 1, "keypoints": [5, 6, 1.01, 0, -3, 0], "score": 0.7},
        {"image_id": 3, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.7},
    ]
    a = read(tmp_path, rows, min_likelihood=0.5)
    np.testing.assert_array_equal(a.visible, [[2, 0], [2, 0]])
    assert a.images.id.tolist() == [5, 3]
    assert a.image.tolist() == [0, 1]
    np.testing.assert_array_equal(a.score, [0.8, 0.7])
    assert "1 result without keypoints left out" in a.reading


def test_results_by_file_name_and_without_images(tmp_path: Path) -> None:
    a = read(
        tmp_path,
        [{"image_id": "a.png", "keypoints": [1, 2, 0.9]}, {"image_id": "b.png", "keypoints": [1, 2, 1]}],
    )
    assert a.images.file_name.tolist() == ["a.png", "b.png"]
    for field in ("file_name", "filename", "image_name", "image"):
        named = read(
            tmp_path, [{field: "a.png", "keypoints": [1, 2, 0.9]}, {field: "b.png", "keypoints": [1, 2, 1]}]
        )
        assert named.images.file_name.tolist() == ["a.png", "b.png"]
        assert named.images.numbered


def test_results_that_name_no_image_are_refused_not_pooled_into_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\[1\]: names no image.*; write image_id or file_name"):
        read(tmp_path, [{"image_id": 3, "keypoints": [1, 2, 0.9]}, {"keypoints": [3, 4, 0.9]}])
    alone = [{"keypoints": [1, 2, 0.9]}, {"keypoints": [3, 4, 0.9]}]
    with pytest.raises(InputError, match="names no image"):
        read(tmp_path, alone)
    path = tmp_path / "img_7.jpg.predictions.json"
    path.write_text(json.dumps(alone))
    assert formats.read(path).images.file_name.tolist() == ["img_7.jpg"]


def test_results_of_different_length(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\[1\].keypoints.*: holds 4 numbers"):
        read(tmp_path, [{"keypoints": [1, 2, 0.9]}, {"keypoints": [3, 4, 0.9, 5]}, {"keypoints": [1, 2, 1]}])


def test_mpii_counts_from_one(tmp_path: Path) -> None:
    joints = [[11.0, 21.0]] * 15 + [[-1.0, -1.0]]
    person = {
        "image": "a.jpg",
        "joints": joints,
        "joints_vis": [1] * 14 + [0, 0],
        "center": [101.0, 51.0],
        "scale": 0.5,
    }
    a = read(tmp_path, [person])
    np.testing.assert_array_equal(a.xy[0, 0], [10, 20])
    np.testing.assert_array_equal(a.visible[0], [2] * 14 + [0, 0])
    np.testing.assert_array_equal(a.bbox, [[50, 0, 100, 100]])
    assert a.skeleton.swap[:6] == (5, 4, 3, 2, 1, 0)


def test_ai_challenger(tmp_path: Path) -> None:
    joints = [10, 20, 1, 30, 40, 2, 0, 0, 3] + [50, 60, 1] * 11
    scene = {
        "image_id": "abc",
        "keypoint_annotations": {"human1": joints, "human2": joints},
        "human_annotations": {"human1": [1, 2, 11, 22], "human2": [0, 0, 5, 5]},
    }
    a = read(tmp_path, [scene])
    np.testing.assert_array_equal(a.visible[0, :3], [2, 1, 0])
    np.testing.assert_array_equal(a.bbox[0], [1, 2, 10, 20])
    assert a.image.tolist() == [0, 0]


def test_whole_body_is_joined(tmp_path: Path) -> None:
    annotation = {
        "id": 1,
        "image_id": 1,
        "category_id": 1,
        "keypoints": [1, 2, 2, 3, 4, 1] + [0] * 45,
        "foot_kpts": [5, 6, 2] + [0] * 15,
        "face_kpts": [0] * 204,
        "lefthand_kpts": [7, 8, 0.14] + [0.0] * 60,
        "righthand_kpts": [0.0] * 63,
    }
    bare = {k: v for k, v in annotation.items() if k not in ("foot_kpts", "face_kpts")} | {"id": 2}
    category = {"id": 1, "name": "person", "keypoints": [f"body_{k}" for k in range(17)]}
    a = read(tmp_path, {"images": [{"id": 1}], "annotations": [annotation, bare], "categories": [category]})
    assert len(a.skeleton) == 133
    assert np.flatnonzero(a.visible[0]).tolist() == [0, 1, 17, 91]
    assert a.visible[0, [0, 1, 17, 91]].tolist() == [2, 1, 2, 2]
    assert np.flatnonzero(a.visible[1]).tolist() == [0, 1, 91]
    assert a.skeleton.swap[91] == 112


@pytest.mark.parametrize(
    ("first", "found"),
    [
        ([[20, 20], [60, 40], [100, 60]], "holds 9 numbers where 3 joints need 6"),
        ([{"x": 20, "y": 20, "v": 2}] * 3, "is a list of objects, not of numbers"),
    ],
)
def test_what_is_wrong_with_a_list_is_what_is_in_it(tmp_path: Path, first: list[Any], found: str) -> None:
    rows = [
        {"id": n, "image_id": 1, "category_id": 1, "keypoints": points}
        for n, points in enumerate((first, [20, 20, 2, 60, 40, 1, 100, 60, 2]), start=1)
    ]
    file = {
        "images": [{"id": 1, "file_name": "a.png", "width": 200, "height": 100}],
        "categories": [{"id": 1, "name": "t", "keypoints": ["p", "q", "r"]}],
        "annotations": rows,
    }
    (tmp_path / "a.json").write_text(json.dumps(file))
    with pytest.raises(InputError, match=found):
        formats.read(tmp_path / "a.json")
