"""What holds of every decoder of heatmaps, on any maps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from kp2heat.contracts import Level
from kp2heat.decoders import DECODERS, decode
from kp2heat.frame import alignment
from kp2heat.peaks import Peaks
from tests.decoders.clean import joints, level_of, maps_of

OF_MAPS = [
    name
    for name, decoder in DECODERS.items()
    if decoder.needs == ("heatmaps",) and name not in ("nms", "shared-maps")
]
"""All that read heatmaps alone, but ``nms``, which keeps to its publishers' rules, and ``shared-maps``, which wants blobs of peak 1."""
LOCAL = sorted(set(OF_MAPS) - {"softargmax", "expectation", "debiased-softargmax"})
"""Those that refine a peak; the others average over the whole map."""

COSTLY = ("onehot", "shared-peaks")
"""The one enlarges its maps, the other fits joints together: a map of 48x64 takes them 5 ms or more."""
AVERAGING = ("local-softargmax", "topk")
"""Those that average over a window, within which they may end anywhere."""
STEPPING = [
    name for name in LOCAL if name not in ("peaks", "shared-peaks", "onehot", "expected-oks", *AVERAGING)
]
"""Those that step from the greatest cell of the map; ``onehot`` and ``expected-oks`` take that of another."""
FITTING = {"fit": 1.0, "weighted-fit": 1.5, "dark": 1.5, "dark-udp": 1.5, "hf-vitpose": 1.5, "sapiens2": 1.5}
"""Sigmas that a step may be long, of those whose score is the value at the fitted centre."""
FOLLOWS = {**FITTING, "keyposs": 1.5, "gaussian-cov": 1.5}
"""The same of all that follow a peak which noise moved."""
SIDES = st.integers(1, 9)
WILD = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 3), st.integers(1, 2), SIDES, SIDES),
    elements=st.floats(-2, 300, width=32) | st.sampled_from([0.0, 1.0, 255.0, 1e-30]),
)
SIGMAS = st.sampled_from([0.5, 1.0, 1.5, 2.0, 3.0])


def level(maps: NDArray[Any], sigma: float) -> Level:
    size = maps.shape[-1], maps.shape[-2]
    return Level(size, sigma, alignment("half-pixel", size, size))


def found(method: str, maps: NDArray[Any], sigma: float) -> Peaks:
    return decode(method, {"heatmaps": maps}, level(maps, sigma))


@pytest.mark.parametrize("method", OF_MAPS)
@given(maps=WILD, sigma=SIGMAS)
@settings(max_examples=12)
def test_finite_maps_give_a_place_or_none(method: str, maps: NDArray[Any], sigma: float) -> None:
    """NaN exactly where there is no peak; a refused refinement leaves the cell; scores are map values."""
    peaks = found(method, maps, sigma)
    shape = peaks.score.shape
    assert shape[:2] == maps.shape[:2]
    assert peaks.xy.shape == (*shape, 2)
    assert peaks.refined.shape == shape
    none = np.isnan(peaks.xy).all(axis=-1)
    assert np.isfinite(peaks.xy[~none]).all()
    np.testing.assert_array_equal(none, peaks.score == 0)
    if len(shape) == 2:
        most = np.maximum(maps.max(axis=(-2, -1)), 0)
        if method == "expected-oks":
            assert (peaks.score <= most).all()
        elif method in ("lsq", *FITTING):  # the value at the centre, up to half a cell an axis away
            assert (peaks.score >= most).all()
            assert (peaks.score <= most * np.exp(0.25 / sigma**2) * (1 + 1e-12)).all()
        else:
            np.testing.assert_array_equal(peaks.score, most)
        whole = peaks.xy[~peaks.refined & ~none]
        np.testing.assert_array_equal(whole, np.rint(whole))


@pytest.mark.parametrize("method", STEPPING)
@given(maps=WILD, sigma=SIGMAS)
@settings(max_examples=12)
def test_a_step_is_at_most_a_cell(method: str, maps: NDArray[Any], sigma: float) -> None:
    """Some follow a peak that noise moved, by so many sigmas where that is more than a cell."""
    step = np.abs(found(method, maps, sigma).xy - found("argmax", maps, sigma).xy)
    assert np.nanmax(step, initial=0) <= max(1, FOLLOWS.get(method, 0) * sigma)


