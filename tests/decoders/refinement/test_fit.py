"""``fit`` against the Cramer-Rao bound: no unbiased method can have a smaller error."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.contracts import Level
from kp2heat.decoders import decode
from tests.decoders.clean import level_of
from tests.decoders.noise import excess

COUNTS = {"48x64": 4000, "28x28": 4000, "14x14": 10_000, "7x7": 10_000}
"""Joints: the rms of n errors is known to 1 / sqrt(2 n), 1.1 and 0.7 %."""
CASES = [(grid, noise) for grid in COUNTS for noise in (0.005, 0.02, 0.05, 0.1)]
SLOW = {("48x64", noise) for noise in (0.005, 0.02, 0.1)}
"""The largest maps at one noise only: the loops are those of 28x28, where every noise is tried."""


@pytest.mark.parametrize(
    ("grid", "noise"),
    [pytest.param(*case, marks=pytest.mark.slow if case in SLOW else ()) for case in CASES],
)
def test_the_error_is_the_least_there_can_be(grid: str, noise: float) -> None:
    """rms error an axis within 1.05 of the bound, joints over the whole input, border cells included."""
    assert (excess("fit", grid, noise, COUNTS[grid]) < 1.05).all()


def test_a_moved_arg_max_is_followed_only_where_noise_moved_it() -> None:
    """A spike two cells from the middle of a clean blob is not noise: the step would be 2 cells."""
    grid = np.arange(24)
    maps = np.exp(-((grid - 12) ** 2 + (grid[:, None] - 12) ** 2) / 8)[None, None]
    level = Level((24, 24), 2.0, level_of("28x28").alignment)
    noisy = maps + 0.05 * np.random.default_rng(0).standard_normal(maps.shape)
    noisy[0, 0, 12, 10] = noisy.max() + 0.01
    assert abs(decode("fit", {"heatmaps": noisy}, level).xy[0, 0] - 12).max() < 0.25
    smooth = np.maximum(maps, 0.99 * np.roll(maps, -3, axis=-1))
    assert decode("fit", {"heatmaps": smooth}, level).xy[0, 0, 0] >= 11


def _step(cells: np.ndarray, sigma: float) -> float:
    """The longest step of ``fit`` on an axis, in cells, from the arg-max of one map (H, W)."""
    height, width = cells.shape
    level = Level((width, height), sigma, level_of("28x28").alignment)
    maps = {"heatmaps": cells[None, None].astype(np.float32)}
    place, start = (decode(method, maps, level).xy[0, 0] for method in ("fit", "argmax"))
    return float(abs(place - start).max())


def test_a_peak_that_noise_cannot_have_moved_is_left_by_a_cell_at_most() -> None:
    """Plateaus, lines and saturated blobs hold their greatest value many times; a spike pulls off the map."""
    grid = np.arange(14)
    blob = np.exp(-((grid - 6.7) ** 2 + (grid[:, None] - 7.2) ** 2) / 8)
    plateau, line, corner = np.zeros((3, 14, 14))
    plateau[3:8, 3:8], line[7], corner[0, 0] = 1, 1, 1e-3
    for cells in (plateau, line, corner, np.minimum(3 * blob, 1), np.indices((14, 14)).sum(axis=0) % 2.0):
        assert _step(cells, 2.0) <= 1
