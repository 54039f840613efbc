"""Gaussians on grids: the plain formula, whatever the batch, the order and the stored dtype."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kp2heat.errors import SpecError
from kp2heat.gaussian import TINIEST, Windows, opencv_kernel, paint, patches, profile, stored, turns, windows

SIZE = (13, 9)
Floats = NDArray[np.float64]
few = settings(max_examples=40)


def blobs_of(seed: int, count: int, cut: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Centres, sigmas and windows of blobs on and far round the map."""
    rng = np.random.default_rng(seed)
    centre = rng.uniform(-12, 25, (count, 2))
    sigma = rng.uniform(0.3, 4, count)
    reach = cut * sigma[:, None]
    return centre, sigma, centre - reach, centre + reach


def draw(blobs: Windows, dtype: Any = np.float64, scale: float = 1.0) -> NDArray[Any]:
    """(P, H, W): a map a blob."""
    count = len(blobs.x0)
    maps = np.zeros((count, SIZE[1], SIZE[0]), dtype)
    paint(maps, np.arange(count), blobs, stored(patches(blobs), dtype, scale), "set")
    return maps


def plain(centre: Floats, sigma: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """(P, H, W): the formula at every cell of every map, and its exponent."""
    y, x = np.mgrid[: SIZE[1], : SIZE[0]].astype(float)
    column = [a[:, None, None] for a in (*centre.T, *low.T, *high.T, sigma)]
    cx, cy, low_x, low_y, high_x, high_y, s = column
    exponent = ((x - cx) ** 2 + (y - cy) ** 2) / (2 * s * s)
    values = np.exp(-exponent)
    inside = (x >= low_x) & (x <= high_x) & (y >= low_y) & (y <= high_y)
    return np.where(inside & (values >= TINIEST), values, 0), exponent


@pytest.mark.parametrize("cut", [1.0, 3.0, np.inf])
@pytest.mark.parametrize("seed", range(3))
def test_the_plain_formula(seed: int, cut: float) -> None:
    given_blobs = blobs_of(seed, 300, cut)
    expected, exponent = plain(*given_blobs)
    drawn = draw(windows(*given_blobs, SIZE))
    # A few roundings of the exponent move the value by the exponent times as much; two exps and a product.
    assert (np.abs(drawn - expected) <= (8 + 8 * exponent) * 2.0**-53 * expected).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_stored_floats_are_within_an_ulp_of_the_formula(dtype: Any) -> None:
    given_blobs = blobs_of(7, 500, 3.0)
    expected = plain(*given_blobs)[0].astype(dtype)
    drawn = draw(windows(*given_blobs, SIZE), dtype)
    assert (np.abs(drawn.astype(float) - expected.astype(float)) <= np.spacing(expected)).all()
    assert (drawn == expected).mean() > 0.999


def test_stored_counts_are_within_half_a_count_of_the_formula() -> None:
    given_blobs = blobs_of(8, 500, 3.0)
    drawn = draw(windows(*given_blobs, SIZE), np.uint8, 1 / 255)
    assert np.abs(drawn - plain(*given_blobs)[0] * 255).max() <= 0.5 + 1e-10


@pytest.mark.parametrize("cut", [3.0, np.inf])
def test_a_blob_has_the_same_bits_in_a_batch_of_any_size(cut: float) -> None:
    centre, sigma, low, high = blobs_of(3, 61, cut)
    together = draw(windows(centre, sigma, low, high, SIZE))
    for size in (1, 2, 7, 60):
        for start in range(0, 61, size):
            part = slice(start, start + size)
            apart = draw(windows(centre[part], sigma[part], low[part], high[part], SIZE))
            np.testing.assert_array_equal(apart, together[part])


@few
@given(eighths=st.lists(st.integers(-64, 200), min_size=2, max_size=2), sigma=st.floats(0.3, 4))
def test_a_mirrored_centre_draws_a_mirrored_map(eighths: list[int], sigma: float) -> None:
    centre, reach = np.array([eighths]) / 8, 3 * sigma
    there = np.array(SIZE) - 1 - centre
    here, mirrored = (
        draw(windows(c, np.array([sigma]), c - reach, c + reach, SIZE)) for c in (centre, there)
    )
    np.testing.assert_array_equal(here[:, ::-1, ::-1], mirrored)


@pytest.mark.parametrize("x", [-7.0, 6.0, 19.0])
@pytest.mark.parametrize("y", [-7.0, 4.0, 15.0])
def test_windows_beyond_the_map_draw_nothing(x: float, y: float) -> None:
    centre = np.array([[x, y]])
    blobs = windows(centre, np.ones(1), centre - 3, centre + 3, SIZE)
    assert draw(blobs).any() == ((x, y) == (6.0, 4.0))
    assert 0 <= blobs.x0[0] <= SIZE[0] - blobs.x.shape[1]
    assert 0 <= blobs.y0[0] <= SIZE[1] - blobs.y.shape[1]


def test_a_window_is_as_wide_as_the_widest_blob() -> None:
    centre, reach = np.array([5.0, 6.25]), np.array([1.0, 2.0])
    start, values = profile(centre, np.ones(2), centre - reach, centre + reach, 13)
    np.testing.assert_array_equal(start, [4, 5])
    assert values.shape == (2, 4)
    np.testing.assert_allclose(values[0], [np.exp(-0.5), 1, np.exp(-0.5), 0], rtol=2.0**-51)


def test_a_window_is_never_wider_than_the_map() -> None:
    everywhere = np.full(1, np.inf)
    start, values = profile(np.array([3.0]), np.ones(1), -everywhere, everywhere, 5)
    assert start.tolist() == [0]
    assert values.shape == (1, 5)


def test_no_blobs() -> None:
    none = np.zeros((0, 2))
    assert draw(windows(none, np.zeros(0), none, none, SIZE)).shape == (0, 9, 13)


def test_values_below_the_least_normal_float32_are_0() -> None:
    """sqrt(2 x 126 ln 2) sigma = 13.2 sigma away exp gives 2^-126: a window ends there, and a product on the way."""
    centre, endless = np.zeros((1, 2)), np.full((1, 2), np.inf)
    tails = patches(windows(centre, np.full(1, 0.9), -endless, endless, SIZE))[0, 0]
    assert tails[11] > TINIEST
    assert len(tails) == 12
    corner = patches(windows(centre, np.full(1, 0.9), -endless, endless, SIZE))[0].diagonal()
    assert corner[8] > TINIEST
    assert not corner[9:].any()


# Painting


def crowd(seed: int) -> tuple[NDArray[np.int64], Windows]:
    """40 blobs for 6 maps, in no order."""
    return np.random.default_rng(seed).integers(0, 6, 40), windows(*blobs_of(seed, 40, 3.0), SIZE)


@pytest.mark.parametrize(("merge", "join"), [("max", np.maximum), ("sum", np.add)])
def test_blobs_of_one_map_are_merged(merge: str, join: Any) -> None:
    index, blobs = crowd(1)
    maps = np.zeros((6, SIZE[1], SIZE[0]))
    paint(maps, index, blobs, patches(blobs), merge)
    expected = np.zeros_like(maps)
    for m, single in zip(index, draw(blobs), strict=True):
        expected[m] = join(expected[m], single)
    np.testing.assert_array_equal(maps, expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.uint8])