@pytest.mark.parametrize("method", OF_MAPS)
@given(maps=WILD, sigma=SIGMAS)
@settings(max_examples=12)
def test_a_map_alone_gives_the_same_bits(method: str, maps: NDArray[Any], sigma: float) -> None:
    together = found(method, maps, sigma)
    for n in range(len(maps)):
        for k in range(maps.shape[1]):
            alone = found(method, maps[n : n + 1, k : k + 1], sigma)
            np.testing.assert_array_equal(alone.xy[0, 0], together.xy[n, k])
            np.testing.assert_array_equal(alone.refined[0, 0], together.refined[n, k])


@pytest.mark.parametrize("method", OF_MAPS)
@pytest.mark.parametrize("large", [True, False])
def test_batch_size_changes_no_bit(method: str, large: bool) -> None:
    grid = ("14x14" if method in COSTLY else "48x64") if large else "7x7"
    maps = maps_of(grid, joints(grid, 65))
    maps += np.random.default_rng(1).normal(0, 0.02, maps.shape).astype(np.float32)
    whole = decode(method, {"heatmaps": maps}, level_of(grid)).xy
    for size, some in ((1, 8), (2, 17), (3, 26), (17, 65), (50, 65)):
        starts = range(0, some, size)
        parts = [
            decode(method, {"heatmaps": maps[i : min(i + size, some)]}, level_of(grid)).xy for i in starts
        ]
        np.testing.assert_array_equal(np.concatenate(parts), whole[:some])


@pytest.mark.parametrize("method", OF_MAPS)
def test_neither_memory_order_nor_width_of_floats_matters(method: str) -> None:
    maps = maps_of("14x14", joints("14x14", 10))
    lv = level_of("14x14")
    want = decode(method, {"heatmaps": maps}, lv).xy
    for same in (np.asfortranarray(maps), maps.astype(np.float64), np.repeat(maps, 2, axis=0)[::2]):
        np.testing.assert_array_equal(decode(method, {"heatmaps": same}, lv).xy, want)


def blob(x: float, y: float, sigma: float = 2.0, size: int = 24) -> NDArray[np.float64]:
    grid = np.arange(size)
    return np.exp(-((grid - x) ** 2 + (grid[:, None] - y) ** 2) / (2 * sigma**2))


SHALLOW = blob(8.3, 11.6)
PRACTICE = {
    "two peaks": blob(5.2, 6.1) + 0.9 * blob(15.4, 17.3),
    "two peaks that touch": np.maximum(blob(10.2, 12.1), 0.97 * blob(13.3, 12.0)),
    "two equal peaks": np.maximum(blob(10, 12), blob(13, 12)),
    "plateau": np.minimum(blob(10.3, 12.2), 0.8),
    "flat": np.full((24, 24), 0.5),
    "negative background": SHALLOW - 0.4,
    "deep background": SHALLOW * 0.1 - 1e-3,
    "saturated": np.minimum(np.rint(SHALLOW * 400), 255),
    "ridge": np.exp(-((np.arange(24) - 9.4) ** 2) / 8) * np.ones((24, 1)),
    "spike": np.where((np.arange(24) == 7) & (np.arange(24)[:, None] == 9), 1.0, 0.0),
    "corner": blob(-0.4, -0.4),
    "beyond the side": blob(-2.5, 12.0),
}
"""Heavy-tailed practice: maps no Gaussian fits."""


