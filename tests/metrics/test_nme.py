"""NME, failure rate, CED and its area, by hand on a face of 68 points."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.errors import SpecError
from kp2heat.metrics.nme import ced, failures, nme
from kp2heat.metrics.pairing.pairs import Pairs
from kp2heat.skeleton import Skeleton

FACE = Skeleton.numbered(68)


def faces(errors: list[float], found: list[int] | None = None) -> Pairs:
    """Instance i: every point off by errors[i] px; only the first found[i] of 68 points predicted."""
    truth = np.zeros((len(errors), 68, 2))
    truth[:, 36] = [10, 0]  # outer corners 100 px apart
    truth[:, 45] = [110, 0]
    truth[:, 37:42] = [10 + 24, 0]  # mean of 36..41: x = 30
    truth[:, 42:45], truth[:, 46:48] = [110 - 24, 0], [110 - 24, 0]  # mean of 42..47: x = 90
    predicted = truth + np.array(errors)[:, None, None] * [0.6, 0.8]
    for row, count in enumerate(found or []):
        predicted[row, count:] = np.nan
    box = np.tile([0.0, 0, 120, 90], (len(errors), 1))
    return Pairs(FACE, truth, predicted, np.full(truth.shape[:2], 2), bbox=box)


@pytest.mark.parametrize(
    ("by", "length"),
    [
        ("inter-ocular", 100),
        ("inter-pupil", 60),
        ("box", 120),
        ("diagonal", 150),
        ("box-root", (120 * 90) ** 0.5),
        ("36,45", 100),
        ("joint_36,joint_45", 100),
    ],
)
def test_every_normaliser(by: str, length: float) -> None:
    assert nme(faces([3.0]), by=by).overall["NME"] == pytest.approx(3 / length)


def test_per_image_mean_differs_from_pooled() -> None:
    scores = nme(faces([1.0, 5.0], [68, 17])).overall
    assert scores["NME"] == pytest.approx((0.01 + 0.05) / 2)
    assert scores["pooled"] == pytest.approx((68 * 0.01 + 17 * 0.05) / 85)


def test_an_instance_without_any_prediction_is_a_failure_and_not_in_the_mean() -> None:
    blind = faces([1.0, 1.0], [68, 0])
    assert nme(blind).overall["NME"] == pytest.approx(0.01)
    assert nme(blind).overall["missed"] == 1
    assert failures(blind).overall["FR@0.1"] == 0.5
    assert failures(blind).overall["CED@0.1"] == 0.5


def test_failures_and_the_exact_area_under_the_staircase() -> None:
    overall = failures(faces([2.0, 4.0, 6.0, 20.0]), threshold=0.08).overall
    assert overall["FR@0.08"] == 0.25
    # CED is 1/4 on [.02, .04), 1/2 on [.04, .06), 3/4 on [.06, .08]: area (.005 + .01 + .015) / .08
    assert overall["AUC@0.08"] == pytest.approx(0.03 / 0.08)
    assert overall["CED@0.08"] == 0.75


def test_ced_counts_equality() -> None:
    assert ced(np.array([0.1, 0.2, 0.2]), np.array([0.05, 0.1, 0.2])).tolist() == [0, pytest.approx(1 / 3), 1]


def test_unknown_faces_say_so() -> None:
    one = Pairs(Skeleton(("a",)), np.zeros((1, 1, 2)), np.zeros((1, 1, 2)), np.full((1, 1), 2))
    with pytest.raises(SpecError, match="the corners of the eyes are not known for a skeleton of 1 joint;"):
        nme(one)


def test_a_face_without_a_labelled_corner_is_left_out() -> None:
    half = faces([3.0, 5.0])
    hidden = half.visible.copy()
    truth = half.truth.copy()
    truth[1, 45], hidden[1, 45] = np.nan, 0
    overall = nme(Pairs(FACE, truth, half.predicted, hidden)).overall
    assert overall["count"] == 1
    assert overall["NME"] == pytest.approx(0.03)


def test_the_names_of_the_numbers() -> None:
    scores = nme(faces([1.0]))
    assert list(scores.overall) == ["count", "missed", "NME", "pooled"]
    assert list(scores.joints) == ["count", "NME"]
    assert list(failures(faces([1.0])).overall)[:3] == ["count", "FR@0.1", "AUC@0.1"]
