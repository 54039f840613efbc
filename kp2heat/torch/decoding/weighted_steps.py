"""The steps of ``decoders.weighted_fit`` in PyTorch: what ``auto`` takes for a network's maps, on its device."""

from __future__ import annotations

import torch
from torch import Tensor

from kp2heat.contracts import Level
from kp2heat.decoders.refinement import weighted_fit as rule
from kp2heat.torch.decoding.steps import Steps, dark_steps, moved_by_noise, window

EXPORTED = 12
"""Iterations of an exported graph, which unrolls them: 1 % of the joints of the broadest blobs move still, and take
DARK's step."""


def weighted_fit_steps(maps: Tensor, x: Tensor, y: Tensor, level: Level) -> Steps:
    """Return the steps of a Gaussian of nearly the known sigma, fitted to the cells next to the peak, else DARK's."""
    sigma, half = level.sigma, rule.half_width(level.sigma)
    values, column_in, row_in = window(maps, x, y, half)
    inside = torch.stack([column_in, row_in]).to(torch.float64)
    reach = torch.arange(-half, half + 1, dtype=torch.float64, device=maps.device)
    far = max(1.0, sigma)
    bounds = torch.tensor([[far], [far], [rule.WIDEST]], dtype=torch.float64, device=maps.device)
    place = torch.zeros((3, values.shape[0]), dtype=torch.float64, device=maps.device)
    live = torch.ones_like(place[0], dtype=torch.bool)
    for _ in range(EXPORTED if torch.compiler.is_exporting() else rule.ITERATIONS):
        after = torch.clamp(place + _step(values, inside, reach, place, sigma), -bounds, bounds)
        after = torch.where(live, after, place)
        live = live & ((after - place)[:2].abs() > rule.STILL).any(dim=0)
        place = after
        if not torch.compiler.is_exporting() and not live.any():
            break
    dx, dy = place[0], place[1]
    shift = torch.maximum(dx.abs(), dy.abs())
    credible = moved_by_noise(maps, values, (column_in, row_in), (x, y), (dx, dy), sigma, rule.NOISE)
    taken = ~live & (shift < far) & ((shift < 1) | credible)
    if not torch.compiler.is_exporting() and taken.all():
        return dx, dy
    other = dark_steps(maps, x, y, level)
    return torch.where(taken, dx, other[0]), torch.where(taken, dy, other[1])


def _step(values: Tensor, inside: Tensor, reach: Tensor, place: Tensor, sigma: float) -> Tensor:
    """Return the Gauss-Newton step (3, M) from ``place`` (3, M); NaN where no blob of positive amplitude fits."""
    s = sigma * torch.exp(place[2])
    u = (reach - place[:2, :, None]) / s[:, None]
    away = reach - rule.LEAN * place[:2, :, None]
    weighted = torch.exp(-0.5 * (away / (rule.TAU * s[:, None])) ** 2 - 0.5 * u * u) * inside
    energy = weighted * torch.exp(-0.5 * u * u)
    moments = torch.stack([(energy * u**power).sum(-1) for power in range(5)], dim=1)
    columns, rows = ([weighted[i] * u[i] ** power for power in range(3)] for i in (0, 1))
    pull, pull_x, pull_y, wide, high = (
        torch.einsum("myx,mx,my->m", values, columns[a], rows[b])
        for a, b in ((0, 0), (1, 0), (0, 1), (2, 0), (0, 2))
    )
    (x0, x1, x2, x3, x4), (y0, y1, y2, y3, y4) = moments[0], moments[1]
    stiff = rule.PRIOR * sigma * sigma / (x0 * y0)
    x1, x2, x3, x4, y1, y2, y3, y4 = x1 / x0, x2 / x0, x3 / x0, x4 / x0, y1 / y0, y2 / y0, y3 / y0, y4 / y0
    rest_x, rest_y = pull_x / pull - x1, pull_y / pull - y1
    rest_s = (wide + high) / pull - x2 - y2 - stiff * place[2]
    xx, yy, xs, ys = x2 - x1 * x1, y2 - y1 * y1, x3 - x1 * x2, y3 - y1 * y2
    flat_x, flat_y = xx <= rule.FLAT * x2, yy <= rule.FLAT * y2
    px, py = torch.where(flat_x, 0, xs / xx), torch.where(flat_y, 0, ys / yy)
    ss = x4 - x2 * x2 + y4 - y2 * y2 + stiff
    widening = (rest_s - px * rest_x - py * rest_y) / (ss - px * xs - py * ys)
    dx = torch.where(flat_x, 0, rest_x / xx - px * widening)
    dy = torch.where(flat_y, 0, rest_y / yy - py * widening)
    moved = torch.stack([dx, dy]).clamp(-rule.STRIDE, rule.STRIDE) * s
    step = torch.cat([moved, widening.clamp(-rule.WIDEN, rule.WIDEN)[None]])
    return torch.where(pull > 0, step, torch.nan)
