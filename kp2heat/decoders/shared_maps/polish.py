"""The last digits of a centre: the squared distances of its cells, fitted by Gauss-Newton and weighed by their rounding.

A centre is first found from few cells. All that it explains to within their rounding then count; of a centre on one side
of a line of cells, which tell poorly how far off the line it lies, those near it count first, and fewer from step to step.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kp2heat.arrays import Floats, Ints
from kp2heat.decoders.shared_maps.distances import Distances

EXACT = (2.0, 0.0)
NARROWING = (30.0, 8.0, 2.0, 0.0)
"""Slacks that the centre may be off, step by step; a cell counts that is off by as much, at its distance, and its own."""
DAMPING = 1e-9
"""Share of the trace that keeps a system of collinear cells solvable."""
LONGEST = 0.3
"""Cells that a step may be long."""


def polished(
    field: Distances, rows: Ints, centre: Floats, widths: Sequence[float], others: Floats | None = None
) -> Floats:
    """Return the centres (L, 2) of the maps ``rows``; cells nearer to ``others`` (L, P, 2) do not count."""
    _, height, width = field.d.shape
    columns, lines = np.arange(width), np.arange(height)
    d, weights = field.d[rows], field.slack[rows] ** -2.0
    limit, known = field.slack[rows], field.known[rows]
    if others is not None:
        u, v = columns - others[..., :1], lines - others[..., 1:]
        away = v[..., :, None] ** 2 + u[..., None, :] ** 2
        nearest = np.where(np.isnan(away), np.inf, away).min(axis=1, initial=np.inf)
    for wide in widths:
        u, v = (columns - centre[:, :1])[:, None, :], (lines - centre[:, 1:])[:, :, None]
        squared = u * u + v * v
        rest = squared - d
        counts = known & (np.abs(rest) <= limit * (1 + wide * np.sqrt(squared)))
        if others is not None:
            counts &= squared <= nearest
        weight = weights * counts
        along_x, along_y = weight * u, weight * v
        xx, xy, yy = ((a * b).sum(axis=(1, 2)) for a, b in ((along_x, u), (along_x, v), (along_y, v)))
        gx, gy = ((a * rest).sum(axis=(1, 2)) for a in (along_x, along_y))
        more = DAMPING * (xx + yy) + 1e-30
        xx, yy = xx + more, yy + more
        step = np.stack([yy * gx - xy * gy, xx * gy - xy * gx], axis=1) / (2 * (xx * yy - xy * xy))[:, None]
        centre = centre + np.clip(step, -LONGEST, LONGEST)
    return centre
