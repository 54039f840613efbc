"""End-point error, by hand and against NumPy's own statistics."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kp2heat.metrics.epe import PERCENTILES, epe, merged, numbers, overall, tally
from kp2heat.metrics.pairing.pairs import Pairs, parts
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


def reference(offset: NDArray[np.float64], scored: int) -> dict[str, float]:
    """NumPy's own words for the offsets (P, 2) that were found."""
    distance = np.hypot(offset[:, 0], offset[:, 1])
    numbers = {"count": len(offset), "missed": scored - len(offset)}
    if not len(offset):
        return numbers
    ranks = np.percentile(distance, PERCENTILES)
    names = ("median", "p75", "p90", "p95", "p99", "max")
    bias = dict(zip(("dx", "dy"), offset.mean(axis=0), strict=True))
    rmse = np.sqrt((offset**2).mean())
    return {
        **numbers,
        "mean": distance.mean(),
        **dict(zip(names, ranks, strict=True)),
        **bias,
        "rmse": rmse,
    }


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(0, 12), st.integers(1, 4), st.integers(1, 20))
def test_however_many_are_tallied_at_a_time(seed: int, count: int, joints: int, part: int) -> None:
    random = np.random.default_rng(seed)
    truth, predicted = random.normal(0, 10, (2, count, joints, 2))
    predicted[random.random((count, joints)) < 0.3] = np.nan
    truth[random.random((count, joints)) < 0.2] = np.nan
    asked, group = random.random((2, count, joints)) < 0.8
    names = tuple("abcd"[:joints])
    pairs = Pairs(Skeleton(names), truth, predicted, np.full((count, joints), 2), scored=asked)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kp2heat.metrics.pairing.pairs.PART", part)
        scores = epe(pairs)
        some = [tally(pairs.take(rows), {"some": group[rows]}) for rows in parts(count, joints)]
        grouped = numbers(merged(some).groups["some"])
    assert overall(tally(pairs.only(group))) == pytest.approx(grouped, nan_ok=True, abs=1e-12)
    offset = predicted - truth
    for shown, mask in ((scores.overall, pairs.scored), (grouped, pairs.scored & group)):
        expected = reference(offset[mask & pairs.found], int(mask.sum()))
        assert {name: shown[name] for name in expected} == pytest.approx(expected, rel=1e-12, abs=1e-12)
        assert all(np.isnan(shown[name]) for name in shown.keys() - expected.keys())
    for k in range(joints):
        expected = reference(offset[pairs.found[:, k], k], int(pairs.scored[:, k].sum()))
        found = {name: scores.joints[name][k] for name in expected}
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)
