"""Steps within a cell in PyTorch: the arithmetic of ``kp2heat.decoders``, for all maps of a batch at once.

Constants, kernels and derivatives are those of the NumPy decoders. Everything is of fixed shape, so that it can be
exported; each function takes (M, H, W) maps and the peaks' cells x, y (M,), and returns dx, dy (M,) in cells.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from kp2heat.arrays import Floats
from kp2heat.contracts import Level
from kp2heat.decoders.published_rules import keyposs
from kp2heat.decoders.refinement import dark, fit, gauss_newton, lsq, quarter, side_fit
from kp2heat.decoders.refinement.peak_cells import STRETCH
from kp2heat.decoders.refinement.taylor import TWO_CELL, Stencil, newton

Steps = tuple[Tensor, Tensor]


def window(maps: Tensor, x: Tensor, y: Tensor, half: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return cells (M, n, n) float64 round each peak, 0 beyond the map, and which columns and rows (M, n) are on it."""
    height, width = maps.shape[-2:]
    reach = torch.arange(-half, half + 1, device=maps.device)
    columns, rows = x[:, None] + reach, y[:, None] + reach
    column_in, row_in = (columns >= 0) & (columns < width), (rows >= 0) & (rows < height)
    cells = rows.clamp(0, height - 1)[:, :, None] * width + columns.clamp(0, width - 1)[:, None, :]
    values = maps.flatten(1).gather(1, cells.flatten(1)).reshape(cells.shape).to(torch.float64)
    return torch.where(row_in[:, :, None] & column_in[:, None, :], values, 0), column_in, row_in


def bounded(dx: Tensor, dy: Tensor, possible: Tensor, credible: float) -> Steps:
    """Return steps of at most ``credible`` cells per axis; 0 where one is longer or not ``possible``."""
    taken = possible & (dx.abs() <= STRETCH * credible) & (dy.abs() <= STRETCH * credible)
    return tuple(torch.where(taken, step.clamp(-credible, credible), 0.0) for step in (dx, dy))


def share_at_cell(dx: Tensor, dy: Tensor, sigma: float) -> Tensor:
    """Return what a blob's greatest cell, at most half a cell away on each axis, has of its peak."""
    squared = dx.abs().clamp(max=0.5) ** 2 + dy.abs().clamp(max=0.5) ** 2
    return torch.exp(-squared / (2 * sigma * sigma))


def argmax_steps(_maps: Tensor, x: Tensor, _y: Tensor, _level: Level) -> Steps:
    """Return no steps."""
    still = torch.zeros_like(x, dtype=torch.float64)
    return still, still


def quarter_steps(maps: Tensor, x: Tensor, y: Tensor, _level: Level) -> Steps:
    """Return a quarter cell towards the larger neighbour of each axis; none where one of the two is missing."""
    values, column_in, row_in = window(maps, x, y, 1)
    dx = sign(values[:, 1, 2] - values[:, 1, 0]) * column_in.all(dim=1)
    dy = sign(values[:, 2, 1] - values[:, 0, 1]) * row_in.all(dim=1)
    return quarter.STEP * dx, quarter.STEP * dy


def sign(difference: Tensor, least: Tensor | float = 0.0) -> Tensor:
    """Return the sign of what is more than ``least``; 0 else, and of NaN."""
    return (difference > least).to(torch.float64) - (difference < -least).to(torch.float64)


def lsq_steps(maps: Tensor, x: Tensor, y: Tensor, level: Level, credible: float = 1.0) -> Steps:
    """Return the steps of ``decoders.lsq``: weighted least squares on the logarithm, sigma known."""
    half = lsq.half_width(level.sigma)
    values, _, _ = window(maps, x, y, half)
    shares = values / values[:, half, half, None, None]
    used = shares > 0
    weights = torch.where(used, shares * shares, 0)
    reach = torch.arange(-half, half + 1, dtype=torch.float64, device=maps.device)
    u, v = reach[None, None, :], reach[None, :, None]
    logs = torch.log(torch.where(used, shares, 1)) + (u * u + v * v) / (2 * level.sigma**2)
    w, wu, wv = (_total(weights * term) for term in (torch.ones_like(u), u, v))
    mean_u, mean_v, mean_z = wu / w, wv / w, _total(weights * logs) / w
    u, v, z = u - mean_u[:, None, None], v - mean_v[:, None, None], logs - mean_z[:, None, None]
    xx, yy, xy = _total(weights * u * u), _total(weights * v * v), _total(weights * u * v)
    xz, yz = _total(weights * u * z), _total(weights * v * z)
    flat_x, flat_y = xx <= FLAT * w, yy <= FLAT * w
    xx, yy = torch.where(flat_x, 1, xx), torch.where(flat_y, 1, yy)
    det = xx * yy - xy * xy
    scale = level.sigma**2
    dx, dy = scale * (yy * xz - xy * yz) / det, scale * (xx * yz - xy * xz) / det
    return bounded(dx, dy, (det > lsq.SINGULAR * xx * yy) & ~(flat_x & flat_y), credible)


