"""The radius of CornerNet and CenterNet: how far the corners of a box may move while the boxes still overlap.

Both corners of a box (h, w) move by r, and the overlap (intersection over union) must stay at ``overlap``.
Moved the same way, inwards, or outwards, that gives three quadratics in r (Law and Deng 2018, CornerNet, 3.2;
sample/utils.py at e5c39a3). The least root is the radius.
"""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Floats


def _quadratics(height: Floats, width: Floats, overlap: float) -> list[tuple[float, Floats, Floats, float]]:
    """Return (a, b, c, sign of the root) of a r^2 + b r + c = 0: moved the same way, inwards, outwards."""
    around, area = height + width, height * width
    return [
        (1.0, -around, area * (1 - overlap) / (1 + overlap), -1.0),
        (4.0, -2 * around, (1 - overlap) * area, -1.0),
        (4 * overlap, 2 * overlap * around, (overlap - 1) * area, 1.0),
    ]


def corrected(height: Floats, width: Floats, overlap: float = 0.7) -> Floats:
    """Return the radius (...) in cells of boxes with sides (...) in cells (CornerNet).

    >>> corrected(np.array([20.0]), np.array([10.0])).round(3).tolist()
    [1.077]
    """
    roots = [
        (-b + sign * np.sqrt(b * b - 4 * a * c)) / (2 * a)
        for a, b, c, sign in _quadratics(height, width, overlap)
    ]
    return np.asarray(np.minimum.reduce(roots))


def legacy(height: Floats, width: Floats, overlap: float = 0.7) -> Floats:
    """Return the radius (...) as CenterNet, TFOD and mmpose's CID compute it, 2.2 to 4 times too large.

    Every root is (-b + sqrt(disc)) / 2: the larger one of the first two, and without 1/a. The least is then
    always the outward root times 4 ``overlap`` (CenterNet utils/image.py at 4c50fd3).
    """
    roots = [(-b + np.sqrt(b * b - 4 * a * c)) / 2 for a, b, c, _ in _quadratics(height, width, overlap)]
    return np.asarray(np.minimum.reduce(roots))


def whole(radius: Floats) -> Floats:
    """Return the radius (...) as it is drawn: whole cells, at least 0."""
    return np.maximum(0, np.trunc(radius))
