"""``fit`` against the Cramer-Rao bound: no unbiased method can have a smaller error."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from kp2heat.contracts import Level
from kp2heat.decoders import decode
from tests.decoders.clean import joints, level_of

COUNTS = {"48x64": 4000, "28x28": 4000, "14x14": 10_000, "7x7": 10_000}
"""Joints: the rms of n errors is known to 1 / sqrt(2 n), 1.1 and 0.7 %."""


def profiles(centre: NDArray[np.float64], cells: int, sigma: float) -> tuple[NDArray[np.float64], ...]:
    """g (P, cells) and its slope by the centre (P, cells)."""
    away = (np.arange(cells) - centre[:, None]) / sigma
    g = np.exp(-0.5 * away**2)
    return g, g * away / sigma


def bound(level: Level, cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2,) root of the mean variance an axis, in cells, that white noise of deviation 1 (peak 1) leaves.

    The inverse Fisher information of x, y and amplitude, all unknown, over the whole map.
    """
    (gx, px), (gy, py) = (profiles(cells[:, i], level.size[i], level.sigma) for i in (0, 1))
    slopes = [
        (gy[:, :, None] * px[:, None, :]),
        (py[:, :, None] * gx[:, None, :]),
        (gy[:, :, None] * gx[:, None, :]),
    ]
    flat = np.stack([slope.reshape(len(cells), -1) for slope in slopes], axis=1)
    variance = np.linalg.inv(flat @ flat.transpose(0, 2, 1))
    return np.sqrt(variance[:, [0, 1], [0, 1]].mean(axis=0))


@pytest.mark.parametrize("noise", [0.005, 0.02, 0.05, 0.1])
@pytest.mark.parametrize("grid", COUNTS)
def test_the_error_is_the_least_there_can_be(grid: str, noise: float) -> None:
    """rms error an axis within 1.05 of the bound, joints over the whole input, border cells included."""
    level = level_of(grid)
    cells = level.alignment.to_cell(joints(grid, COUNTS[grid])[:, 0])
    (gx, _), (gy, _) = (profiles(cells[:, i], level.size[i], level.sigma) for i in (0, 1))
    maps = gy[:, :, None] * gx[:, None, :] + noise * np.random.default_rng(3).standard_normal(
        (len(cells), *level.size[::-1]), np.float32
    )
    amplitude = np.random.default_rng(4).uniform(0.2, 5, (len(cells), 1, 1))
    planes = {"heatmaps": (amplitude * maps)[:, None].astype(np.float32)}
    error = decode("fit", planes, level).xy[:, 0] - cells
    assert (np.sqrt((error**2).mean(axis=0)) < 1.05 * noise * bound(level, cells)).all()


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
