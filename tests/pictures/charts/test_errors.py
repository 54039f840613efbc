"""Charts of errors show the errors that they were given."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.pictures.charts import errors
from kp2heat.pictures.charts.errors import ErrorSeries
from tests.pictures.charts.figures import figures_of

LENGTHS = np.array([0.02, 0.5, 3.0, np.inf])
SERIES = [ErrorSeries("a", LENGTHS, np.arange(4.0)), ErrorSeries("b", LENGTHS[:3] / 2, np.arange(3.0))]


def test_cumulative_curves(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = figures_of(errors, monkeypatch)
    errors.cumulative_chart(SERIES, "px")
    (axes,) = figures[0].axes
    assert (axes.get_xscale(), axes.get_xlabel(), axes.get_xlim()) == ("log", "error, px", (0.01, 10))
    a, b = axes.lines
    assert a.get_ydata()[-1] == 75, "a joint that was not found is never within an error"
    assert b.get_ydata()[-1] == 100
    x, y = a.get_data()
    for error, share in ((0.019, 0), (0.021, 25), (0.49, 25), (0.51, 50), (2.9, 50), (3.1, 75)):
        assert np.interp(error, x, y) == pytest.approx(share, abs=3)


@pytest.mark.parametrize(
    ("lengths", "ends"),
    [
        ([0.1, 0.1], (0.1, 1)),
        ([2.0, 3.0], (1, 10)),
        ([1e-9, 1e-9, 50.0], (0.001, 100)),
        ([0.0], (0.001, 1)),
        ([], (0.001, 1)),
    ],
)
def test_the_axis_of_errors_ends_at_whole_powers_of_ten(
    lengths: list[float], ends: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = figures_of(errors, monkeypatch)
    errors.cumulative_chart([ErrorSeries("a", np.array(lengths), np.zeros(len(lengths)))], "px")
    assert figures[0].axes[0].get_xlim() == pytest.approx(ends)


def test_histograms_count_the_joints_that_were_found(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = figures_of(errors, monkeypatch)
    errors.histogram_chart(SERIES, "px")
    (axes,) = figures[0].axes
    assert axes.get_xscale() == "log"
    values, edges, _ = axes.patches[0].get_data()
    assert values.sum() == 3
    for n, error in enumerate(LENGTHS[:3]):
        assert values[np.searchsorted(edges, error) - 1] == 1, n
    assert edges[1:] / edges[:-1] == pytest.approx(edges[1] / edges[0])


def test_reliability_is_the_error_by_tenths_of_the_score(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = figures_of(errors, monkeypatch)
    score = np.random.default_rng(0).permutation(100) / 100
    errors.reliability_chart([ErrorSeries("a", 2 - score, score)], "px")
    (axes,) = figures[0].axes
    assert (axes.get_yscale(), axes.get_ylabel()) == ("log", "error, px")
    median, ninety = axes.lines
    tenth = np.arange(10) / 10
    np.testing.assert_allclose(median.get_data(), [tenth + 0.045, 2 - tenth - 0.045])
    np.testing.assert_allclose(ninety.get_ydata(), 2 - tenth - 0.009)