FLAT = 1e-12
"""Mean square of a window's columns or rows, cells squared, below which they are one."""


def _total(values: Tensor) -> Tensor:
    return values.sum(dim=(-2, -1))


def dark_steps(
    maps: Tensor,
    x: Tensor,
    y: Tensor,
    level: Level,
    stencil: Stencil = TWO_CELL,
    blur: Floats | None = None,
) -> Steps:
    """Return the steps of ``decoders.dark``: Newton's on the blurred logarithm; at a side those of ``side_steps``."""
    height, width = maps.shape[-2:]
    taps = torch.tensor(dark.modulation(level.sigma) if blur is None else blur).to(maps.device)
    half = stencil.reach + len(taps) // 2
    values, _, _ = window(maps, x, y, half)
    smooth = blurred(values / values[:, half, half, None, None], taps)
    d = stencil.derivatives(torch.log(smooth.clamp(min=dark.FLOOR)))
    most = max(1.0, dark.CREDIBLE * level.sigma)
    dx, dy, det = newton(d)
    inner = bounded(dx, dy, (det > 0) & (d.xx < 0), most)
    outer = side_steps(maps, x, y, level, most)
    inside = (x >= half) & (x < width - half) & (y >= half) & (y < height - half)
    return torch.where(inside, inner[0], outer[0]), torch.where(inside, inner[1], outer[1])


def blurred(values: Tensor, taps: Tensor) -> Tensor:
    """Return windows (M, h, h) correlated with taps (n,) along both axes, (M, h - n + 1, h - n + 1)."""
    size = values.shape[-1] - len(taps) + 1
    kernel = torch.stack([torch.nn.functional.pad(taps, (i, size - 1 - i)) for i in range(size)])
    return kernel @ values @ kernel.T


class Axis(NamedTuple):
    """Profiles (M, n) of one axis and sums (M,)."""

    g: Tensor
    p: Tensor
    gg: Tensor
    slope: Tensor
    info: Tensor


def _axis(shift: Tensor, reach: Tensor, inside: Tensor, sigma: float) -> Axis:
    away = (reach - shift[:, None]) / sigma
    g = torch.exp(-0.5 * away * away) * inside
    p = g * away / sigma
    gg, gp, pp = (g * g).sum(-1), (g * p).sum(-1), (p * p).sum(-1)
    slope = gp / gg
    info = pp - gp * slope
    return Axis(g, p, gg, slope, torch.where(info > gauss_newton.FLAT * pp, info, torch.inf))


def _newton(values: Tensor, across: Axis, down: Axis) -> tuple[Tensor, Tensor, Tensor]:
    rows = (values @ across.g[:, :, None])[..., 0]
    slopes = (values @ across.p[:, :, None])[..., 0]
    pull = (rows * down.g).sum(-1)
    amplitude = pull / (across.gg * down.gg)
    u = (slopes * down.g).sum(-1) - pull * across.slope
    v = (rows * down.p).sum(-1) - pull * down.slope
    return u / (amplitude * down.gg * across.info), v / (amplitude * across.gg * down.info), amplitude


def side_steps(maps: Tensor, x: Tensor, y: Tensor, level: Level, credible: float) -> Steps:
    """Return the steps of ``decoders.refinement.side_fit``: the Gaussian fitted to the cells on the map."""
    sigma, half = level.sigma, math.ceil(side_fit.REACH * level.sigma)
    values, column_in, row_in = window(maps, x, y, half)
    reach = torch.arange(-half, half + 1, dtype=torch.float64, device=maps.device)
    dx, dy = torch.zeros_like(values[:, 0, 0]), torch.zeros_like(values[:, 0, 0])
    longest = gauss_newton.STRIDE * sigma
    for _ in range(side_fit.ITERATIONS):
        u, v, amplitude = _newton(values, _axis(dx, reach, column_in, sigma), _axis(dy, reach, row_in, sigma))
        dx = dx + torch.where(amplitude > 0, u.clamp(-longest, longest), torch.nan)
        dy = dy + torch.where(amplitude > 0, v.clamp(-longest, longest), torch.nan)
    return bounded(dx, dy, dx.isfinite() & dy.isfinite(), credible)