@given(seed=st.integers(0, 10_000))
@settings(max_examples=15)
def test_the_greatest_does_not_depend_on_the_order(dtype: Any, seed: int) -> None:
    index, blobs = crowd(seed)
    values = stored(patches(blobs), dtype, 1 / 255 if dtype is np.uint8 else 1.0)
    order = np.random.default_rng(seed + 1).permutation(40)
    one, other = np.zeros((2, 6, SIZE[1], SIZE[0]), dtype)
    paint(one, index, blobs, values, "max")
    paint(other, index[order], Windows(*(column[order] for column in blobs)), values[order], "max")
    np.testing.assert_array_equal(one, other)


def test_painting_leaves_the_other_maps_alone() -> None:
    centre = np.array([[4.0, 4.0]])
    blobs = windows(centre, np.ones(1), centre - 3, centre + 3, SIZE)
    maps = np.full((3, SIZE[1], SIZE[0]), 0.25)
    paint(maps, np.array([1]), blobs, patches(blobs), "max")
    assert (maps[[0, 2]] == 0.25).all()
    assert maps[1, 4, 4] == 1
    assert maps[1].min() == 0.25


@few
@given(st.lists(st.integers(0, 5), max_size=30))
def test_turns_take_every_blob_once_each_map_in_order(numbers: list[int]) -> None:
    index, every = np.array(numbers, np.int64), np.arange(len(numbers))
    taken = [every[turn] for turn in turns(index)]
    for turn in taken:
        assert len(set(index[turn])) == len(turn)
    joined = np.concatenate(taken)
    assert sorted(joined) == every.tolist()
    for m in set(numbers):
        assert (np.diff(joined[index[joined] == m]) > 0).all()


# Rounding


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (0.0, 0),
        (0.5, 0),
        (0.50001, 1),
        (1.5, 2),
        (2.5, 2),
        (254.4, 254),
        (255.0, 255),
        (400.0, 255),
        (-3.0, 0),
    ],
)
def test_counts_are_rounded_to_nearest_ties_to_even_and_kept_in_range(value: float, kept: int) -> None:
    assert stored(np.array([value]), np.uint8)[0] == kept
    assert stored(np.array([value / 4]), np.uint8, 0.25)[0] == kept


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (1 + 2.0**-11, 1.0),
        (1 + 3 * 2.0**-11, 1 + 2.0**-9),
        (1 + 2.0**-11 + 2.0**-40, 1 + 2.0**-10),
        (2.0**-25, 0.0),
        (1.5 * 2.0**-25, 2.0**-24),
    ],
)
def test_half_floats_are_rounded_once_ties_to_even(value: float, kept: float) -> None:
    """The third is a tie after float32: rounding twice would give 1."""
    assert stored(np.array([value]), np.float16)[0] == kept


@pytest.mark.parametrize("taps", [1, 3, 5, 7, 9, 11, 17, 37])
def test_the_kernel_is_opencvs(taps: int) -> None:
    cv2 = pytest.importorskip("cv2")
    np.testing.assert_allclose(opencv_kernel(taps), cv2.getGaussianKernel(taps, 0)[:, 0], rtol=0, atol=1e-15)


@pytest.mark.parametrize("taps", [-1, 0, 2, 10])
def test_a_kernel_has_a_middle(taps: int) -> None:
    with pytest.raises(SpecError, match=f"{taps} is not a kernel size; give an odd number"):
        opencv_kernel(taps)
