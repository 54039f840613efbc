"""Steps to the mean position of cells in PyTorch: over the map, round the peak, or of the greatest ones."""

from __future__ import annotations

import torch
from torch import Tensor

from kp2heat.contracts import Level
from kp2heat.decoders.published_rules import topk
from kp2heat.torch.decoding.steps import Steps, bounded, window


def average_steps(
    maps: Tensor, x: Tensor, y: Tensor, _level: Level, temperature: float | None = None
) -> Steps:
    """Return the steps to the mean position under softmax(h / temperature), or under the values above 0."""
    values = maps.to(torch.float64)
    if temperature is not None:
        values = torch.softmax(values.flatten(1) / temperature, dim=1).reshape(values.shape)
    mean_x, mean_y = _mean(torch.where(values > 0, values, 0))
    sure = torch.isfinite(mean_x) & torch.isfinite(mean_y)
    return torch.where(sure, mean_x - x, 0.0), torch.where(sure, mean_y - y, 0.0)


def local_steps(maps: Tensor, x: Tensor, y: Tensor, _level: Level, cells: int = 5, t: float = 10.0) -> Steps:
    """Return the steps of ``local-softargmax``: to the mean of the cells round the peak under exp(t h)."""
    half = cells // 2
    values, column_in, row_in = window(maps, x, y, half)
    known = row_in[:, :, None] & column_in[:, None, :] & ~values.isnan()
    weights = torch.where(known, torch.exp(t * (values - values[:, half, half, None, None])), 0)
    u, v = _mean(weights)
    return bounded(u - half, v - half, torch.isfinite(u), half)


def debiased_steps(maps: Tensor, x: Tensor, y: Tensor, _level: Level, beta: float = 10.0) -> Steps:
    """Return the steps of ``debiased-softargmax``: the mean under exp(beta h), less what cells of 0 have of it."""
    height, width = maps.shape[-2:]
    values = maps.to(torch.float64)
    most = values.flatten(1).gather(1, (y * width + x)[:, None])[:, :, None]
    excess = torch.exp(beta * (values - most)) - torch.exp(-beta * most)
    weights = torch.where(values.isnan(), 0, excess)
    mean_x, mean_y = _mean(weights)
    on_map = (mean_x >= -0.5) & (mean_x <= width - 0.5) & (mean_y >= -0.5) & (mean_y <= height - 0.5)
    on_map = on_map & (weights.sum(dim=(1, 2)) > 0)
    return torch.where(on_map, mean_x - x, 0.0), torch.where(on_map, mean_y - y, 0.0)


def greatest_steps(maps: Tensor, x: Tensor, y: Tensor, level: Level, k: int = 9) -> Steps:
    """Return the steps of ``topk``: to the mean of the greatest cells near the peak under exp(h)."""
    half = max(topk.LEAST, int(-(-2 * level.sigma // 1)))
    values, column_in, row_in = window(maps, x, y, half)
    known = row_in[:, :, None] & column_in[:, None, :] & ~values.isnan()
    near = torch.where(known, values, -torch.inf).flatten(1)
    if torch.compiler.is_exporting():  # ONNX's takes the first of equal cells; PyTorch's any of them
        most, cells = torch.topk(near, min(k, near.shape[1]))
    else:
        most, cells = (side[:, :k] for side in torch.sort(near, dim=1, descending=True, stable=True))
    weights = torch.exp(most - most[:, :1])
    side, total = 2 * half + 1, weights.sum(dim=1)
    u, v = ((weights * at).sum(dim=1) / total for at in (cells % side, cells // side))
    return bounded(u - half, v - half, torch.isfinite(u), half)


def _mean(weights: Tensor) -> Steps:
    """Return the weighted means of the columns and of the rows of (M, h, w) weights, in cells."""
    total = weights.sum(dim=(1, 2))
    rows, columns = (torch.arange(n, dtype=torch.float64, device=weights.device) for n in weights.shape[1:])
    return (weights.sum(dim=1) * columns).sum(-1) / total, (weights.sum(dim=2) * rows).sum(-1) / total
