"""End-point error, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.metrics.epe import epe
from kp2heat.metrics.pairs import Pairs
from kp2heat.skeleton import Skeleton

NAN = [np.nan, np.nan]
PAIRS = Pairs(
    Skeleton(("a", "b", "c")),
    np.array([[[0, 0], [10, 0], NAN], [[0, 0], [10, 0], NAN], [[0, 0], [10, 0], NAN]]),
    np.array([[[3, 4], [10, 1], [1, 1]], [[-3, 4], [10, 3], [1, 1]], [[0, 0], NAN, [1, 1]]]),
    np.full((3, 3), 2),
)


def test_per_joint() -> None:
    joints = epe(PAIRS).joints
    assert joints["count"].tolist() == [3, 2, 0]
    assert joints["missed"].tolist() == [0, 1, 0]
    assert joints["mean"][:2].tolist() == [pytest.approx(10 / 3), 2]
    assert joints["median"][:2].tolist() == [5, 2]
    assert joints["p95"][:2].tolist() == [5, pytest.approx(1 + 0.95 * 2)]
    assert joints["max"][:2].tolist() == [5, 3]
    assert joints["dx"][:2].tolist() == [0, 0]
    assert joints["dy"][:2].tolist() == [pytest.approx(8 / 3), 2]
    assert joints["rmse"][:2].tolist() == [pytest.approx((50 / 6) ** 0.5), pytest.approx((10 / 4) ** 0.5)]
    assert all(np.isnan(v[2]) for name, v in joints.items() if name not in ("count", "missed"))


def test_overall_pools_every_joint() -> None:
    overall = epe(PAIRS).overall
    assert (overall["count"], overall["missed"]) == (5, 1)
    assert overall["mean"] == pytest.approx((5 + 5 + 0 + 1 + 3) / 5)
    assert overall["median"] == 3
    assert overall["p75"] == 5
    assert overall["dy"] == pytest.approx(12 / 5)
    assert overall["rmse"] == pytest.approx((60 / 10) ** 0.5)


def test_a_bias_shows_its_sign() -> None:
    moved = Pairs(PAIRS.skeleton, PAIRS.truth, PAIRS.truth + np.array([0.5, -0.25]), PAIRS.visible)
    assert epe(moved).overall["dx"] == 0.5
    assert epe(moved).overall["dy"] == -0.25


def test_nothing_at_all_is_nan_not_a_warning() -> None:
    none = epe(PAIRS.take(np.zeros(0, np.int64))).overall
    assert none["count"] == 0
    assert np.isnan(none["mean"])
