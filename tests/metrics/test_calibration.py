"""Scores become expected OKS: monotone, unbiased where they were fitted, and judged in bins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kp2heat.errors import InputError
from kp2heat.metrics.calibration import calibration_numbers, fit_calibration

pytest.importorskip("scipy.optimize", reason="calibration needs SciPy")
PAIRS = st.lists(st.tuples(st.integers(0, 30), st.floats(0, 1)), min_size=1, max_size=40)


@given(PAIRS)
def test_a_greater_score_never_expects_less(pairs: list[tuple[int, float]]) -> None:
    score, oks = np.array(pairs, np.float64).T
    fitted = fit_calibration(score, oks)
    expected = fitted.apply(np.linspace(-1, 31, 200))
    assert (np.diff(expected) >= 0).all()
    assert oks.min() - 1e-9 <= expected.min() <= expected.max() <= oks.max() + 1e-9
    assert (np.diff(fitted.score) > 0).all()


def test_scores_that_are_expected_oks_already_stay() -> None:
    score = np.linspace(0, 1, 11)
    np.testing.assert_allclose(fit_calibration(score, score).apply(score), score)


def test_equal_scores_share_their_mean_and_violations_are_pooled() -> None:
    fitted = fit_calibration(np.array([0.5, 0.5, 0.9, 0.7]), np.array([0.2, 0.4, 0.5, 0.9]))
    # At 0.7 more is met than at 0.9: both become one block at their mean, 0.8 and 0.7.
    np.testing.assert_allclose(fitted.score, [0.5, 0.8])
    np.testing.assert_allclose(fitted.expected, [0.3, 0.7])


def test_numbers_say_how_far_expectations_are_off() -> None:
    numbers = calibration_numbers(np.array([0.95, 0.95, 0.15, 0.15]), np.array([0.75, 0.95, 0.35, 0.15]))
    assert numbers["count"] == 4
    assert numbers["bias"] == pytest.approx(0)
    assert numbers["ECE"] == pytest.approx(0.1)
    assert numbers["rmse"] == pytest.approx(np.sqrt(0.02))


def test_nothing_to_fit_to_is_refused() -> None:
    with pytest.raises(InputError, match="has no results on images of its truth"):
        fit_calibration(np.zeros(0), np.zeros(0))
