"""Results files as tools write them: ids of every kind, scores of every scale, lists and tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kp2heat.annotations import Annotations, Images
from kp2heat.errors import InputError
from kp2heat.metrics.pairing.detections import Detections
from kp2heat.pipeline.evaluation.results_reader import read_detections
from kp2heat.skeleton import Skeleton
from tests.shared import shared


def truth_of(names: list[str], ids: list[Any], joints: tuple[str, ...] = ("nose", "tail")) -> Annotations:
    """No instance, only images and joints."""
    k = len(joints)
    return Annotations(
        Skeleton(joints),
        Images(np.array(ids), np.array(names), np.zeros((len(ids), 2))),
        xy=np.zeros((0, k, 2)),
        visible=np.zeros((0, k)),
        bbox=np.zeros((0, 4)),
        area=np.zeros(0),
        crowd=np.zeros(0, bool),
        image=np.zeros(0, np.int64),
        id=np.zeros(0, np.int64),
    )


TRUTH = truth_of(["a/left.jpg", "b/000012.jpg"], [7, 2**40])


def entry(**fields: Any) -> dict[str, Any]:
    return {"image_id": 7, "category_id": 1, "keypoints": [1, 2, 0.5, 3, 4, 1.5], "score": 2.5, **fields}


@pytest.fixture
def results(tmp_path: Path) -> Any:
    def read(rows: Any, truth: Annotations = TRUTH, name: str = "out.json") -> Detections:
        path = tmp_path / name
        path.write_text(rows if isinstance(rows, str) else json.dumps(rows))
        return read_detections(path, truth)

    return read


@pytest.mark.parametrize(
    ("name", "row"),
    [(7, 0), ("7", 0), (2**40, 1), ("a/left.jpg", 0), ("left.jpg", 0), ("left", 0), ("000012", 1), (12, -1)],
)
def test_images_are_named_by_id_or_file(results: Any, name: Any, row: int) -> None:
    detections = results([entry(image_id=name)])
    assert detections.image.tolist() == ([row] if row >= 0 else [])
    assert detections.unknown == (row < 0)


def test_two_files_of_one_name_are_told_apart_by_their_folders_only(results: Any) -> None:
    twins = truth_of(["a/x.jpg", "b/x.jpg"], [1, 2])
    assert results([entry(image_id="b/x.jpg"), entry(image_id="x.jpg")], twins).image.tolist() == [1]


def test_numbers_are_kept_whatever_their_scale(results: Any) -> None:
    one = results([entry()])
    assert one.xy.tolist() == [[[1, 2], [3, 4]]]
    assert one.confidence.tolist() == [[0.5, 1.5]]
    assert one.score.tolist() == [2.5]
    assert one.bbox.tolist() == [[1, 2, 2, 2]]
    assert results([entry(bbox=[0, 0, 9, 8])]).bbox.tolist() == [[0, 0, 9, 8]]


def test_nested_keypoints_null_and_a_missing_score(results: Any) -> None:
    one = results([entry(keypoints=[[1, 2, 0.5], [None, None, 0]], score=None)])
    assert one.score.tolist() == [0.5]
    assert np.isnan(one.xy[0, 1]).all()
    assert one.bbox.tolist() == [[1, 2, 0, 0]]


def test_pairs_without_confidence_are_sure(results: Any) -> None:
    one = results([entry(keypoints=[1, 2, 3, 4])])
    assert one.xy.tolist() == [[[1, 2], [3, 4]]]
    assert one.confidence.tolist() == [[1, 1]]


def test_the_third_number_does_not_decide_whether_a_position_counts(results: Any) -> None:
    some = results([entry(keypoints=[0, -3, 0, 3, 4, 0.9])])
    assert np.isnan(some.detected()[0, 0]).all()
    assert some.detected()[0, 1].tolist() == [3, 4]
    for last in (0, 0.9):
        assert results([entry(keypoints=[1, 2, 0, 3, 4, last])]).detected().tolist() == [[[1, 2], [3, 4]]]


def test_a_file_of_nothing_but_zeros_has_found_nothing(results: Any) -> None:
    found = results([{"image_id": 1, "category_id": 1, "keypoints": [0] * 6, "score": 0.5}])
    assert np.isnan(found.detected()).all()


def test_a_missing_image_id_is_told_from_the_files_name(results: Any) -> None:
    nameless = [{k: v for k, v in entry().items() if k != "image_id"}]
    assert results(nameless, name="000012.jpg.predictions.json").image.tolist() == [1]
    assert results(nameless, truth_of(["only.png"], [3])).image.tolist() == [0]
    with pytest.raises(InputError, match=r"out.json, \[0\]: names no image"):
        results(nameless)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [entry(), entry(keypoints=[1, 2, 3])],
            r"out.json, \[1\].keypoints.*: holds 3 numbers where 2 joints need 6",
        ),
        ([entry(keypoints=[1] * 51)], "holds 51 numbers where 2 joints need 6"),
        ('[{"image_id": 7', "unexpected end of file"),
        ([1, 2], r"out.json, \[0\]: is a whole number, not an object; compare it"),
    ],
)
def test_what_is_no_results_list_is_refused(results: Any, rows: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        results(rows)


def test_an_empty_list_is_no_detection(results: Any) -> None:
    assert len(results([])) == 0


def test_a_table_names_files_and_may_order_its_joints_otherwise(results: Any) -> None:
    text = "image,id,Tail_x,Tail_y,Tail_score,nose_x,nose_y,nose_score\n000012.jpg,77,3,4,1.5,1,2,0.5\nleft.jpg,78,5,6,0.2,,,\nno.jpg,79,0,0,1,0,0,1\n"
    table = results(text, name="out.csv")
    assert table.image.tolist() == [1, 0]
    assert table.unknown == 1
    assert table.xy[0].tolist() == [[1, 2], [3, 4]]
    assert table.confidence.tolist() == [[0.5, 1.5], [0, 0.2]]
    assert np.isnan(table.xy[1, 0]).all()
    assert table.id.tolist() == [77, 78]


def test_a_table_of_other_joints_is_refused(results: Any) -> None:
    with pytest.raises(InputError, match="has 3 joints where the truth has 2"):
        results("image,a_x,a_y,b_x,b_y,c_x,c_y\nleft.jpg,1,2,3,4,5,6\n", name="out.csv")


@pytest.mark.parametrize(
    ("file", "name", "image", "count"),
    [
        ("alphapose_small.json", "alphapose-results.json", "45_10361941330889532636.jpg", 1),
        (
            "openpifpaf_000000081988.jpg.predictions.json",
            "000000081988.jpg.predictions.json",
            "000000081988.jpg",
            5,
        ),
    ],
)
def test_real_files(results: Any, file: str, name: str, image: str, count: int) -> None:
    text = shared("data", "results_only", file).read_text()
    joints = tuple(f"joint_{k}" for k in range(17))
    detections = results(text, truth_of([image, "other.jpg"], [1, 2], joints), name)
    assert detections.image.tolist() == [0] * count
    undetected = sum(row["keypoints"][2::3].count(0.0) for row in json.loads(text))
    assert np.isnan(detections.detected()[..., 0]).sum() == undetected
    assert (detections.score > 0).all()


def test_a_missing_score_is_the_joints_mean_and_said_so(results: Any) -> None:
    one = results([entry(score=None)])
    assert one.score.tolist() == [1.0]
    assert one.notes == ("1 result without a score: the mean of the joints' confidences is used",)
    assert results([entry()]).notes == ()


def test_results_of_one_image_that_nothing_ranks_are_marked(results: Any) -> None:
    unranked = results([entry(score=None), entry(score=None)]).unranked
    assert unranked == "[0] and [1], both of image a/left.jpg, have no score to rank them by"
    other = entry(score=None, keypoints=[1, 2, 0.5, 3, 4, 0.6])
    assert results([entry(score=None), other]).unranked == ""
    assert results([entry(score=None), entry(score=None, image_id=2**40)]).unranked == ""


@pytest.mark.parametrize("field", ["file_name", "filename", "image_name", "image"])
def test_a_name_counts_where_there_is_no_image_id(results: Any, field: str) -> None:
    named = {k: v for k, v in entry().items() if k != "image_id"} | {field: "000012.png"}
    assert results([named]).image.tolist() == [1]
    assert results([named]).identity == "file name without suffix"


def test_a_position_of_confidence_0_counts_in_a_table_too(results: Any) -> None:
    table = results(
        "image,nose_x,nose_y,nose_score,tail_x,tail_y,tail_score\nleft,1,2,0,3,4,0.9\n", name="out.csv"
    )
    assert table.detected().tolist() == [[[1, 2], [3, 4]]]
    assert table.confidence.tolist() == [[0, 0.9]]


def test_an_annotation_file_given_as_results_is_noted(results: Any) -> None:
    file = {
        "images": [{"id": 7, "file_name": "a/left.jpg"}],
        "annotations": [{"id": 1, "image_id": 7, "category_id": 1, "keypoints": [1, 2, 2, 3, 4, 1]}],
        "categories": [{"id": 1, "name": "t", "keypoints": ["nose", "tail"]}],
    }
    read = results(file)
    assert (
        read.notes[0]
        == "out.json is an annotation file: its annotations are compared as if they were results"
    )
    assert read.xy.tolist() == [[[1, 2], [3, 4]]]


def test_an_annotation_id_is_believed_even_if_it_only_counts(results: Any) -> None:
    rows = [entry(id=1, annotation_id=2), entry(id=2, annotation_id=1)]
    assert results(rows).id.tolist() == [2, 1]
    assert not results(rows).merely_numbered()
    assert results([entry(id=1), entry(id=2)]).merely_numbered()
    table = "image,image_id,annotation_id,nose_x,nose_y,tail_x,tail_y\na/left.jpg,7,1,1,2,3,4\n"
    assert not results(table, name="out.csv").merely_numbered()
