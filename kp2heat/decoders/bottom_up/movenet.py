"""``movenet``: from the person's centre to the joints, and from there to the peak of the joint's map nearby.

fire717/movenet.pytorch at f739196, lib/task/task_tools.py ``movenetDecode``: of the centres, the greatest near the middle
of the map; ``regs`` there say in which cell each joint is; that joint's map, divided by the distance in cells from there
plus 1.8, is greatest in the joint's cell, whose ``cell_offsets`` say where in it the joint lies.

The published code weighs the centres by a table of its own for 48x48 maps; here the weight is 1 / (1.8 + d) as well, d the
distance from the middle over an eighth of the map.
"""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Floats, Ints
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.peaks import Peaks

NEAR = 1.8
"""Cells added to every distance that a map is divided by."""
MIDDLE = 8
"""Parts of the map's sides that distances from its middle are counted in."""


def decode(planes: Planes, _level: Level, *, threshold: float = 0.1) -> Peaks:
    """Decode heatmaps (N, K, H, W), centers (N, 1, H, W), regs and cell_offsets (N, 2K, H, W) to Peaks (N, K).

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8], [60.0, 90.5]]], input_size=(96, 128), size=(24, 32), codec="movenet")
    >>> kp2heat.decode(planes, input_size=(96, 128), codec="movenet").xy.round(1).tolist()
    [[[31.3, 52.8], [60.0, 90.5]]]
    """
    maps = np.nan_to_num(planes["heatmaps"].astype(np.float64))
    n, k, height, width = maps.shape
    x, y = np.arange(float(width)), np.arange(float(height))[:, None]
    away = np.hypot((x - (width - 1) / 2) * MIDDLE / width, (y - (height - 1) / 2) * MIDDLE / height)
    cx, cy = _greatest(planes["centers"].astype(np.float64)[:, 0] / (away + NEAR))
    rows = np.arange(n)
    ways = np.rint(planes["regs"].reshape(n, k, 2, height, width)[rows, :, :, cy, cx].astype(np.float64))
    u, v = ways[..., 0] + cx[:, None], ways[..., 1] + cy[:, None]
    distance = np.hypot(x - u[..., None, None], y - v[..., None, None])
    px, py = _greatest(maps / (distance + NEAR))
    at = rows[:, None], np.arange(k), py, px
    score = maps[at]
    offsets = planes["cell_offsets"].reshape(n, k, 2, height, width)
    step = offsets[at[0], at[1], :, py, px].astype(np.float64)
    present = (score >= threshold) & (score > 0)
    xy = np.stack([px, py], axis=-1) + step
    return Peaks(
        np.where(present[..., None], xy, np.nan), np.where(present, score, 0.0), np.asarray(present), "cell"
    )


def _greatest(maps: Floats) -> tuple[Ints, Ints]:
    """Return column and row of the first greatest cell of maps (..., H, W)."""
    *shape, height, width = maps.shape
    cell = np.nan_to_num(maps).reshape(*shape, height * width).argmax(axis=-1)
    return cell % width, cell // width


DECODER = Decoder(
    "movenet",
    decode,
    "from the centre by regression to the joint's map and offset: movenet.pytorch, movenetDecode",
    ("heatmaps", "centers", "regs", "cell_offsets"),
    absolute=True,
)
