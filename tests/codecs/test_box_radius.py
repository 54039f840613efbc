"""CenterNet's radius, as published and corrected, against the published code and against what it is for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kp2heat.codecs import box_radius
from tests.shared import shared


@pytest.mark.parametrize(
    ("form", "column"),
    [(box_radius.legacy, "centernet_r"), (box_radius.corrected, "cornernet_r"), (box_radius.legacy, "tf_r")],
)
def test_published_radii(form: Callable[..., NDArray[Any]], column: str) -> None:
    """The vectors are float32 of values up to 600: half an ulp there is 3e-5, and relative 6e-8."""
    with np.load(shared("golden", "systems", "centernet_radius.npz")) as golden:
        rows, names = golden["rows"].astype(float), list(golden["columns"])
    for height, width, overlap, wanted in rows[:, [0, 1, 2, names.index(column)]]:
        assert form(height, width, round(overlap, 1)) == pytest.approx(wanted, rel=2e-6)
    drawn = [box_radius.whole(form(h, w, round(o, 1))) for h, w, o in rows[:, :3]]
    if column != "tf_r":
        np.testing.assert_array_equal(drawn, rows[:, names.index(f"{column}_int")])


@pytest.mark.parametrize(
    ("side", "legacy", "corrected"), [(32, 8.746, 2.613), (10, 2.733, 0.817), (7, 1.913, 0.572)]
)
def test_known_squares(side: float, legacy: float, corrected: float) -> None:
    assert box_radius.legacy(side, side) == pytest.approx(legacy, abs=5e-4)
    assert box_radius.corrected(side, side) == pytest.approx(corrected, abs=5e-4)


def test_a_box_shrunk_by_the_corrected_radius_still_overlaps_as_asked() -> None:
    height, width = np.random.default_rng(0).uniform(2, 60, (2, 500))
    for overlap in (0.3, 0.5, 0.7):
        r = box_radius.corrected(height, width, overlap)
        inside = (height - 2 * r) * (width - 2 * r) / (height * width)
        np.testing.assert_allclose(inside, overlap, atol=1e-9)
        outside = height * width / ((height + 2 * r) * (width + 2 * r))
        assert (outside >= overlap - 1e-9).all()
