"""Which cells Megvii's published code steps from, and what its score is."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.contracts import Level
from kp2heat.decoders import decode
from kp2heat.frame import alignment

SIZE = (14, 12)
LEVEL = Level(SIZE, 2.0, alignment("stride", SIZE, SIZE))


STEPPED = [(2, 6), (12, 6), (6, 2), (6, 10)]
KEPT = [(1, 6), (13, 6), (6, 1), (6, 11)]


@pytest.mark.parametrize("cell", [*STEPPED, *KEPT])
def test_the_published_code_steps_from_the_third_cell_to_the_last_but_one(cell: tuple[int, int]) -> None:
    """mmpose: ``1 < px < W - 1 and 1 < py < H - 1``; a joint elsewhere loses the half cell that others keep."""
    x, y = cell
    maps = np.zeros((1, 1, 12, 14), np.float32)
    maps[0, 0, y, x], maps[0, 0, y - 1, x], maps[0, 0, y, x - 1] = 255, 51, 51
    peaks = decode("megvii", {"heatmaps": maps}, LEVEL, literal=True, kernel=1)
    step = -0.25 if cell in STEPPED else -0.5
    np.testing.assert_allclose(peaks.xy[0, 0], (x + step, y + step))
    assert peaks.refined[0, 0] == (cell in STEPPED)
    np.testing.assert_allclose(peaks.score, 1.5)
