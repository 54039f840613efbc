"""Masked statistics against numpy's own on each column alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from kp2heat.metrics.columns import mean, quantiles

LEVELS = np.array([0, 0.05, 0.5, 0.95, 0.99, 1])
SHAPES = array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=7)


@settings(deadline=None)
@given(st.data(), SHAPES)
def test_each_column_equals_numpy_on_its_counted_entries(data: st.DataObject, shape: tuple[int, int]) -> None:
    values = data.draw(arrays(np.float64, shape, elements=st.floats(0, 1e6)))
    counted = data.draw(arrays(np.bool_, shape))
    values[~counted] = np.nan
    means, ranks = mean(values, counted), quantiles(values, counted, LEVELS)
    assert ranks.shape == (len(LEVELS), shape[1])
    for c in range(shape[1]):
        column = values[counted[:, c], c]
        if column.size:
            np.testing.assert_allclose(means[c], column.mean(), rtol=1e-14)
            np.testing.assert_allclose(ranks[:, c], np.quantile(column, LEVELS), rtol=1e-14, atol=1e-9)
        else:
            assert np.isnan(means[c])
            assert np.isnan(ranks[:, c]).all()


def test_an_empty_column_is_nan_without_a_warning() -> None:
    nothing = np.zeros((3, 2), bool)
    assert np.isnan(mean(np.ones((3, 2)), nothing)).all()
    assert np.isnan(quantiles(np.ones((3, 2)), nothing, LEVELS)).all()
