"""PCK, by hand: strictness, both averagings, lengths that are missing."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.errors import SpecError
from kp2heat.metrics.pairing.pairs import Pairs
from kp2heat.metrics.pck import auc, pck, pckh
from kp2heat.skeleton import COCO_NAMES, Skeleton

NAN = [np.nan, np.nan]


def pairs(bbox: list[list[float]]) -> Pairs:
    truth = [[[0, 0], [50, 50]], [[0, 0], [50, 50]], [[0, 0], NAN]]
    predicted = [[[4.99, 0], [50, 50]], [[0, 5], [50, 60]], [NAN, [1, 1]]]
    return Pairs(
        Skeleton(("a", "b")), np.array(truth), np.array(predicted), np.full((3, 2), 2), bbox=np.array(bbox)
    )


def test_strictly_less_and_the_longer_side() -> None:
    scores = pck(pairs([[0, 0, 100, 50]] * 3), thresholds=(0.05, 0.1))
    assert scores.joints["PCK@0.05"].tolist() == [pytest.approx(1 / 3), 0.5]  # 5 px is not below 0.05 x 100
    assert scores.joints["PCK@0.1"].tolist() == [pytest.approx(2 / 3), 0.5]


def test_both_averagings() -> None:
    overall = pck(pairs([[0, 0, 100, 50]] * 3), thresholds=(0.1,)).overall
    assert overall["PCK@0.1"] == pytest.approx(3 / 5)
    assert overall["mPCK@0.1"] == pytest.approx((2 / 3 + 1 / 2) / 2)


def test_an_instance_without_a_box_is_left_out_and_not_counted() -> None:
    scores = pck(pairs([[0, 0, 100, 50], [0, 0, 0, 0], [np.nan] * 4]), thresholds=(0.05,))
    assert scores.overall["count"] == 2
    assert scores.overall["PCK@0.05"] == 1


def test_torso_is_left_shoulder_to_right_hip() -> None:
    skeleton = Skeleton(COCO_NAMES)
    truth = np.zeros((1, 17, 2))
    truth[0, skeleton.names.index("right_hip")] = [30, 40]
    off = truth + np.array([9.0, 0])
    measured = Pairs(skeleton, truth, off, np.full((1, 17), 2))
    assert pck(measured, (0.2,), by="torso").overall["PCK@0.2"] == 1  # 9 < 0.2 x 50
    assert pck(measured, (0.18,), by="torso").overall["PCK@0.18"] == 0  # 9 = 0.18 x 50


def test_a_skeleton_without_a_torso_and_an_unknown_length_say_so() -> None:
    with pytest.raises(SpecError, match="no joint 'left_shoulder'"):
        pck(pairs([[0, 0, 1, 1]] * 3), by="torso")
    with pytest.raises(SpecError, match="'waist' is not a normalising length"):
        pck(pairs([[0, 0, 1, 1]] * 3), by="waist")


def mpii(distance: list[float], names: tuple[str, ...] = ("head", "pelvis", "thorax", "rwri")) -> Pairs:
    truth = np.zeros((1, len(names), 2))
    predicted = truth + np.array(distance)[None, :, None] * [1, 0]
    # a head box of 30 x 40: diagonal 50, head size 0.6 x 50 = 30
    return Pairs(
        Skeleton(names), truth, predicted, np.full((1, len(names)), 2), head=np.array([[5, 5, 30, 40.0]])
    )


def test_pckh_counts_equality_and_leaves_out_pelvis_and_thorax() -> None:
    scores = pckh(mpii([15, 99, 99, 15.1]))
    assert scores.joints["PCKh@0.5"].tolist() == [1, 0, 0, 0]
    assert scores.overall["count"] == 2
    assert scores.overall["PCKh@0.5"] == 0.5
    assert scores.overall["mPCKh@0.5"] == 0.5
    assert pckh(mpii([3, 99, 99, 3.1])).overall["PCKh@0.1"] == 0.5
    assert pckh(mpii([15, 99, 99, 14.9]), strict=True).joints["PCKh@0.5"].tolist() == [0, 0, 0, 1]


def test_pckh_without_head_boxes_says_what_to_do() -> None:
    with pytest.raises(SpecError, match="no head box is known"):
        pckh(pairs([[0, 0, 1, 1]] * 3))
    joints = pckh(pairs([[0, 0, 1, 1]] * 3), thresholds=(0.1,), by="a,b")
    # |ab| = 50 sqrt 2 = 70.7 in the first two, unknown in the third; 4.99, 5 and 0 are within 7.07, 10 is not
    assert joints.overall["count"] == 4
    assert joints.overall["PCKh@0.1"] == 0.75


def test_auc_is_mmposes_left_sum() -> None:
    def area(distance: list[float]) -> float:
        return auc(mpii(distance, ("a", "b")), by="10px", steps=5).overall["mAUC"]

    assert area([0, 0]) == pytest.approx(0.8)  # 0 < 0 fails at the first of the five thresholds
    assert area([2, 2]) == pytest.approx(0.6)  # 0.2 < 0.4, 0.6, 0.8
    assert area([2.1, 9]) == pytest.approx((0.6 + 0) / 2)
    assert auc(mpii([1, 1], ("a", "b")), by="30px").overall["AUC"] == pytest.approx(0.95)


def test_a_joint_that_is_never_counted_has_no_share_and_no_part_in_the_mean() -> None:
    truth = np.array([[[0.0, 0.0], [10.0, 0.0], [np.nan, np.nan]]])
    predicted = truth + np.array([[[1, 0], [90, 0], [0, 0]]])
    three = Pairs(
        Skeleton(("a", "b", "c")), truth, predicted, np.array([[2, 2, 0]]), bbox=np.array([[0, 0, 50, 40.0]])
    )
    scores = pck(three, thresholds=(0.1,))
    np.testing.assert_array_equal(scores.joints["PCK@0.1"], [1, 0, np.nan])
    assert scores.joints["count"].tolist() == [1, 1, 0]
    assert scores.overall == {"count": 2, "PCK@0.1": 0.5, "mPCK@0.1": 0.5}
    shares = {f"{mean}PCK@{threshold}" for mean in ("", "m") for threshold in ("0.05", "0.1", "0.2")}
    assert set(pck(three).overall) == {"count", *shares}
    areas = auc(three, by="10px", steps=5)
    np.testing.assert_allclose(areas.joints["AUC"], [0.8, 0, np.nan])  # 0.1 < 0.2, 0.4, 0.6, 0.8
    assert areas.overall == pytest.approx({"count": 2, "AUC": 0.4, "mAUC": 0.4})
    nothing = pck(three.only(np.array([False, False, True])), thresholds=(0.1,)).overall
    assert nothing["count"] == 0
    assert np.isnan([nothing["PCK@0.1"], nothing["mPCK@0.1"]]).all()
