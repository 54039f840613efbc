"""Published decoders that look at blurred maps, in PyTorch: ``expected-oks`` and ``megvii``."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from kp2heat.contracts import Level
from kp2heat.decoders import megvii
from kp2heat.decoders.published_rules import expected_oks as rule
from kp2heat.gaussian import opencv_kernel
from kp2heat.torch.decoding.steps import Steps, blurred, bounded, sign, window


def expected_oks(
    maps: Tensor, level: Level, sigmas: Sequence[float] = (), areas: Tensor | None = None
) -> Tensor:
    """Return (N K, H, W) float64: maps (N, K, H, W) under the OKS kernels of their joints, a cell of NaN as 0.

    sigmas (K,) of the joints, else the level's; areas (N,) of the people's boxes in cells^2, else the map without padding.
    """
    height, width = maps.shape[-2:]
    values = torch.where(torch.isfinite(maps), maps, 0).to(torch.float64)
    if len(sigmas):
        known = values.new_tensor([width / rule.PADDING * height / rule.PADDING])
        if areas is not None:
            given = areas.to(known)
            known = torch.where(torch.isfinite(given) & (given > 0), given, known)
        variances = 2 * (2 * values.new_tensor(sigmas)) ** 2 * known.sqrt()[:, None]
    else:
        variances = values.new_tensor([[level.sigma**2]])
    taps = _kernels(variances.clamp(rule.LEAST, rule.MOST))
    return _along(_along(values, taps, 2), taps, 3).flatten(0, 1)


def _kernels(variances: Tensor) -> Tensor:
    """Return (..., 2 r + 1): the kernels of ``expected-oks`` of these variances (...), r that of the widest there is."""
    half = math.ceil(3 * rule.MOST)
    reach = torch.arange(-half, half + 1, dtype=variances.dtype, device=variances.device)
    within = reach.abs() <= torch.ceil(3 * variances)[..., None]
    taps = torch.exp(-(reach**2) / (2 * variances[..., None])) * within
    return taps / taps.sum(dim=-1, keepdim=True)


def _along(values: Tensor, taps: Tensor, axis: int) -> Tensor:
    """Correlate (N, K, H, W) along one axis, the sides mirrored; tap by tap as NumPy, so that equal cells stay equal ones."""
    half, size = taps.shape[-1] // 2, values.shape[axis]
    mirrored = torch.from_numpy(np.pad(np.arange(size), half, mode="symmetric")).to(values.device)
    wide = values.index_select(axis, mirrored)
    total = torch.zeros_like(values)
    for place in range(taps.shape[-1]):
        total = total + taps[..., place, None, None] * wide.narrow(axis, place, size)
    return total


def vertex_steps(smooth: Tensor, x: Tensor, y: Tensor, _level: Level) -> Steps:
    """Return the steps of ``expected-oks``: to the vertex of a parabola on each axis, none on the rim."""
    values, column_in, row_in = window(smooth, x, y, 1)
    row, column = values[:, 1, :], values[:, :, 1]
    slope_x, slope_y = ((line[:, 2] - line[:, 0]) / 2 for line in (row, column))
    bend_x, bend_y = (line[:, 2] + line[:, 0] - 2 * line[:, 1] for line in (row, column))
    on_maximum = column_in.all(dim=1) & row_in.all(dim=1) & (bend_x < 0) & (bend_y < 0)
    return bounded(-slope_x / bend_x, -slope_y / bend_y, on_maximum, 1.0)


def megvii_steps(maps: Tensor, x: Tensor, y: Tensor, _level: Level, kernel: int = 11) -> Steps:
    """Return the steps of ``megvii``: a quarter cell by the sign of the blurred neighbours' difference."""
    height, width = maps.shape[-2:]
    half = kernel // 2 + 1
    near = blurred(window(maps, x, y, half)[0], torch.tensor(opencv_kernel(kernel)).to(maps.device))
    least = megvii.EQUAL * near[:, 1, 1]
    ahead_x, ahead_y = near[:, 1, 2] - near[:, 1, 0], near[:, 2, 1] - near[:, 0, 1]
    wide, high = (x >= half) & (x < width - half), (y >= half) & (y < height - half)
    return megvii.STEP * sign(ahead_x, least) * wide, megvii.STEP * sign(ahead_y, least) * high
