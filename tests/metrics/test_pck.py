"""PCK, by hand: strictness, both averagings, lengths that are missing."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.errors import SpecError
from kp2heat.metrics.pairs import Pairs
from kp2heat.metrics.pck import pck
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
