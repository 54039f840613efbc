"""OKS by hand and by COCO's own constants; the area that a box stands in for."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kp2heat.errors import SpecError
from kp2heat.metrics.oks import areas, joint_similarity, oks
from kp2heat.metrics.pairing.pairs import Pairs
from kp2heat.metrics.sigmas import SIGMAS, sigmas_of
from kp2heat.skeleton import COCO_NAMES, COCO_SIGMAS, Skeleton

TWO = Skeleton(("a", "b"), sigmas=(0.05, 0.1))


def pairs(area: float, bbox: list[float]) -> Pairs:
    truth = np.array([[[0.0, 0], [50, 50]]])
    predicted = np.array([[[3.0, 4], [50, 50]]])
    return Pairs(TWO, truth, predicted, np.full((1, 2), 2), area=np.array([area]), bbox=np.array([bbox]))


def test_by_hand() -> None:
    # d = 5, s^2 = 2500, k = 2 sigma = 0.1: exp(-25 / (2 2500 0.01)) = exp(-1/2)
    scores = oks(pairs(2500, [0, 0, 1, 1]))
    assert scores.joints["OKS"].tolist() == [pytest.approx(math.exp(-0.5)), 1]
    assert scores.overall["OKS"] == pytest.approx((math.exp(-0.5) + 1) / 2)
    assert scores.overall["area_from_box"] == 0


@pytest.mark.parametrize("area", [0, math.nan])
def test_a_missing_area_is_053_of_the_box_and_said(area: float) -> None:
    # 0.53 x 100 x 50 = 2650
    scores = oks(pairs(area, [0, 0, 100, 50]))
    assert scores.joints["OKS"][0] == pytest.approx(math.exp(-25 / (2 * 2650 * 0.01)))
    assert scores.overall["area_from_box"] == 1


def test_without_area_and_box_an_instance_is_left_out() -> None:
    scores = oks(pairs(0, [0, 0, 0, 5]))
    assert scores.overall["count"] == 0
    assert math.isnan(scores.overall["OKS"])


def test_a_joint_that_was_not_found_counts_nothing() -> None:
    whole = pairs(2500, [0, 0, 1, 1])
    blind = Pairs(TWO, whole.truth, whole.predicted * np.nan, whole.visible, area=whole.area)
    assert oks(blind).overall["OKS"] == 0


def test_areas_keeps_what_is_known() -> None:
    filled, from_box = areas(
        np.array([7.0, -1, np.nan]), np.array([[0, 0, 9, 9], [0, 0, 10, 10], [np.nan] * 4])
    )
    assert filled[:2].tolist() == [7, pytest.approx(53)]
    assert np.isnan(filled[2])
    assert from_box.tolist() == [False, True, False]


def test_sigmas_are_recognised_by_names_or_by_a_count_that_only_one_has() -> None:
    assert sigmas_of(Skeleton(COCO_NAMES)).tolist() == list(COCO_SIGMAS)
    aic = (
        "Right Shoulder",
        "Right Elbow",
        "Right Wrist",
        "Left Shoulder",
        "Left Elbow",
        "Left Wrist",
        "Right Hip",
        "Right Knee",
        "Right Ankle",
        "Left Hip",
        "Left Knee",
        "Left Ankle",
        "Head top",
        "Neck",
    )
    assert sigmas_of(Skeleton(aic)).tolist() == list(SIGMAS["aic"])
    assert sigmas_of(Skeleton.numbered(136)).tolist() == list(SIGMAS["halpe"])
    assert len(sigmas_of(Skeleton.numbered(133))) == 133
    with pytest.raises(SpecError, match="no OKS sigmas are known for this skeleton of 17 joints"):
        sigmas_of(Skeleton.numbered(17))


def test_given_sigmas_come_first_and_are_checked() -> None:
    assert sigmas_of(TWO, (0.1, 0.2)).tolist() == [0.1, 0.2]
    assert sigmas_of(Skeleton.numbered(17), "coco").tolist() == list(COCO_SIGMAS)
    with pytest.raises(SpecError, match="17 sigmas for 2 joints"):
        sigmas_of(TWO, "coco")
    with pytest.raises(SpecError, match="'cocoo' is not a table"):
        sigmas_of(TWO, "cocoo")
    with pytest.raises(SpecError, match="not a positive number"):
        sigmas_of(TWO, (0.1, 0))


def test_every_pair_agrees_with_pycocotools_formula_as_faster_coco_eval_computes_it() -> None:
    library = pytest.importorskip("faster_coco_eval")
    rng = np.random.default_rng(5)
    truth, found = rng.uniform(0, 200, (6, 17, 2)), rng.uniform(0, 200, (9, 17, 2))
    found[:6] = truth + rng.normal(0, 8, truth.shape)
    visible, area = rng.integers(0, 3, (6, 17)), rng.uniform(500, 2e4, 6)
    visible[:, 0] = 2

    def rows(xy: np.ndarray, third: np.ndarray) -> list[list[float]]:
        return np.concatenate([xy, third[..., None]], axis=-1).reshape(len(xy), -1).tolist()

    ground = library.COCO(
        {
            "images": [{"id": 1}],
            "categories": [{"id": 1, "name": "person"}],
            "annotations": [
                {
                    "id": n + 1,
                    "image_id": 1,
                    "category_id": 1,
                    "keypoints": k,
                    "area": area[n],
                    "num_keypoints": 17,
                    "bbox": [0, 0, 9, 9],
                    "iscrowd": 0,
                }
                for n, k in enumerate(rows(truth, visible))
            ],
        }
    )
    results = ground.loadRes(
        [
            {"image_id": 1, "category_id": 1, "keypoints": k, "score": 1 - 0.1 * n}
            for n, k in enumerate(rows(found, np.ones((9, 17))))
        ]
    )
    judge = library.COCOeval_faster(ground, results, iouType="keypoints")
    judge.evaluate()
    expected = judge.ious[1, 1]
    for row in range(9):
        each = Pairs(
            Skeleton(COCO_NAMES), truth, np.broadcast_to(found[row], truth.shape), visible, area=area
        )
        near, counted = joint_similarity(each)
        ours = (near * counted).sum(axis=1) / counted.sum(axis=1)
        # both sum at most 17 terms below 1 in float64: 17 x 2^-53, and the exponent's rounding below 1e-13
        np.testing.assert_allclose(ours, expected[row], rtol=0, atol=1e-12)
