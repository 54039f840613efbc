"""Published decoders that look at blurred maps, in PyTorch: ``expected-oks`` and ``megvii``."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from kp2heat.arrays import Floats
from kp2heat.contracts import Level
from kp2heat.decoders import megvii
from kp2heat.decoders.published_rules import expected_oks as rule
from kp2heat.gaussian import opencv_kernel
from kp2heat.torch.steps import Steps, blurred, bounded, window

KERNEL = megvii.DECODER.params["kernel"]


def expected_oks(maps: Tensor, level: Level) -> Tensor:
    """Return (M, H, W) float64: the maps under the kernel of ``expected-oks`` of their sigma, a cell of NaN as 0."""
    variance = np.clip(level.sigma**2, rule.LEAST, rule.MOST)
    (taps,) = rule.kernels(np.array([variance]))
    values = torch.where(torch.isfinite(maps), maps, 0).to(torch.float64)
    return _along(_along(values, taps, 1), taps, 2)


def _along(values: Tensor, taps: Floats, axis: int) -> Tensor:
    """Correlate along one axis, the sides mirrored; tap by tap as NumPy, so that equal cells stay equal ones."""
    half, size = len(taps) // 2, values.shape[axis]
    mirrored = torch.from_numpy(np.pad(np.arange(size), half, mode="symmetric")).to(values.device)
    wide = values.index_select(axis, mirrored)
    total = torch.zeros_like(values)
    for place, tap in enumerate(taps.tolist()):
        total = total + tap * wide.narrow(axis, place, size)
    return total


def vertex_steps(smooth: Tensor, x: Tensor, y: Tensor, _level: Level) -> Steps:
    """Return the steps of ``expected-oks``: to the vertex of a parabola on each axis, none on the rim."""
    values, column_in, row_in = window(smooth, x, y, 1)
    row, column = values[:, 1, :], values[:, :, 1]
    slope_x, slope_y = ((line[:, 2] - line[:, 0]) / 2 for line in (row, column))
    bend_x, bend_y = (line[:, 2] + line[:, 0] - 2 * line[:, 1] for line in (row, column))
    on_maximum = column_in.all(dim=1) & row_in.all(dim=1) & (bend_x < 0) & (bend_y < 0)
    return bounded(-slope_x / bend_x, -slope_y / bend_y, on_maximum, 1.0)


def megvii_steps(maps: Tensor, x: Tensor, y: Tensor, _level: Level) -> Steps:
    """Return the steps of ``megvii``: a quarter cell by the sign of the blurred neighbours' difference."""
    height, width = maps.shape[-2:]
    half = KERNEL // 2 + 1
    near = blurred(window(maps, x, y, half)[0], torch.tensor(opencv_kernel(KERNEL)).to(maps.device))
    least = megvii.EQUAL * near[:, 1, 1]
    ahead_x, ahead_y = near[:, 1, 2] - near[:, 1, 0], near[:, 2, 1] - near[:, 0, 1]
    wide, high = (x >= half) & (x < width - half), (y >= half) & (y < height - half)
    return megvii.STEP * _sign(ahead_x, least) * wide, megvii.STEP * _sign(ahead_y, least) * high


def _sign(difference: Tensor, least: Tensor) -> Tensor:
    """Return the sign of what is more than ``least``; 0 else, and of NaN."""
    return (difference > least).to(torch.float64) - (difference < -least).to(torch.float64)
