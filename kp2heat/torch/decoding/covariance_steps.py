"""The steps of ``decoders.gaussian-cov`` in PyTorch: to the centre of a Gaussian of any width and direction.

Each turn goes on with the fits that still move. An exported graph has a loop, whose turns depend on the maps.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from kp2heat.contracts import Level
from kp2heat.decoders.published_rules import gaussian_cov
from kp2heat.decoders.refinement.peak_cells import STRETCH
from kp2heat.torch.decoding.mean_steps import average_steps
from kp2heat.torch.decoding.steps import Steps, dark_steps, window

Widths = tuple[float, float]
"""The least and the greatest width of a blob in cells."""


class Fits(NamedTuple):
    """Of M Gaussians: (x, y, a, b, c, amplitude) as columns of theta (M, 6), damping, cost, and how they fare (M,)."""

    theta: Tensor
    damping: Tensor
    cost: Tensor
    rested: Tensor
    moving: Tensor


def covariance_steps(maps: Tensor, x: Tensor, y: Tensor, level: Level, rule: str = "fit") -> Steps:
    """Return the steps to the Gaussian that leaves the least of the cells round the peak, else DARK's.

    rule="moments": to the mean position under the map's values above 0.
    """
    if rule == "moments":
        return average_steps(maps, x, y, level)
    half = max(gaussian_cov.LEAST, math.ceil(gaussian_cov.REACH * level.sigma))
    values, column_in, row_in = window(maps, x, y, half)
    inside = row_in[:, :, None] & column_in[:, None, :] & torch.isfinite(values)
    theta = fitted(torch.where(inside, values, 0), inside, half, level.sigma)
    step = theta[:, :2] - half
    most = max(1.0, gaussian_cov.CREDIBLE * level.sigma)
    taken = (step.abs() <= STRETCH * most).all(dim=1)
    dx, dy = step.clamp(-most, most).T
    if not torch.compiler.is_exporting() and taken.all():
        return dx, dy
    other = dark_steps(maps, x, y, level)
    return torch.where(taken, dx, other[0]), torch.where(taken, dy, other[1])


def fitted(values: Tensor, inside: Tensor, half: int, sigma: float) -> Tensor:
    """Fit Gaussians to windows (M, h, w) where ``inside``, from their middle; theta (M, 6), NaN without a rest."""
    top = values.amax(dim=(1, 2)).clamp(min=0)
    root = torch.full_like(top, 1 / sigma)
    nought = torch.zeros_like(root)
    middle = torch.full_like(root, half)
    theta = torch.stack([middle, middle, root, nought, root, top], dim=1)
    cost = (_residuals(values, inside, theta)[0] ** 2).sum(dim=1)
    on = torch.ones_like(root, dtype=torch.bool)
    fits = Fits(theta, torch.full_like(root, gaussian_cov.DAMPING), cost, ~on, on)
    widths = gaussian_cov.clear_widths(sigma, half)
    iterated = _exported if torch.compiler.is_exporting() else _rested
    fits = iterated(values, inside, fits, widths)
    found = fits.rested & (fits.theta[:, 5] > 0)
    return torch.where(found[:, None], fits.theta, torch.nan)


def _rested(values: Tensor, inside: Tensor, fits: Fits, widths: Widths) -> Fits:
    """Return the fits at rest: each turn goes on with those that still move."""
    for _ in range(gaussian_cov.ITERATIONS):
        rows = torch.nonzero(fits.moving).flatten()
        if not len(rows):
            break
        moved = _moved(values[rows], inside[rows], Fits(*(side[rows] for side in fits)), widths)
        fits = Fits(*(side.index_copy(0, rows, new) for side, new in zip(fits, moved, strict=True)))
    return fits


def _exported(values: Tensor, inside: Tensor, fits: Fits, widths: Widths) -> Fits:
    """Return the fits at rest by a loop of the graph, which has all of them in each turn."""

    def unfinished(turn: Tensor, *sides: Tensor) -> Tensor:
        return (turn < gaussian_cov.ITERATIONS) & Fits(*sides).moving.any()

    def moved(turn: Tensor, *sides: Tensor) -> tuple[Tensor, ...]:
        old = Fits(*sides)
        new = _moved(values, inside, old, widths)
        theta = torch.where(old.moving[:, None], new.theta, old.theta)
        damping, cost = (
            torch.where(old.moving, after, before)
            for after, before in ((new.damping, old.damping), (new.cost, old.cost))
        )
        rested = old.rested | (old.moving & new.rested)
        return turn + 1, theta, damping, cost, rested, old.moving & new.moving

    start = torch.zeros((), dtype=torch.int64, device=values.device)
    _, *sides = torch.while_loop(unfinished, moved, (start, *fits))
    return Fits(*sides)


def _moved(values: Tensor, inside: Tensor, fits: Fits, widths: Widths) -> Fits:
    """Return the fits after one step of Levenberg and Marquardt, where it lowers the cost."""
    rest, slopes = _residuals(values, inside, fits.theta)
    normal, pull = slopes @ slopes.mT, (slopes @ rest[:, :, None])[:, :, 0]
    diagonal = torch.diagonal(normal, dim1=1, dim2=2)
    floor = gaussian_cov.SINGULAR * diagonal.amax(dim=1, keepdim=True) + gaussian_cov.TINY
    step = _solved(normal + torch.diag_embed(fits.damping[:, None] * diagonal + floor), pull)
    after = (_residuals(values, inside, fits.theta + step)[0] ** 2).sum(dim=1)
    better = after <= fits.cost
    damping = fits.damping * torch.where(better, gaussian_cov.FASTER, gaussian_cov.SLOWER)
    theta = torch.where(better[:, None], fits.theta + step, fits.theta)
    clear = _clear(theta, widths)
    rested = clear & better & (fits.cost - after <= gaussian_cov.STILL * after + gaussian_cov.STILL_ALL)
    cost = torch.where(better, after, fits.cost)
    return Fits(theta, damping, cost, rested, clear & ~rested & (damping < gaussian_cov.MOST))


def _clear(theta: Tensor, widths: Widths) -> Tensor:
    """Return whether Gaussians are within ``widths`` along every direction, as the NumPy decoder does."""
    a, b, c = theta[:, 2:5].T
    least, most = widths
    xx, yy = a * a, b * b + c * c
    sharpest = (xx + yy) / 2 + torch.sqrt(((xx - yy) / 2) ** 2 + (a * b) ** 2)
    flattest = (a * c) ** 2 / sharpest
    return ~((sharpest * least**2 > 1) | (flattest < most**-2))


def _residuals(values: Tensor, inside: Tensor, theta: Tensor) -> tuple[Tensor, Tensor]:
    """Return what Gaussians leave of the cells (M, n), and their slopes (M, 6, n), as the NumPy decoder has them."""
    height, width = values.shape[1:]
    x, y, a, b, c, amplitude = (column[:, None, None] for column in theta.T)
    u = torch.arange(width, dtype=values.dtype, device=values.device) - x
    v = torch.arange(height, dtype=values.dtype, device=values.device)[:, None] - y
    p, q = a * u + b * v, c * v
    shape = torch.exp(-0.5 * (p * p + q * q)) * inside
    blob = amplitude * shape
    slopes = [blob * a * p, blob * (b * p + c * q), -blob * p * u, -blob * p * v, -blob * q * v, shape]
    return ((values - blob) * inside).flatten(1), torch.stack(slopes, dim=1).flatten(2)


def _solved(matrix: Tensor, right: Tensor) -> Tensor:
    """Solve symmetric positive definite systems (M, n, n) for right sides (M, n), by elimination, column by column."""
    table = torch.cat([matrix, right[:, :, None]], dim=2)
    size = right.shape[1]
    for i in range(size):
        pivot = table[:, i : i + 1] / table[:, i : i + 1, i : i + 1]
        others = table - table[:, :, i : i + 1] * pivot
        table = torch.cat([others[:, :i], pivot, others[:, i + 1 :]], dim=1)
    return table[:, :, size]