def fit_steps(maps: Tensor, x: Tensor, y: Tensor, level: Level) -> Steps:
    """Return the steps of ``decoders.fit``: place and amplitude of the Gaussian by Gauss-Newton."""
    sigma, half = level.sigma, int(-(-fit.REACH * level.sigma // 1)) + 1
    values, column_in, row_in = window(maps, x, y, half)
    reach = torch.arange(-half, half + 1, dtype=torch.float64, device=maps.device)
    farthest, stride = max(1.0, fit.STRAY * sigma), gauss_newton.STRIDE * sigma
    dx, dy = torch.zeros_like(values[:, 0, 0]), torch.zeros_like(values[:, 0, 0])
    moving = torch.ones_like(dx, dtype=torch.bool)
    for _ in range(fit.ITERATIONS):
        u, v, amplitude = _newton(values, _axis(dx, reach, column_in, sigma), _axis(dy, reach, row_in, sigma))
        up = moving & (amplitude > 0)
        next_x = torch.where(up, (dx + u.clamp(-stride, stride)).clamp(-farthest, farthest), dx)
        next_y = torch.where(up, (dy + v.clamp(-stride, stride)).clamp(-farthest, farthest), dy)
        moving = moving & (
            ((next_x - dx).abs() > fit.STILL) | ((next_y - dy).abs() > fit.STILL) | ~(amplitude > 0)
        )
        dx, dy = next_x, next_y
        if not torch.compiler.is_exporting() and not moving.any():
            break
    far = torch.maximum(dx.abs(), dy.abs())
    credible = moved_by_noise(maps, values, (column_in, row_in), (x, y), (dx, dy), sigma, fit.WHITE)
    taken = ~moving & ((far < 1) | credible)
    return torch.where(taken, dx, 0.0), torch.where(taken, dy, 0.0)


def moved_by_noise(
    maps: Tensor,
    values: Tensor,
    on_map: tuple[Tensor, Tensor],
    cell: tuple[Tensor, Tensor],
    shift: tuple[Tensor, Tensor],
    sigma: float,
    white: float,
) -> Tensor:
    """Return whether noise may have moved the peak by ``shift``: what the Gaussian leaves is white, the peak is one cell."""
    height, width = maps.shape[-2:]
    half = values.shape[-1] // 2
    reach = torch.arange(-half, half + 1, dtype=torch.float64, device=maps.device)
    landed_x, landed_y = cell[0] + shift[0], cell[1] + shift[1]
    landed = (landed_x >= -1) & (landed_x <= width) & (landed_y >= -1) & (landed_y <= height)
    alone = (values == values.amax(dim=(1, 2), keepdim=True)).sum(dim=(1, 2)) == 1
    across, down = (_axis(shift[i], reach, on_map[i], sigma) for i in (0, 1))
    return (_left_over(values, across, down) < white) & alone & landed


def _left_over(values: Tensor, across: Axis, down: Axis) -> Tensor:
    amplitude = _newton(values, across, down)[2]
    rest = values - amplitude[:, None, None] * down.g[:, :, None] * across.g[:, None, :]
    pairs = _total(rest[:, :, 1:] * rest[:, :, :-1]) + _total(rest[:, 1:] * rest[:, :-1])
    return pairs / (2 * _total(rest * rest))


def block_steps(maps: Tensor, x: Tensor, y: Tensor, level: Level) -> Steps:
    """Return the steps of ``keyposs``: to where the distances of the 2x2 cells of greatest sum round the peak meet."""
    values, column_in, row_in = window(maps, x, y, 1)
    on_map = row_in[:, :, None] & column_in[:, None, :]
    blocks = torch.where(on_map, values, torch.nan).unfold(1, 2, 1).unfold(2, 2, 1).flatten(3).flatten(1, 2)
    sums = blocks.sum(dim=2)
    best = torch.where(sums.isnan(), -torch.inf, sums).argmax(dim=1)
    cells = blocks.gather(1, best[:, None, None].expand(-1, 1, 4))[:, 0]
    shares = (cells / values[:, 1, 1, None]).clamp(min=keyposs.FLOOR)
    squared = -2 * level.sigma**2 * torch.log(shares)
    right = (squared[:, :3] - squared[:, 3:] + squared.new_tensor([2.0, 1, 1])) / 2
    along, down = right[:, 0] + right[:, 2], right[:, 0] + right[:, 1]
    dx, dy = best % 2 - 1 + (2 * along - down) / 3, best // 2 - 1 + (2 * down - along) / 3
    most = max(1.0, keyposs.CREDIBLE * level.sigma)
    return bounded(dx, dy, dx.isfinite() & dy.isfinite(), most)
