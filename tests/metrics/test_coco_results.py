"""Results lists as tools write them: ids of every kind, scores of every scale."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from kp2heat.annotations import Images
from kp2heat.errors import InputError
from kp2heat.metrics.coco_results import read_results
from tests.shared import shared

IMAGES = Images(np.array([7, 2**40]), np.array(["a/left.jpg", "b/000012.jpg"]), np.zeros((2, 2)))


def entry(**fields: Any) -> dict[str, Any]:
    return {"image_id": 7, "category_id": 1, "keypoints": [1, 2, 0.5, 3, 4, 1.5], "score": 2.5, **fields}


@pytest.mark.parametrize(
    ("name", "row"),
    [(7, 0), ("7", 0), (2**40, 1), ("a/left.jpg", 0), ("left.jpg", 0), ("left", 0), ("000012", 1), (12, -1)],
)
def test_images_are_named_by_id_or_file(name: Any, row: int) -> None:
    detections = read_results([entry(image_id=name)], IMAGES, 2)
    assert detections.image.tolist() == ([row] if row >= 0 else [])
    assert detections.unknown == (row < 0)


def test_two_files_of_one_name_are_told_apart_by_their_folders_only() -> None:
    images = Images(np.array([1, 2]), np.array(["a/1.jpg", "b/1.jpg"]), np.zeros((2, 2)))
    results = [entry(image_id="b/1.jpg"), entry(image_id="1.jpg")]
    assert read_results(results, images, 2).image.tolist() == [1]


def test_numbers_are_kept_whatever_their_scale() -> None:
    one = read_results([entry()], IMAGES, 2)
    assert one.xy.tolist() == [[[1, 2], [3, 4]]]
    assert one.confidence.tolist() == [[0.5, 1.5]]
    assert one.score.tolist() == [2.5]
    assert one.bbox.tolist() == [[1, 2, 2, 2]]
    assert read_results([entry(bbox=[0, 0, 9, 8])], IMAGES, 2).bbox.tolist() == [[0, 0, 9, 8]]


def test_nested_keypoints_null_and_a_missing_score() -> None:
    one = read_results([entry(keypoints=[[1, 2, 0.5], [None, None, 0]], score=None)], IMAGES, 2)
    assert one.score.tolist() == [0.5]
    assert np.isnan(one.xy[0, 1]).all()
    assert one.bbox.tolist() == [[1, 2, 0, 0]]


def test_joints_of_confidence_0_are_not_detected_unless_all_are() -> None:
    some = read_results([entry(keypoints=[0, -3, 0, 3, 4, 0.9])], IMAGES, 2)
    assert np.isnan(some.detected()[0, 0]).all()
    assert some.detected()[0, 1].tolist() == [3, 4]
    none = read_results([entry(keypoints=[1, 2, 0, 3, 4, 0])], IMAGES, 2)
    assert none.detected().tolist() == [[[1, 2], [3, 4]]]


def test_a_missing_image_id_is_told_from_the_files_name() -> None:
    nameless = [{k: v for k, v in entry().items() if k != "image_id"}]
    assert read_results(nameless, IMAGES, 2, "000012.jpg.predictions.json").image.tolist() == [1]
    with pytest.raises(InputError, match=r"out.json\[0\]: no image_id"):
        read_results(nameless, IMAGES, 2, "out.json")


@pytest.mark.parametrize(
    ("decoded", "message"),
    [
        ({"images": []}, "no list of results"),
        ("text", "no list of results"),
        ([1, 2], "a list of something else"),
        ([entry(keypoints=[1, 2, 3])], r"results\[0\].keypoints: 3 numbers for 2 joints; .*6 numbers"),
        ([entry(keypoints=["x"] * 6)], r"results\[0\].keypoints: something that is no number"),
        ([entry(keypoints=[[1, 2, 3], [1]])], r"results\[0\].keypoints: something that is no number"),
        ([entry(score="high")], r"results\[0\].score: something that is no number"),
    ],
)
def test_what_is_no_results_list_is_refused(decoded: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_results(decoded, IMAGES, 2)


def test_an_empty_list_is_no_detection() -> None:
    assert len(read_results([], IMAGES, 2)) == 0


@pytest.mark.parametrize(
    ("file", "image", "count", "undetected"),
    [
        ("alphapose_small.json", "45_10361941330889532636.jpg", 1, 0),
        ("openpifpaf_000000081988.jpg.predictions.json", "000000081988.jpg", 5, None),
    ],
)
def test_real_files(file: str, image: str, count: int, undetected: int | None) -> None:
    path = shared("data", "results_only") / file
    images = Images(np.array([1, 2]), np.array([image, "other.jpg"]), np.zeros((2, 2)))
    decoded = json.loads(path.read_text())
    detections = read_results(decoded, images, 17, path.name.removeprefix("openpifpaf_"))
    assert detections.image.tolist() == [0] * count
    zero = sum(row["keypoints"][2::3].count(0.0) for row in decoded)
    assert np.isnan(detections.detected()[..., 0]).sum() == (zero if undetected is None else undetected)
    assert (detections.score > 0).all()
