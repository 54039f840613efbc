"""``keyposs``: the place whose distances to a few cells are those that their values say.

Bao et al., "KeyPosS: plug-and-play facial landmark detection through GPS-inspired true-range multilateration", ACM MM
2023; zhiqic/KeyPosS mmpose/core/utils/trilateration.py at a2c0b40. A cell of value h lies sqrt(-2 sigma^2 ln h) from the
centre. ``anchors=4``: the 2x2 cells of greatest sum round the peak, linear least squares of the differences of their
squared distances from the last one's; more anchors: the greatest cells of the map, Gauss-Newton on the squared distances.

Faults, kept by ``literal``: the last row and column of a map are in no block, so a joint there is moved inward or out
along a block it is not in; values are clipped to [1e-9, 1], so a peak above 1 is flattened; no bound on a step.
"""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Floats, Ints
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement.locate import locate
from kp2heat.decoders.refinement.peak_cells import PeakCells, bounded
from kp2heat.decoders.refinement.published import maxima
from kp2heat.errors import SpecError
from kp2heat.peaks import Peaks

FLOOR = 1e-9
"""Least value, of the published code and relative to the peak, that a logarithm is taken of."""
CREDIBLE = 1.5
"""Sigmas, and at least one cell: a longer step is refused, as ``dark`` does."""
ITERATIONS = 20


def decode(
    planes: Planes, level: Level, *, anchors: int = 4, threshold: float = 0.0, literal: bool = False
) -> Peaks:
    """Return each peak moved to where the distances of its anchors meet; level.sigma is that of the blobs.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32))
    >>> kp2heat.decode(planes, method="keyposs", input_size=(96, 128)).xy.round(1).tolist()
    [[[31.3, 52.8]]]
    """
    if anchors != int(anchors) or anchors < 3:
        raise SpecError("anchors", f"{anchors} is not a number of cells", "give 3 or more, 4 for a block")
    if literal:
        at = maxima(planes["heatmaps"], "mmpose")
        return at.moved_to(*_met(at, level.sigma, int(anchors), literal=True))
    located = locate(planes["heatmaps"], 1, threshold)
    u, v = _met(located, level.sigma, int(anchors), literal=False)
    dx, dy = u - located.x, v - located.y
    credible = max(1.0, CREDIBLE * level.sigma)
    return located.peaks(bounded(dx, dy, np.isfinite(dx) & np.isfinite(dy), credible))


def _met(at: PeakCells, sigma: float, anchors: int, *, literal: bool) -> tuple[Floats, Floats]:
    """Return where the distances of the anchors of P peaks meet; NaN where the map has too few cells."""
    block = anchors == 4
    columns, rows = _block(at, literal) if block else _greatest(at, anchors)
    _, height, width = at.maps.shape
    beyond = (columns < 0) | (columns >= width) | (rows < 0) | (rows >= height)
    cells = at.which[:, None], np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)
    with np.errstate(invalid="ignore"):
        share = at.maps[cells].astype(np.float64) / (1.0 if literal else at.score[:, None])
        share = np.clip(share, FLOOR, 1.0 if literal else None)
    squared = np.where(beyond, np.nan, -2 * sigma * sigma * np.log(share))
    return _linear(squared, columns, rows) if block else _iterated(squared, columns, rows, at)


def _block(at: PeakCells, literal: bool) -> tuple[Ints, Ints]:
    """Return columns and rows (P, 4) of the 2x2 cells of greatest sum, row by row, that hold the peak."""
    (which, x, y), (_, height, width) = at.place, at.maps.shape
    starts = np.arange(-2, 1) if literal else np.arange(-1, 1)
    left, top = x[:, None] + starts, y[:, None] + starts
    allowed = []
    for start, cell, size in ((left, x, width), (top, y, height)):
        last = np.minimum(cell + 3, size) - 3 if literal else np.full(len(cell), size - 2)
        allowed.append((start >= 0) & (start <= last[:, None]))
    possible = allowed[1][:, :, None] & allowed[0][:, None, :]
    total = np.zeros(possible.shape)
    for v in (0, 1):
        for u in (0, 1):
            rows, columns = np.clip(top + v, 0, height - 1), np.clip(left + u, 0, width - 1)
            total += at.maps[which[:, None, None], rows[:, :, None], columns[:, None, :]]
    flat = np.where(possible & ~np.isnan(total), total, -np.inf).reshape(len(x), len(starts) ** 2)
    count = flat.shape[1]
    best = count - 1 - flat[:, ::-1].argmax(axis=1) if literal else flat.argmax(axis=1)
    row, column = best // len(starts), best % len(starts)
    each = np.arange(len(x))
    finite = np.isfinite(flat[each, best])
    first_x = np.where(finite, left[each, column], np.maximum(left[:, 0], 0))
    first_y = np.where(finite, top[each, row], np.maximum(top[:, 0], 0))
    return first_x[:, None] + np.array([0, 1, 0, 1]), first_y[:, None] + np.array([0, 0, 1, 1])


def _greatest(at: PeakCells, anchors: int) -> tuple[Ints, Ints]:
    """Return columns and rows (P, n) of the greatest cells of the peaks' maps."""
    _, height, width = at.maps.shape
    flat = at.maps[at.which].reshape(len(at.which), height * width).astype(np.float64)
    cells = np.argsort(np.where(np.isnan(flat), np.inf, -flat), axis=1, kind="stable")[:, :anchors]
    return cells % width, cells // width


def _linear(squared: Floats, x: Ints, y: Ints) -> tuple[Floats, Floats]:
    """Solve for x, y (P,) by least squares of the squared distances (P, 4) of a 2x2 block, less the last one's."""
    right = (squared[:, :3] - squared[:, 3:] + [2, 1, 1]) / 2
    along, down = right[:, 0] + right[:, 2], right[:, 0] + right[:, 1]
    return x[:, 0] + (2 * along - down) / 3, y[:, 0] + (2 * down - along) / 3


def _iterated(squared: Floats, x: Ints, y: Ints, at: PeakCells) -> tuple[Floats, Floats]:
    """Solve for x, y (P,) by Gauss-Newton from the peak; a step that does not lower the cost ends it."""
    anchors = np.stack([x, y]).astype(np.float64)
    place, last = np.stack([at.x, at.y]).astype(np.float64), np.full(len(squared), np.inf)
    moving = np.ones(len(squared), bool)
    for _ in range(ITERATIONS):
        away = anchors - place[:, :, None]
        error = (away * away).sum(axis=0) - squared
        cost = (error * error).sum(axis=1)
        moving &= cost < last
        if not moving.any():
            break
        xx, yy = (away * away).sum(axis=2)
        xy = (away[0] * away[1]).sum(axis=1)
        pull_x, pull_y = (away * error).sum(axis=2) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            det = xx * yy - xy * xy
            step = np.stack([yy * pull_x - xy * pull_y, xx * pull_y - xy * pull_x]) / det
        place = np.where(moving, place + step, place)
        last = np.where(moving, cost, last)
    return place[0], place[1]


DECODER = Decoder(
    "keyposs", decode, "where the distances of 2x2 cells meet: Bao et al. 2023 (KeyPosS), trilateration.py"
)
