"""Sigmas from repeated annotations: by hand, unbiased, tolerant of gaps."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kp2heat.errors import InputError
from kp2heat.metrics.sigma_estimation import estimate_sigmas


def test_two_annotators_by_hand() -> None:
    xy = np.array([[[[0.0, 0]]], [[[6, 8]]]])
    # each is 5 from the middle: (25 + 25) / (2 - 1) = 50; s^2 = 5000: sigma = sqrt(0.01)
    sigma, count = estimate_sigmas(xy, np.array([5000.0]))
    assert sigma.tolist() == [pytest.approx(0.1)]
    assert count.tolist() == [1]


@pytest.mark.parametrize("annotators", [2, 5])
def test_the_estimate_is_unbiased(annotators: int) -> None:
    rng = np.random.default_rng(1)
    area, true = rng.uniform(1e3, 1e5, 4000), np.array([0.03, 0.1])
    # E[d^2] = sigma^2 s^2 in two dimensions: sigma s / sqrt 2 an axis
    spread = (np.sqrt(area)[:, None] * true / math.sqrt(2))[..., None]
    xy = rng.uniform(0, 500, (4000, 2, 2)) + rng.normal(0, 1, (annotators, 4000, 2, 2)) * spread
    sigma, _ = estimate_sigmas(xy, area)
    # relative sd of sigma is 1 / (2 sqrt(2 x 4000 x 1 / 2)) = 0.8 % at R = 2; allow five of them
    np.testing.assert_allclose(sigma, true, rtol=0.04)


def test_joints_seen_once_and_objects_without_area_do_not_enter() -> None:
    xy = np.array([[[[0.0, 0], [1, 1]], [[0, 0], [0, 0]]], [[[6, 8], [np.nan, 1]], [[600, 800], [9, 9]]]])
    sigma, count = estimate_sigmas(xy, np.array([5000.0, 0]))
    assert sigma[0] == pytest.approx(0.1)
    assert np.isnan(sigma[1])
    assert count.tolist() == [1, 0]


def test_one_annotator_is_not_enough() -> None:
    with pytest.raises(InputError, match="give the files of two annotators"):
        estimate_sigmas(np.zeros((1, 3, 2, 2)), np.ones(3))
