"""SimCC's vectors: the vertex of a parabola through three bins, at the ends too."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.contracts import Level
from kp2heat.decoders import decode
from kp2heat.frame import alignment

SIZE, SIGMA = (96, 64), 2.0
LEVEL = Level(SIZE, SIGMA, alignment("stride", SIZE, SIZE))


@pytest.mark.parametrize("centre", [(0.2, 63.4), (95.3, 0.1), (47.6, 31.2), (94.9, 62.8)])
def test_a_gaussian_peaks_where_it_was_drawn(centre: tuple[float, float]) -> None:
    vectors = [
        np.exp(-((np.arange(bins) - at) ** 2) / (2 * SIGMA**2))[None, None]
        for bins, at in zip(SIZE, centre, strict=True)
    ]
    found = decode("simcc", dict(zip(("simcc_x", "simcc_y"), vectors, strict=True)), LEVEL)
    np.testing.assert_allclose(found.xy[0, 0], centre, rtol=0, atol=1e-9)
    assert found.refined.all()