@pytest.mark.parametrize("sigma", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("kind", PRACTICE)
@pytest.mark.parametrize("method", STEPPING)
def test_heavy_tailed_practice(method: str, kind: str, sigma: float) -> None:
    """No step longer than is credible from the greatest cell, one cell from a plateau's middle, and a place anyway."""
    maps = PRACTICE[kind][None, None].astype(np.float32)
    peaks = found(method, maps, sigma)
    step = np.abs(peaks.xy - found("argmax", maps, sigma).xy)
    flat = kind in ("plateau", "saturated", "flat")
    assert (step <= (1 if flat else max(1, FOLLOWS.get(method, 0) * sigma))).all()


@pytest.mark.parametrize("method", OF_MAPS)
@pytest.mark.parametrize("empty", ["zero", "negative", "nan", "minus infinity"])
def test_a_map_without_a_peak(method: str, empty: str) -> None:
    value = {"zero": 0, "negative": -3, "nan": np.nan, "minus infinity": -np.inf}[empty]
    peaks = found(method, np.full((2, 3, 7, 7), value, np.float32), 1.0)
    assert np.isnan(peaks.xy).all()
    assert (peaks.score == 0).all()
    assert not peaks.refined.any()


@pytest.mark.parametrize("method", LOCAL)
def test_missing_cells_are_no_peak_and_harm_no_other(method: str) -> None:
    maps = np.stack([blob(8.3, 11.6), blob(8.3, 11.6)])[None].astype(np.float32)
    maps[0, 0, 20, 20] = np.nan
    peaks = found(method, maps, 2.0)
    np.testing.assert_array_equal(peaks.xy[0, 0], peaks.xy[0, 1])


@pytest.mark.parametrize("method", OF_MAPS)
@pytest.mark.parametrize("size", [(1, 1), (1, 5), (5, 1), (2, 2), (5, 5), (6, 9)])
def test_any_size_of_map(method: str, size: tuple[int, int]) -> None:
    maps = np.random.default_rng(2).random((3, 2, size[1], size[0]), np.float32) + 0.1
    peaks = found(method, maps, 1.0)
    first = peaks.xy if peaks.xy.ndim == 3 else peaks.xy[:, :, 0]
    assert np.isfinite(first).all()


@pytest.mark.parametrize("method", ["lsq", "fit", "dark"])
@pytest.mark.parametrize("size", [(1, 9), (9, 1), (2, 9), (9, 2)])
def test_maps_a_cell_or_two_wide(method: str, size: tuple[int, int]) -> None:
    """Along the other axis there is all one needs."""
    x, y = (0.0, 4.3) if size[0] < size[1] else (4.3, 0.0)
    maps = blob(x, y, 1.0, 9)[None, None, : size[1], : size[0]]
    np.testing.assert_allclose(found(method, maps, 1.0).xy[0, 0], (x, y), rtol=0, atol=0.005)


@pytest.mark.parametrize("method", OF_MAPS)
def test_no_maps_at_all(method: str) -> None:
    nothing = np.zeros((0, 17, 7, 7), np.float32)
    for form in [{}, {"literal": True}] if "literal" in DECODERS[method].params else [{}]:
        assert decode(method, {"heatmaps": nothing}, level(nothing, 1.0), **form).xy.shape[:2] == (0, 17)


@pytest.mark.parametrize("method", LOCAL)
def test_an_endless_cell_is_the_peak(method: str) -> None:
    """The logit of a probability of 1 is infinite; two of them side by side are no less a place."""
    maps = blob(8.3, 11.6)[None, None].astype(np.float32)
    maps[0, 0, 11, 8:10] = np.inf
    peaks = found(method, maps, 2.0)
    first = peaks.xy[0, 0] if peaks.xy.ndim == 3 else peaks.xy[0, 0, 0]
    assert abs(first - (8, 11)).max() <= 1


def test_many_peaks_of_one_map() -> None:
    """Best first, each to a fraction of a cell, the rest NaN with score 0."""
    centres = [(4.2, 5.3), (17.6, 4.9), (10.4, 18.8)]
    maps = np.maximum.reduce(
        [height * blob(x, y, 1.0) for height, (x, y) in zip((0.7, 1.0, 0.4), centres, strict=True)]
    )
    peaks = found("peaks", np.stack([maps, 0 * maps])[None], 1.0)
    assert peaks.xy.shape == (1, 2, 20, 2)
    want = [centres[1], centres[0], centres[2]]
    np.testing.assert_allclose(peaks.xy[0, 0, :3], want, rtol=0, atol=0.002)
    assert np.isnan(peaks.xy[0, 0, 3:]).all()
    assert np.isnan(peaks.xy[0, 1]).all()
    assert (np.diff(peaks.score[0, 0, :3]) < 0).all()
    for method in ("lsq", "fit", "dark"):
        np.testing.assert_array_equal(
            decode(method, {"heatmaps": maps[None, None]}, level(maps[None, None], 1.0), top=3).xy[0, 0],
            decode(
                "peaks", {"heatmaps": maps[None, None]}, level(maps[None, None], 1.0), top=3, refine=method
            ).xy[0, 0],
        )


@pytest.mark.parametrize("top", [1, 3])
@pytest.mark.parametrize("method", [name for name in OF_MAPS if DECODERS[name].accepts_float16])
def test_half_floats_decode_as_their_float32_values_do(method: str, top: int) -> None:
    maps = maps_of("28x28", joints("28x28", 40))
    noise = np.random.default_rng(0).standard_normal(maps.shape)
    half = (maps + 0.01 * noise).astype(np.float16)
    grid = level_of("28x28")
    ours, theirs = (decode(method, {"heatmaps": m}, grid, top=top) for m in (half, half.astype(np.float32)))
    np.testing.assert_array_equal(ours.xy, theirs.xy)
    np.testing.assert_array_equal(ours.score, theirs.score)
