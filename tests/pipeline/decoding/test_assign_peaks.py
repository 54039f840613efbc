"""Several peaks of a map find their people."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kp2heat.peaks import Peaks
from kp2heat.pipeline.decoding.assign_peaks import match


def peaks(xy: np.ndarray) -> Peaks:
    found = np.isfinite(xy[..., 0])
    return Peaks(xy, found * 1.0, found, "cell")


@given(st.permutations(range(4)), st.integers(1, 3))
def test_shuffled_peaks_return_to_their_people(order: list[int], joints: int) -> None:
    rng = np.random.default_rng(len(order) + joints)
    truth = rng.uniform(0, 100, (4, joints, 2))
    shuffled = truth[order].transpose(1, 0, 2)[None] + 0.01
    found = match(peaks(shuffled), truth, np.zeros(4, int))
    np.testing.assert_allclose(found.xy, truth + 0.01)


def test_a_peak_serves_one_person() -> None:
    truth = np.array([[[10.0, 10.0]], [[10.5, 10.0]]])
    one = np.array([[[[10.4, 10.0], [np.nan, np.nan]]]])
    found = match(peaks(one), truth, np.zeros(2, int))
    assert np.isnan(found.xy[0]).all()
    np.testing.assert_array_equal(found.xy[1, 0], [10.4, 10.0])
    assert found.score.tolist() == [[0.0], [1.0]]


def test_unlabelled_joints_take_nothing_and_samples_do_not_mix() -> None:
    truth = np.array([[[np.nan, np.nan]], [[5.0, 5.0]], [[7.0, 7.0]]])
    found = match(peaks(np.array([[[[5.0, 5.0]]], [[[7.0, 7.0]]]])), truth, np.array([0, 0, 1]))
    assert np.isnan(found.xy[0]).all()
    np.testing.assert_array_equal(found.xy[1:, 0], [[5, 5], [7, 7]])
