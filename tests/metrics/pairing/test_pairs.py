"""Which joints are scored, and what becomes of predictions that are not there."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.metrics.pairing.pairs import Pairs
from kp2heat.skeleton import Skeleton

AB = Skeleton(("a", "b"))


def pairs() -> Pairs:
    truth = [[[0, 0], [np.nan, np.nan]], [[10, 10], [20, 20]], [[1, 1], [2, 2]]]
    predicted = [[[3, 4], [5, 5]], [[np.nan, np.nan], [20, 19]], [[1, 1], [2, 2]]]
    visible = [[2, 0], [1, 2], [0, 2]]
    return Pairs(AB, np.array(truth), np.array(predicted), np.array(visible))


def test_unlabelled_joints_are_not_scored_and_missing_predictions_are_not_found() -> None:
    assert pairs().scored.tolist() == [[True, False], [True, True], [False, True]]
    assert pairs().found.tolist() == [[True, False], [False, True], [False, True]]


def test_offset_is_prediction_minus_truth() -> None:
    assert pairs().offset[0, 0].tolist() == [3, 4]
    assert pairs().offset[1, 1].tolist() == [0, -1]
    assert pairs().distance[0, 0] == 5
    assert np.isnan(pairs().distance[[0, 1, 2], [1, 0, 0]]).all()


def test_only_narrows_and_never_adds() -> None:
    half = pairs().only(np.array([False, True]))
    assert half.scored.tolist() == [[False, False], [False, True], [False, True]]
    assert not half.only(np.array([True, False])).scored.any()


def test_take_keeps_every_column_in_step() -> None:
    one = pairs().take(np.array([1]))
    assert len(one) == 1
    assert one.scored.tolist() == [[True, True]]
    assert one.bbox.shape == (1, 4)


def test_columns_are_read_only_and_of_the_right_shape() -> None:
    with pytest.raises(ValueError, match="read-only"):
        pairs().truth[0, 0, 0] = 1
    with pytest.raises(ValueError, match="expected predicted to have shape"):
        Pairs(AB, np.zeros((3, 2, 2)), np.zeros((2, 2, 2)), np.full((3, 2), 2))
