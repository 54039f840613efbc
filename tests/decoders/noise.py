"""White noise on predicted maps, and the least error it leaves: the Cramer-Rao bound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kp2heat.contracts import Level
from kp2heat.decoders import decode
from tests.decoders.clean import joints, level_of


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
    across, down = np.stack([px, gx, gx], axis=1), np.stack([gy, py, gy], axis=1)
    fisher = (across @ across.transpose(0, 2, 1)) * (down @ down.transpose(0, 2, 1))
    variance = np.linalg.inv(fisher)
    return np.sqrt(variance[:, [0, 1], [0, 1]].mean(axis=0))


def noisy(level: Level, cells: NDArray[np.float64], noise: float) -> NDArray[np.float32]:
    """(P, 1, H, W) whole Gaussians at ``cells`` (P, 2) plus white noise of their peak, of any amplitude."""
    (gx, _), (gy, _) = (profiles(cells[:, i], level.size[i], level.sigma) for i in (0, 1))
    random = np.random.default_rng(3)
    maps = gy[:, :, None] * gx[:, None, :]
    maps += noise * random.standard_normal(maps.shape, np.float32)
    return (random.uniform(0.2, 5, (len(cells), 1, 1)) * maps)[:, None].astype(np.float32)


def excess(method: str, grid: str, noise: float, count: int, **params: object) -> NDArray[np.float64]:
    """(2,) rms error an axis over the bound, joints uniform over the whole input, border cells included."""
    level = level_of(grid)
    cells = level.alignment.to_cell(joints(grid, count)[:, 0])
    error = decode(method, {"heatmaps": noisy(level, cells, noise)}, level, **params).xy[:, 0] - cells
    return np.sqrt((error**2).mean(axis=0)) / (noise * bound(level, cells))
