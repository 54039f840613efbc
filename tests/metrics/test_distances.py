"""Summaries of distances: the same numbers however they are cut and merged, and percentiles as exact as they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kp2heat.metrics.distances import RELATIVE_ERROR, Distances, merged, summary

LEVELS = np.array([0.0, 0.25, 0.5, 0.9, 0.99, 1.0])


def of(offsets: np.ndarray[tuple[int, int], np.dtype[np.float64]], keep: bool) -> Distances:
    return summary(offsets, np.hypot(*offsets), scored=offsets.shape[1] + 1, keep=keep)


@settings(max_examples=80)
@given(st.integers(0, 2**32 - 1), st.integers(0, 400), st.booleans(), st.floats(-12, 6))
def test_merged_parts_are_the_whole_in_any_order(seed: int, count: int, keep: bool, scale: float) -> None:
    random = np.random.default_rng(seed)
    offsets = random.normal(0, 1, (2, count)) * 10.0 ** (scale * random.random(count))
    pieces = [of(piece, keep) for piece in np.array_split(offsets, random.integers(1, 6), axis=1)]
    forwards, nested = merged(pieces), merged([merged(pieces[1:]), pieces[0]]) if pieces[1:] else pieces[0]
    shuffled = merged([pieces[i] for i in random.permutation(len(pieces))])
    for other in (nested, shuffled):
        assert (forwards.count, forwards.missed, forwards.sums) == (other.count, other.missed, other.sums)
        np.testing.assert_array_equal(forwards.quantiles(LEVELS), other.quantiles(LEVELS))
    assert forwards.count == count
    assert forwards.missed == len(pieces)
    if count:
        distance = np.hypot(*offsets)
        assert forwards.mean(2) == pytest.approx(distance.mean(), rel=1e-13)
        expected = np.quantile(distance, LEVELS)
        tolerance = 1e-12 if keep else RELATIVE_ERROR
        np.testing.assert_allclose(forwards.quantiles(LEVELS), expected, rtol=tolerance, atol=2.0**-64)
        assert forwards.quantiles(np.array([1.0]))[0] == distance.max()


def test_beyond_the_grid_and_at_zero() -> None:
    offsets = np.array([[0.0, 0.0, 1e-30, 1e25], [0.0, 0.0, 0.0, 0.0]])
    binned = of(offsets, keep=False)
    assert binned.quantiles(np.array([0.0, 0.5, 1.0])).tolist() == [0.0, 0.0, 1e25]


def test_an_infinite_sum_stays_infinite() -> None:
    with np.errstate(over="ignore"):
        huge = of(np.array([[1e200], [0.0]]), keep=True)
    assert merged([huge, of(np.array([[3.0], [4.0]]), keep=True)]).mean(3) == float("inf")


def test_bins_take_no_more_room_with_more_distances() -> None:
    random = np.random.default_rng(0)
    small, large = (of(random.normal(0, 1, (2, count)), keep=False) for count in (20_000, 400_000))
    assert len(large.bins) < 2 * len(small.bins) < 20_000
    assert large.values is None
