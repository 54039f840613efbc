"""Normalisations: undone to storage precision, bounded as stated, refused where they make no sense."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kp2heat.errors import SpecError
from kp2heat.gaussian import patches, stored, windows
from kp2heat.normalize import NORMALIZATIONS, apply, normalization, undo

SIZE, SIGMA = (12, 10), 1.5
HALF_ULP = {"<f4": 2.0**-24, "<f2": 2.0**-11}
LEAST_HALF_ULP = {"<f4": 2.0**-150, "<f2": 2.0**-25}

RAW = ["none", "sum", "sigmoid", "softmax", "clamp"]
SETTINGS: list[tuple[str, dict[str, float]]] = [
    ("none", {}),
    ("sum", {}),
    ("clamp", {}),
    ("clamp", {"eps": 0.01}),
    ("sigmoid", {}),
    ("sigmoid", {"gain": 4.0, "bias": -2.0}),
    ("sigmoid", {"gain": 0.5}),
    ("sigmoid", {"bias": 1.0}),
    ("softmax", {}),
    ("softmax", {"beta": 5.0}),
    ("softmax", {"beta": 0.25}),
]
EACH = pytest.mark.parametrize(("name", "params"), SETTINGS)
few = settings(max_examples=30)

in_map = st.tuples(*[st.floats(-0.5, side - 0.5) for side in SIZE])


def gaussians(cells: Any, sigma: float = SIGMA, size: tuple[int, int] = SIZE) -> NDArray[np.float64]:
    """(P, H, W): a blob a map, cut at 3 sigma, at ``cells`` (P, 2)."""
    centre = np.asarray(cells, float)
    reach = 3 * sigma
    blobs = windows(centre, np.full(len(centre), sigma), centre - reach, centre + reach, size)
    maps = np.zeros((len(centre), size[1], size[0]))
    for n, patch in enumerate(patches(blobs)):
        y, x = blobs.y0[n], blobs.x0[n]
        maps[n, y : y + patch.shape[0], x : x + patch.shape[1]] = patch
    return maps


def rounding(value: NDArray[np.float64], dtype: str, scale: float) -> NDArray[np.float64]:
    """The most that storing may move a value: half an ulp, or half a count of a uint8."""
    if dtype == "|u1":
        return np.full_like(value, 0.5 * scale)
    return np.maximum(np.abs(value) * HALF_ULP[dtype], LEAST_HALF_ULP[dtype])


def allowed(name: str, params: Mapping[str, float], raw: NDArray[Any], step: Any, value: Any) -> Any:
    """How far undoing may land from ``raw`` when ``value`` was stored with an error of ``step``."""
    if name == "sigmoid":
        gain = params.get("gain", 1.0)
        ends = np.stack([value - step, value + step])
        return (step / (gain * ends * (1 - ends))).max(axis=0)
    if name == "softmax":
        log_error = -np.log1p(-step / value)
        return (log_error + log_error.max(axis=(-2, -1), keepdims=True)) / params.get("beta", 1.0)
    if name == "clamp":
        eps = params.get("eps", 1e-4)
        return step + np.where((raw <= 1.01 * eps) | (raw > 1 - eps), 1.01 * eps, 0)
    return step


@EACH
@pytest.mark.parametrize("dtype", ["<f4", "<f2", "|u1"])
@few
@given(cells=st.lists(in_map, min_size=1, max_size=3))
def test_undoing_gives_the_raw_map_to_storage_precision(
    name: str, params: dict[str, float], dtype: str, cells: list[Any]
) -> None:
    raw = gaussians(cells)
    row, full = normalization(name, params)
    scale = row.bound(SIZE, SIGMA, **full) / 255 if dtype == "|u1" else 1.0
    value = apply(name, raw, params)
    kept = stored(value, dtype, scale).astype(np.float32) * np.float32(scale)
    back = undo(name, kept, params).astype(float)
    expected = value if name == "sum" else raw
    bound = allowed(name, params, raw, rounding(value, dtype, scale), value)
    # Reading a count and returning float32 cost a rounding each, which the logarithms' slopes may magnify.
    assert (np.abs(back - expected) <= 1.01 * bound + 2.0**-20).all()


@EACH
def test_an_empty_map_comes_back_empty(name: str, params: dict[str, float]) -> None:
    empty = np.zeros((2, 10, 12))
    back = undo(name, apply(name, empty, params).astype(np.float32), params)
    # sigmoid: half an ulp of the one stored value, 2^-24, over its slope, gain/8 at least among these.
    assert np.abs(back).max() <= (2.0**-20 if name == "sigmoid" else 0)


def test_an_empty_map_beside_a_full_one_stays_empty() -> None:
    maps = np.concatenate([np.zeros((1, 10, 12)), gaussians([(3, 4)])])
    for name in RAW:
        back = undo(name, apply(name, maps, {}).astype(np.float32), {})
        assert not back[0].any(), name
        assert back[1].max() > 0.02, name


@pytest.mark.parametrize("shape", [(0, 3, 10, 12), (2, 0, 10, 12)])
@EACH
def test_no_maps(name: str, params: dict[str, float], shape: tuple[int, ...]) -> None:
    assert undo(name, apply(name, np.zeros(shape), params), params).shape == shape


def test_formulas_by_hand() -> None:
    raw = np.array([[0.0, 1.0], [0.5, 0.0]])
    e, r = np.e, np.sqrt(np.e)
    expected = {
        "none": raw,
        "sum": raw / 1.5,
        "sigmoid": [[0.5, e / (1 + e)], [r / (1 + r), 0.5]],
        "softmax": np.array([[1, e], [r, 1]]) / (2 + e + r),
        "clamp": [[1e-4, 0.9999], [0.5, 1e-4]],
    }
    assert list(expected) == list(NORMALIZATIONS)
    for name, values in expected.items():
        np.testing.assert_allclose(apply(name, raw, {}), values, rtol=1e-15, err_msg=name)


@EACH
def test_sums(name: str, params: dict[str, float]) -> None:
    """sum and softmax maps sum to 1, to one rounding a cell."""
    total = apply(name, gaussians([(3, 4), (-0.5, 9.5)]), params).sum(axis=(-2, -1))
    if name in ("sum", "softmax"):
        np.testing.assert_allclose(total, 1, rtol=120 * 2.0**-53)
    else:
        assert (total > 1).all()


@EACH
@few
@given(cells=in_map, sigma=st.floats(0.3, 4))
def test_no_value_is_above_the_bound(
    name: str, params: dict[str, float], cells: tuple[float, float], sigma: float
) -> None:
    row, full = normalization(name, params)
    greatest = apply(name, gaussians([cells], sigma), params).max()
    assert greatest <= row.bound(SIZE, sigma, **full) * (1 + 2.0**-40)


def test_the_bounds_are_reached() -> None:
    corner = apply("sum", gaussians([(-0.5, -0.5)]), {}).max()
    assert NORMALIZATIONS["sum"].bound(SIZE, SIGMA) == pytest.approx(corner, rel=2.0**-40)
    single = np.zeros((10, 12))
    single[3, 4] = 1
    peak = apply("softmax", single, {"beta": 3.0}).max()
    assert NORMALIZATIONS["softmax"].bound(SIZE, SIGMA, beta=3.0) == pytest.approx(peak, rel=2.0**-40)


@few
@given(gain=st.floats(1e-3, 1e3), bias=st.floats(-1e3, 1e3), beta=st.floats(1e-3, 1e4))
def test_saturated_maps_stay_finite(gain: float, bias: float, beta: float) -> None:
    raw = gaussians([(3.2, 4.4)])
    for name, params in (("sigmoid", {"gain": gain, "bias": bias}), ("softmax", {"beta": beta})):
        for dtype in (np.float16, np.float32):
            with np.errstate(under="ignore"):
                kept = apply(name, raw, params).astype(dtype)
            assert np.isfinite(undo(name, kept, params)).all()


@EACH
def test_predictions_beyond_the_range_stay_finite_and_ordered(name: str, params: dict[str, float]) -> None:
    predicted = np.linspace(-0.5, 1.5, 120, dtype=np.float32).reshape(1, 10, 12)
    back = undo(name, predicted, params)
    assert np.isfinite(back).all()
    assert (np.diff(back.ravel()) >= 0).all()


def test_raw_maps_are_not_edited() -> None:
    raw = gaussians([(3, 4)])
    raw.flags.writeable = False
    for name in RAW:
        undo(name, apply(name, raw, {}), {})


@pytest.mark.parametrize(
    ("name", "params", "sentence"),
    [
        ("Sum", {}, "'Sum' is not known; use one of none, sum, sigmoid, softmax, clamp"),
        ("none", {"eps": 1}, "none has no parameter 'eps'; its parameters: none"),
        ("sigmoid", {"beta": 1}, "sigmoid has no parameter 'beta'; its parameters: gain, bias"),
        ("sigmoid", {"gain": 0}, "gain = 0 is not usable; give a positive, finite number"),
        ("sigmoid", {"gain": float("inf")}, "gain = inf is not usable; give a positive, finite number"),
        ("sigmoid", {"gain": "2"}, "gain = '2' is not usable; give a positive, finite number"),
        ("sigmoid", {"gain": True}, "gain = True is not usable; give a positive, finite number"),
        ("sigmoid", {"bias": float("nan")}, "bias = nan is not usable; give a finite number"),
        ("softmax", {"beta": -1}, "beta = -1 is not usable; give a positive, finite number"),
        ("clamp", {"eps": 0.5}, "eps = 0.5 is not usable; give a number between 0 and 0.5"),
        ("clamp", {"eps": 0}, "eps = 0 is not usable; give a number between 0 and 0.5"),
    ],
)
def test_what_is_refused(name: str, params: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SpecError, match=f"^normalize: {re.escape(sentence)}$"):
        normalization(name, params)


def test_defaults_are_filled_in() -> None:
    assert normalization("sigmoid", {"gain": 3})[1] == {"gain": 3, "bias": 0.0}
    assert normalization("sigmoid", {"bias": -3})[1] == {"gain": 1.0, "bias": -3}


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.uint8])
def test_a_softmax_so_sharp_that_one_cell_is_left_keeps_its_peak(dtype: type) -> None:
    maps = np.zeros((2, 5, 7), dtype)
    maps[0, 2, 4] = 1
    raw = undo("softmax", maps, {"beta": 20.0})
    assert np.isfinite(raw).all()
    assert np.argwhere(raw > 0).tolist() == [[0, 2, 4]], "the one peak, and none in the map of zeros"
