"""Settings that decode shared maps: how the stored values were rounded, in units of the maps before normalisation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import kp2heat
from kp2heat.codecs.gaussian.table import CONVENTIONS
from kp2heat.errors import SpecError
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


@pytest.mark.parametrize(
    ("normalize", "params"), [("sum", {}), ("clamp", {"eps": 0.01})], ids=["sum", "clamp"]
)
def test_people_whose_peaks_the_normalisation_hides_are_decoded_by_fits(
    tmp_path: Path, normalize: str, params: dict[str, float]
) -> None:
    """Taking them apart as blobs of peak 1 would search for minutes and find nothing."""
    rows = kp2heat.read("sample_data/annotations.json")
    rows = rows.take(rows.image < 6)
    spec = kp2heat.Spec(
        sample="image",
        input_size=(192, 256),
        fit="stretch",
        sizes=((48, 64),),
        dtype="f32",
        normalize=normalize,
        normalize_params=params,
    )
    kp2heat.encode_dataset(rows, tmp_path, spec)
    level = kp2heat.decode_dataset(tmp_path).to_json()["levels"]["48x64"]
    assert level["method"] == "lsq"
    assert level["input"]["median"] < 0.1
    with pytest.raises(SpecError, match="hides what their peaks were"):
        kp2heat.decode_dataset(tmp_path, method="shared-maps")
    compared = kp2heat.decode_dataset(tmp_path, method="all").to_json()["compared"]["48x64"]
    assert "shared-maps" not in compared
    assert "lsq" in compared


def test_groups_in_an_array_whose_peaks_are_hidden_are_refused() -> None:
    maps = np.full((1, 1, 16, 16), 1 / 256, np.float32)
    with pytest.raises(SpecError, match="'sum' hides the peaks"):
        kp2heat.decode(maps, input_size=(64, 64), normalize="sum", groups=[[0, 1]])
