"""Evaluation of results against a truth: what is chosen, matched, noted and reported."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from kp2heat.annotations import Annotations, Images
from kp2heat.errors import DependencyError, InputError, SpecError
from kp2heat.metrics import METRICS
from kp2heat.metrics.pairing.detections import Detections
from kp2heat.pipeline.evaluation.json_report import EvaluationJson
from kp2heat.pipeline.evaluation.options import chosen_settings
from kp2heat.pipeline.evaluation.report import write_evaluation
from kp2heat.pipeline.evaluation.run import evaluate, evaluate_files
from kp2heat.pipeline.json_reports import json_schema
from kp2heat.skeleton import Skeleton


def truth(sigmas: tuple[float, ...] = (0.05, 0.05)) -> Annotations:
    """Three instances in two images."""
    return Annotations(
        Skeleton(("left_a", "right_a"), sigmas=sigmas),
        Images(np.array([5, 6]), np.array(["p.jpg", "q.jpg"]), np.zeros((2, 2))),
        xy=np.array([[[10.0, 10], [50, 10]], [[110, 10], [150, 10]], [[10, 10], [np.nan, np.nan]]]),
        visible=np.array([[2, 1], [2, 2], [2, 0]]),
        bbox=np.array([[0, 0, 100, 80.0], [100, 0, 100, 80], [0, 0, 100, 80]]),
        area=np.full(3, 5000.0),
        crowd=np.zeros(3, bool),
        image=np.array([0, 0, 1]),
        id=np.array([11, 12, 13]),
    )


def found(rows: list[int], shift: float, scores: list[float] | None = None) -> Detections:
    whole = truth()
    n = len(rows)
    xy = np.where(np.isnan(whole.xy), 0.0, whole.xy)[rows] + np.array([shift, 0])
    return Detections(xy, np.ones((n, 2)), np.array(scores or [1.0] * n), whole.bbox[rows], whole.image[rows])


def test_the_default_report() -> None:
    report = evaluate(truth(), found([1, 2, 0], 3))
    assert report.matching == "oks"
    assert report.matched.tolist() == [2, 0, 1]
    assert list(report.measured) == ["epe", "pck", "oks"]
    shown = report.to_json()
    assert shown["metrics"]["epe"]["overall"]["mean"] == 3
    assert shown["metrics"]["epe"]["per_joint"]["right_a"]["count"] == 2
    # OKS exp(-9 / (2 x 5000 x 0.1^2)) = 0.914 reaches nine of the ten thresholds
    assert shown["ap"]["AP"] == pytest.approx(0.9)
    assert (shown["instances"], shown["matched"], shown["unmatched_detections"]) == (3, 3, 0)
    assert json.loads(json.dumps(shown)) == shown


def test_without_sigmas_there_is_no_oks_unless_it_is_asked_for() -> None:
    report = evaluate(truth(()), found([0, 1, 2], 3))
    assert list(report.measured) == ["epe", "pck"]
    assert not report.ap
    assert report.counts()["matched"] == 3
    with pytest.raises(SpecError, match="no OKS sigmas are known"):
        evaluate(truth(()), found([0], 3), metrics=["ap"])
    assert "oks" in evaluate(truth(()), found([0], 3), sigmas=(0.1, 0.1)).measured


def test_all_is_every_metric_that_applies_and_says_which_do_not() -> None:
    report = evaluate(truth(), found([0, 1, 2], 3), metrics=["all"])
    assert set(METRICS) - set(report.measured) == {"pckh", "nme", "failures"}
    assert [note.split(":")[0] for note in report.notes] == ["no pckh", "no nme", "no failures"]
    assert report.ap


def test_groups_narrow_the_same_numbers() -> None:
    report = evaluate(truth(), found([0, 1, 2], 3), groups=True)
    assert list(report.groups) == ["visible", "hidden", "a"]
    assert report.groups["hidden"]["epe"].overall["count"] == 1
    assert report.groups["a"]["epe"].overall == report.measured["epe"].overall


def test_min_score_and_detected_images() -> None:
    few = found([0, 1, 2], 3, [0.9, 0.8, 0.1])
    assert evaluate(truth(), few, min_score=0.5).counts()["matched"] == 2
    assert evaluate(truth(), few, min_score=0.5).measured["epe"].overall["missed"] == 1
    report = evaluate(truth(), few, min_score=0.5, detected_images_only=True)
    assert report.measured["epe"].overall["missed"] == 0
    assert report.ap["AR"] > evaluate(truth(), few, min_score=0.5).ap["AR"]


def test_areas_that_boxes_stand_in_for_are_noted() -> None:
    bare = replace(truth(), area=np.array([0, 5000.0, np.nan]))
    assert evaluate(bare, found([0, 1, 2], 3)).notes == (
        "2 instances without an area: 0.53 of the box is used",
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"metrics": ["pkc"]}, "'pkc' is not a metric"),
        ({"matching": "luck"}, "unknown matching method 'luck'"),
        ({"matching": "id"}, "cannot be matched by id"),
        (
            {"metrics": ["pck"], "byy": "torso"},
            "no chosen metric takes 'byy'; they take pck.by, pck.thresholds",
        ),
    ],
)
def test_what_cannot_be_had_says_so(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        evaluate(truth(), found([0], 3), **options)


def test_a_number_is_found_by_its_name() -> None:
    report = evaluate(truth(), found([0, 1, 2], 3))
    assert report.number("ap") == report.ap["AP"]
    assert report.number("pck@0.05") == report.measured["pck"].overall["PCK@0.05"]
    assert report.number("mean") == pytest.approx(3)
    with pytest.raises(SpecError, match=r"the report has no number 'pck@0\.3'"):
        report.number("pck@0.3")


def test_settings_go_to_every_metric_that_takes_them_or_to_one() -> None:
    names = ["pck", "nme", "auc"]
    every = chosen_settings(names, {"by": "diagonal", "thresholds": "0.1,0.3", "steps": 10})
    assert every == {
        "pck": {"by": "diagonal", "thresholds": (0.1, 0.3)},
        "nme": {"by": "diagonal"},
        "auc": {"by": "diagonal", "steps": 10},
    }
    assert chosen_settings(names, {"pck.by": "torso"}) == {"pck": {"by": "torso"}, "nme": {}, "auc": {}}
    with pytest.raises(SpecError, match="steps=few is not usable; write a value like 20"):
        chosen_settings(names, {"steps": "few"})


def test_instances_without_a_box_get_the_extent_of_their_joints() -> None:
    bare = replace(truth(()), bbox=np.full((3, 4), np.nan), area=np.full(3, np.nan))
    report = evaluate(bare, found([0, 1], 3))
    # 40 px between the joints of the first two; the third has one joint, and so a box of 1 px
    assert report.pairs.bbox[:, 2].tolist() == [40, 40, 1]
    assert report.notes[0] == "3 instances without a box: the extent of the labelled joints is used"
    assert report.measured["pck"].joints["PCK@0.1"].tolist() == [pytest.approx(2 / 3), 1]


def test_the_default_report_does_without_the_library_of_ap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faster_coco_eval", None)
    report = evaluate(truth(), found([0, 1, 2], 3))
    assert not report.ap
    assert [note.split(" (")[0] for note in report.notes] == ["no AP: faster_coco_eval does not load"]
    with pytest.raises(DependencyError):
        evaluate(truth(), found([0, 1, 2], 3), metrics=["ap"])


def test_every_number_is_written_once(tmp_path: Path) -> None:
    report = evaluate(truth(), found([0, 1, 2], 3), groups=True)
    write_evaluation(report, tmp_path / "report.json")
    assert json.loads((tmp_path / "report.json").read_text()) == report.to_json()
    write_evaluation(report, tmp_path / "report.csv")
    with (tmp_path / "report.csv").open(newline="") as file:
        rows = {tuple(row[:3]): row[3] for row in csv.reader(file)}
    assert rows["epe", "all", "mean"] == "3.0"
    assert rows["epe", "hidden", "count"] == "1"
    assert rows["epe", "left_a", "missed"] == "0"
    assert float(rows["ap", "all", "AP"]) == pytest.approx(0.9)
    assert len(rows) == len(report.rows()) + 1
    with pytest.raises(SpecError, match="ends in neither"):
        write_evaluation(report, tmp_path / "report.txt")


def test_ids_that_only_count_are_taken_for_annotations_only_if_the_user_says_so() -> None:
    numbered = replace(truth(), id=np.array([1, 2, 3]))
    swapped = replace(found([1, 0, 2], 3), id=np.array([1, 2, 3]))
    assert evaluate(numbered, swapped).matching == "oks"
    assert evaluate(numbered, swapped).measured["epe"].overall["mean"] == pytest.approx(3)
    named = evaluate(numbered, swapped, matching="id")
    assert named.matching == "id"
    assert named.measured["epe"].overall["mean"] > 50
    telling = replace(numbered, id=np.array([7, 8, 9]))
    assert evaluate(telling, replace(swapped, id=np.array([7, 8, 9]))).matching == "id"


def test_parts_of_the_caller_are_groups_too() -> None:
    mask = np.array([[True, False], [False, False], [False, False]])
    report = evaluate(
        truth(), found([0, 1, 2], 3), groups=True, masks={"corner": mask, "nowhere": ~mask & mask}
    )
    assert list(report.groups) == ["visible", "hidden", "corner", "a"]
    assert report.groups["corner"]["epe"].overall["count"] == 1


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_results_without_an_order_have_no_ap_and_are_matched_whatever_their_order(
    tmp_path: Path, order: list[int]
) -> None:
    rows = [
        {"image_id": 1, "keypoints": [20, 20, 1, 60, 40, 1]},
        {"image_id": 1, "keypoints": [150, 20, 1, 190, 40, 1]},
    ]
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "area": 6000, "bbox": [10, 10, 100, 60]}
    (tmp_path / "truth.json").write_text(
        json.dumps(
            {
                "images": [{"id": 1, "file_name": "a.png", "width": 200, "height": 100}],
                "annotations": [annotation | {"keypoints": [20, 20, 2, 60, 40, 2]}],
                "categories": [{"id": 1, "name": "t", "keypoints": ["p", "q"]}],
            }
        )
    )
    (tmp_path / "results.json").write_text(json.dumps([rows[n] for n in order]))
    files = (tmp_path / "results.json", tmp_path / "truth.json")
    report = evaluate_files(*files, reading={}, sigmas=[0.05])
    assert report.measured["epe"].overall["mean"] == 0
    assert report.measured["oks"].overall["OKS"] == 1
    assert not report.ap
    assert "both of image a.png, have no score to rank them by" in report.notes[1]
    with pytest.raises(InputError, match="have no score to rank them by; write a score for each result"):
        evaluate_files(*files, reading={}, sigmas=[0.05], metrics=["ap"])


def test_ap_oks_and_epe_agree_on_what_a_position_is() -> None:
    whole, shifted = truth(), found([0, 1, 2], 0)
    doubted = replace(shifted, confidence=np.array([[0.0, 0], [1, 0], [0, 1]]))
    report = evaluate(whole, doubted)
    assert report.ap["AP"] == 1
    assert report.measured["oks"].overall["OKS"] == 1
    assert report.measured["epe"].overall["missed"] == 0
    blank = replace(shifted, xy=np.zeros((3, 2, 2)), confidence=np.zeros((3, 2)))
    report = evaluate(whole, blank, matching="oks")
    assert report.ap["AR"] == 0
    assert report.measured["oks"].overall["OKS"] == 0
    assert report.measured["epe"].overall["missed"] == 5


def test_the_json_report_is_what_its_schema_says() -> None:
    report = evaluate(truth(), found([0, 1, 2], 3), metrics=["all"], groups=True).to_json()
    assert msgspec.convert(report, EvaluationJson, strict=True) == report
    fields = json_schema("evaluate")["$defs"]["EvaluationJson"]
    assert set(fields["required"]) == set(report)
