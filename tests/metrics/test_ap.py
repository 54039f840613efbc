"""COCO AP against the published and pycocotools numbers of real evaluation pairs, and small ones by hand."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kp2heat.annotations import Annotations, Images
from kp2heat.errors import DependencyError, InputError
from kp2heat.formats import read
from kp2heat.metrics.ap import NAMES, average_precision, precision_by_crowding
from kp2heat.metrics.pairing.detections import Detections
from kp2heat.metrics.sigmas import sigmas_of
from kp2heat.pipeline.evaluation.results_reader import read_detections
from kp2heat.skeleton import Skeleton
from tests.shared import shared

REFERENCES = {
    ("faster_coco_eval/gt_dataset.json", "dt_dataset.json", False): (
        0.5048844884,
        0.7227722772,
        0.6336633663,
        0.4663366337,
        0.7504950495,
        0.5181818182,
        0.7272727273,
        0.6363636364,
        0.4666666667,
        0.75,
    ),
    ("xtcoco_coco/gt.json", "dt.json", False): (
        0.8608896054,
        0.9931454684,
        0.9108910891,
        0.7755775578,
        0.9372524752,
        0.875,
        1.0,
        0.9166666667,
        0.78,
        0.9428571429,
    ),
    ("litehrnet_25/gt_500.json", "dt.json", True): (
        0.803175,
        0.841584,
        0.841584,
        -1,
        0.803175,
        0.804,
        0.84,
        0.84,
        -1,
        0.804,
    ),
    ("litehrnet_25/gt_500.json", "dt.json", False): (
        0.047360,
        0.049505,
        0.049505,
        -1,
        0.047360,
        0.0402,
        0.042,
        0.042,
        -1,
        0.040281,
    ),
}
"""AP, AP50, AP75, AP-M, AP-L, AR, ... as the data's README states them (pycocotools, to 6 or 10 digits)."""


@pytest.mark.parametrize(
    ("case", "expected"), REFERENCES.items(), ids=lambda c: c[0].split("/")[0] if len(c) == 3 else ""
)
def test_the_reference_scores(case: tuple[str, str, bool], expected: tuple[float, ...]) -> None:
    path = shared("data", "eval_pairs") / case[0]
    truth = read(path)
    detections = read_detections(path.parent / case[1], truth)
    found = average_precision(truth, detections, sigmas_of(truth.skeleton), detected_images_only=case[2])
    assert [found[name] for name in NAMES] == pytest.approx(expected, abs=1e-6)


ONE = Skeleton(("a", "b"), sigmas=(0.05, 0.05))
SIGMAS = np.array([0.05, 0.05])


def truth(area: float = 5000.0, crowd: bool = False) -> Annotations:
    """Two instances in two images."""
    return Annotations(
        ONE,
        Images(np.array(["p", "q"]), np.array(["p.jpg", "q.jpg"]), np.zeros((2, 2))),
        xy=np.array([[[10.0, 10], [50, 10]], [[10, 10], [50, 10]]]),
        visible=np.full((2, 2), 2),
        bbox=np.array([[0, 0, 100, 80.0]] * 2),
        area=np.full(2, area),
        crowd=np.array([False, crowd]),
        image=np.array([0, 1]),
        id=np.array([0, 1]),
    )


def found(rows: list[int], scores: list[float], shift: float = 0.0) -> Detections:
    whole = truth()
    return Detections(
        whole.xy[rows] + shift, np.ones((len(rows), 2)), np.array(scores), whole.bbox[rows], whole.image[rows]
    )


def test_string_ids_and_an_annotation_numbered_0_are_matched() -> None:
    numbers = average_precision(truth(), found([0, 1], [5.0, 3.0]), sigmas_of(ONE))
    assert (numbers["AP"], numbers["AR"], numbers["count"]) == (pytest.approx(1), 1, 2)


def test_an_instance_that_nobody_found_costs_recall() -> None:
    numbers = average_precision(truth(), found([0], [1.0]), sigmas_of(ONE))
    assert numbers["AR"] == 0.5
    assert average_precision(truth(), found([0], [1.0]), sigmas_of(ONE), detected_images_only=True)["AR"] == 1


def test_a_crowd_neither_counts_nor_punishes() -> None:
    numbers = average_precision(truth(crowd=True), found([0], [1.0]), sigmas_of(ONE))
    assert (numbers["AR"], numbers["count"]) == (1, 1)


@pytest.mark.parametrize("area", [0.0, np.nan])
def test_a_missing_area_is_taken_from_the_box_and_counted(area: float) -> None:
    # 0.53 x 100 x 80 = 4240 lies between 32^2 and 96^2, as the 5000 stated elsewhere
    numbers = average_precision(truth(area), found([0, 1], [1.0, 1.0]), sigmas_of(ONE))
    assert (numbers["AP-M"], numbers["AP-L"], numbers["area_from_box"]) == (pytest.approx(1), -1, 2)


