"""The published decoders in PyTorch, faults included: what ``literal`` asks for, as ``decoders.refinement.published``.

Each takes maps (N, K, H, W) and returns xy (N, K, 2) in cells and the score (N, K), the maximum as it is.
"""

from __future__ import annotations

import torch
from torch import Tensor

from kp2heat.decoders.refinement.published import NOWHERE, quarter_steps
from kp2heat.decoders.refinement.taylor import Derivatives, newton, one_cell, two_cell
from kp2heat.gaussian import opencv_kernel
from kp2heat.torch.decoding.steps import window

EPSILON = torch.finfo(torch.float32).eps


def _maxima(maps: Tensor, rule: str) -> tuple[Tensor, Tensor, Tensor]:
    """Return x, y (N, K) of the first greatest value of each map, or of the rule's nowhere, and the value (N, K)."""
    score, cell = maps.flatten(2).max(dim=2)
    absent = ~(score > 0) if rule == "hrnet" else score <= 0
    width = maps.shape[-1]
    x, y = (torch.where(absent, NOWHERE[rule], side) for side in (cell % width, cell // width))
    return x, y, score


def argmax(maps: Tensor, rule: str = "hrnet") -> tuple[Tensor, Tensor]:
    """Follow HRNet ``get_max_preds``; mmpose ``get_heatmap_maximum``."""
    x, y, score = _maxima(maps, rule)
    return torch.stack([x, y], dim=-1).to(torch.float64), score


def quarter(maps: Tensor, rule: str = "hrnet") -> tuple[Tensor, Tensor]:
    """Follow HRNet ``get_final_preds``; mmpose ``refine_keypoints``."""
    height, width = maps.shape[-2:]
    x, y, score = _maxima(maps, rule)
    wide, high = quarter_steps(x, y, width, height, rule)
    near = window(maps.flatten(0, 1), x.flatten(), y.flatten(), 1)[0].unflatten(0, x.shape)
    dx = 0.25 * torch.sign(near[..., 1, 2] - near[..., 1, 0])
    dy = 0.25 * torch.sign(near[..., 2, 1] - near[..., 0, 1])
    return torch.stack([x + torch.where(wide, dx, 0), y + torch.where(high, dy, 0)], dim=-1), score


def _modulated(maps: Tensor, kernel: int) -> Tensor:
    """Return maps float64, blurred with zeros outside, each scaled back to its own old maximum."""
    taps, values = opencv_kernel(kernel), maps.to(torch.float64)
    for axis in (2, 3):
        size, half = values.shape[axis], kernel // 2
        wide = torch.nn.functional.pad(values, (0, 0, half, half) if axis == 2 else (half, half))
        parts = [tap * wide.narrow(axis, i, size) for i, tap in enumerate(taps.tolist())]
        values = torch.stack(parts).sum(dim=0)
    return values * (maps.amax(dim=(2, 3), keepdim=True) / values.amax(dim=(2, 3), keepdim=True))


def dark(maps: Tensor, rule: str = "mmpose", kernel: int = 11) -> tuple[Tensor, Tensor]:
    """Follow mmpose ``refine_keypoints_dark``; DarkPose ``get_final_preds``: steps two cells off every side only."""
    height, width = maps.shape[-2:]
    x, y, score = _maxima(maps, rule)
    logs = torch.log(_modulated(maps, kernel).clamp(min=1e-10))
    near = window(logs.flatten(0, 1), x.flatten(), y.flatten(), 2)[0].unflatten(0, x.shape)
    dx, dy, det = newton(two_cell(near))
    inside = (x > 1) & (x < width - 2) & (y > 1) & (y < height - 2) & (det != 0)
    return torch.stack([x + torch.where(inside, dx, 0), y + torch.where(inside, dy, 0)], dim=-1), score


def dark_udp(maps: Tensor, kernel: int = 11) -> tuple[Tensor, Tensor]:
    """Follow mmpose ``refine_keypoints_dark_udp``: a step at every cell; (-1, -1) reads what the flat index there does."""
    joints, height, width = maps.shape[1:]
    x, y, score = _maxima(maps, "mmpose")
    logs = torch.log(_modulated(maps, kernel).clamp(1e-3, 50))
    flat = torch.nn.functional.pad(logs, (1, 1, 1, 1), mode="replicate").flatten(1)
    row, one = width + 2, (height + 2) * (width + 2)
    at = x + 1 + (y + 1) * row + torch.arange(joints, device=maps.device) * one
    around = torch.tensor([v * row + u for v in (-1, 0, 1) for u in (-1, 0, 1)], device=maps.device)
    cells = (at[:, :, None] + around) % (joints * one)
    near = flat.gather(1, cells.flatten(1)).unflatten(1, (joints, 3, 3))
    d = one_cell(near)
    dx, dy, _ = newton(Derivatives(d.x, d.y, d.xx + EPSILON, d.yy + EPSILON, d.xy))
    return torch.stack([x + dx, y + dy], dim=-1), score
