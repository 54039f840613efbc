"""What counts as a detected joint, and what ranks detections."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.metrics.pairing.detections import Detections


def detections(xy: list[list[float]], confidence: list[float]) -> Detections:
    nothing = np.full((1, 4), np.nan)
    return Detections(np.array([xy]), np.array([confidence]), np.array([np.nan]), nothing, np.zeros(1, int))


@pytest.mark.parametrize("others", [0.0, 1.0])
def test_a_position_counts_whatever_its_confidence_and_its_neighbours_are(others: float) -> None:
    found = detections([[60, 40], [20, 20]], [0.0, others]).detected()
    assert found.tolist() == [[[60, 40], [20, 20]]]


@pytest.mark.parametrize("xy", [[0.0, 0.0], [0.0, -3.0]])
def test_the_corner_without_confidence_is_no_position(xy: list[float]) -> None:
    assert np.isnan(detections([xy, [20, 20]], [0.0, 0.9]).detected()[0, 0]).all()
    assert detections([xy, [20, 20]], [0.1, 0.9]).detected()[0, 0].tolist() == xy


def test_the_mean_of_the_confidences_above_0_is_the_score() -> None:
    assert detections([[0, 0], [1, 1], [2, 2]], [0.0, 0.5, 0.7]).score.tolist() == [0.6]