def test_neither_area_nor_box_is_refused_with_the_annotation() -> None:
    bare = replace(truth(np.nan), bbox=np.full((2, 4), np.nan))
    with pytest.raises(InputError, match="annotation 0: neither area nor box"):
        average_precision(bare, found([0], [1.0]), sigmas_of(ONE))


def test_unlabelled_coordinates_and_no_detections_at_all_score_0() -> None:
    blind = found([0, 1], [1.0, 1.0])
    nowhere = Detections(blind.xy * np.nan, blind.confidence, blind.score, blind.bbox, blind.image)
    at_zero = replace(truth(), xy=np.zeros((2, 2, 2)))
    assert average_precision(at_zero, nowhere, sigmas_of(ONE))["AP"] == 0
    assert average_precision(truth(), found([], []), sigmas_of(ONE))["AP"] == 0


def test_without_the_library_the_line_that_mends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faster_coco_eval", None)
    with pytest.raises(DependencyError, match=r"pip install 'kp2heat\[eval\]'"):
        average_precision(truth(), found([0], [1.0]), sigmas_of(ONE))


@pytest.mark.parametrize("ids", [[3, 5], ["a", "b"]])
@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_equal_scores_go_by_ascending_image_id_not_by_the_order_of_either_file(
    ids: list[Any], order: list[int]
) -> None:
    # The image of the greater id is found, the other is not, and both results score the same. COCO takes the
    # lesser id first: precision 1/2 up to recall 1/2, so that AP is 51 x 0.5 / 101.
    whole = truth()
    images = Images(np.array(ids)[order], np.array(["p.jpg", "q.jpg"])[order], np.zeros((2, 2)))
    shuffled = replace(whole, images=images, image=np.argsort(order)[whole.image])
    xy = whole.xy + np.array([[[500.0, 0]], [[0, 0]]])
    for rows in ([0, 1], [1, 0]):
        image = np.argsort(order)[rows]
        tied = Detections(xy[rows], np.ones((2, 2)), np.full(2, 0.9), whole.bbox[rows], image)
        assert average_precision(shuffled, tied, SIGMAS)["AP"] == pytest.approx(51 * 0.5 / 101)


def test_images_without_ids_are_ranked_by_name() -> None:
    whole = truth()
    named = Images(np.arange(2), np.array(["z.jpg", "a.jpg"]), np.zeros((2, 2)), numbered=True)
    xy = whole.xy + np.array([[[0.0, 0]], [[500, 0]]])
    tied = Detections(xy, np.ones((2, 2)), np.full(2, 0.9), whole.bbox, np.array([0, 1]))
    assert average_precision(replace(whole, images=named), tied, SIGMAS)["AP"] == pytest.approx(
        51 * 0.5 / 101
    )


def test_positions_are_compared_as_written_whatever_their_confidence_is() -> None:
    near = replace(truth(), xy=np.array([[[0.0, 0], [50, 10]]] * 2))
    doubted = Detections(near.xy, np.zeros((2, 2)), np.ones(2), near.bbox, np.array([0, 1]))
    assert average_precision(near, doubted, SIGMAS)["AP"] == 1
    lost = replace(doubted, xy=np.where(near.xy == 50, np.nan, near.xy))
    # One of two joints: OKS 0.5 passes the first of ten thresholds.
    assert average_precision(near, lost, SIGMAS)["AP"] == pytest.approx(0.1)


def test_difficulties_of_crowd_pose() -> None:
    whole = truth()
    crowded = replace(whole, images=replace(whole.images, crowding=np.array([0.19, 0.2])))
    half = Detections(whole.xy[:1], np.ones((1, 2)), np.ones(1), whole.bbox[:1], np.array([0]))
    assert precision_by_crowding(crowded, half, SIGMAS) == {"AP-easy": 1, "AP-medium": 0, "AP-hard": -1}
    assert precision_by_crowding(whole, half, SIGMAS) == {}


def test_head_and_neck_alone_do_not_make_an_instance_of_crowd_pose_count() -> None:
    whole = truth()
    names = replace(whole, skeleton=Skeleton(("left_knee", "head")), visible=np.array([[2, 2], [0, 2]]))
    half = Detections(whole.xy[:1], np.ones((1, 2)), np.ones(1), whole.bbox[:1], np.array([0]))
    assert average_precision(names, half, SIGMAS)["AR"] == 0.5
    crowded = replace(names, images=replace(whole.images, crowding=np.array([0.5, 0.5])))
    assert average_precision(crowded, half, SIGMAS)["AR"] == 1
