"""Settings that decode shared maps: how the stored values were rounded, in units of the maps before normalisation."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.codecs.gaussian.table import CONVENTIONS
from kp2heat.normalize import apply
from kp2heat.pipeline.decoding.map_sharing import shared_settings


@pytest.mark.parametrize(("gain", "bias"), [(1.0, 0.0), (12.0, -6.0)])
def test_the_rounding_of_a_sigmoid_is_that_at_the_peak(gain: float, bias: float) -> None:
    """Half a step of float16 below the stored peak is as much of the raw peak as the slope there says."""
    settings = shared_settings(
        CONVENTIONS["gaussian"], np.dtype("<f2"), 1.0, "sigmoid", {"gain": gain, "bias": bias}
    )
    raw = np.array([[[[0.999, 1.0]]]])
    low, high = apply("sigmoid", raw, {"gain": gain, "bias": bias}).ravel()
    slope = (high - low) / 0.001
    assert settings["absolute"] == pytest.approx((2.0**-11 + 2.0**-25) * high / slope, rel=0.01)


def test_values_that_are_not_normalised_have_the_rounding_of_their_type() -> None:
    row = CONVENTIONS["gaussian"]
    assert shared_settings(row, np.dtype("<f2"), 1.0, "none", {})["absolute"] == 2.0**-25
    assert shared_settings(row, np.dtype("u1"), 1 / 255, "none", {})["absolute"] == 0.5 / 255
    assert shared_settings(row, np.dtype("<f4"), 1.0, "none", {})["relative"] == 2.0**-24
