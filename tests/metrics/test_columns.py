"""Statistics against numpy's own on each column alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from kp2heat.metrics.columns import mean, quantiles

LEVELS = np.array([0, 0.05, 0.5, 0.95, 0.99, 1])
SHAPES = array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=7)


@given(st.data(), SHAPES)
def test_each_column_equals_numpy_on_its_counted_entries(data: st.DataObject, shape: tuple[int, int]) -> None:
    values = data.draw(arrays(np.float64, shape, elements=st.floats(0, 1e6)))
    counted = data.draw(arrays(np.bool_, shape))
    values[~counted] = np.nan
    means = mean(values, counted)
    for c in range(shape[1]):
        column = values[counted[:, c], c]
        if column.size:
            np.testing.assert_allclose(means[c], column.mean(), rtol=1e-14)
        else:
            assert np.isnan(means[c])


@given(arrays(np.float64, st.integers(1, 50), elements=st.floats(0, 1e6)))
def test_quantiles_are_those_of_numpy(values: np.ndarray) -> None:
    ranks = quantiles(np.sort(values), LEVELS)
    np.testing.assert_allclose(ranks, np.quantile(values, LEVELS), rtol=1e-14, atol=1e-9)


def test_what_is_empty_is_nan_without_a_warning() -> None:
    assert np.isnan(mean(np.ones((3, 2)), np.zeros((3, 2), bool))).all()
    assert np.isnan(quantiles(np.zeros(0), LEVELS)).all()
