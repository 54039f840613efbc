"""Maps between grids: positions are exact, whatever the sizes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kp2heat
from kp2heat.frame import ALIGNMENTS, alignment
from kp2heat.resample import regrid, resample, shift_right, unflip, weights

INPUT = (192, 256)


@given(st.lists(st.floats(-3, 12), min_size=1, max_size=8), st.integers(1, 9))
def test_weights_sum_to_one(positions: list[float], cells: int) -> None:
    np.testing.assert_allclose(weights(np.array(positions), cells).sum(axis=1), 1, atol=1e-12)


def test_a_position_on_a_cell_takes_the_cell() -> None:
    np.testing.assert_allclose(weights(np.arange(5.0), 5), np.eye(5), atol=1e-15)


def test_cubic_convolution_reproduces_a_line_inside() -> None:
    line = np.arange(10, dtype=np.float32)[None, None, None, :]
    at = np.linspace(2, 7, 23)
    np.testing.assert_allclose(resample(line, at, np.zeros(1))[0, 0, 0], at, atol=1e-5)


@pytest.mark.parametrize("align", ["half-pixel", "stride", "align-corners"])
@pytest.mark.parametrize(("small", "large"), [((24, 32), (48, 64)), ((48, 64), (96, 128))])
def test_a_blob_stays_where_it_is(align: str, small: tuple[int, int], large: tuple[int, int]) -> None:
    """Cubic interpolation of a Gaussian of 2 cells is symmetric to within 1e-3 of its sigma."""
    xy = np.random.default_rng(1).uniform(40, 150, (20, 3, 2))
    maps = kp2heat.encode(xy, input_size=INPUT, size=small, sigma=2, align=align)["heatmaps"]
    grids = [alignment(align, INPUT, size) for size in (small, large)]
    moved = regrid(maps, *grids, large)
    sigma = 2 * grids[0].stride[0] / grids[1].stride[0]
    found = kp2heat.decode({"heatmaps": moved}, input_size=INPUT, align=align, sigma=sigma, method="dark")
    assert np.abs(found.xy - xy).max() < 0.05 * grids[0].stride[0]


@pytest.mark.parametrize("align", [name for name in ALIGNMENTS if not name.startswith("mmpose")])
def test_unflipped_maps_of_the_mirrored_input_are_the_maps(align: str) -> None:
    xy = np.random.default_rng(2).uniform(40, 150, (30, 4, 2))
    swap = np.array([0, 2, 1, 3])
    mirrored = xy[:, swap] * [-1, 1] + [INPUT[0] - 1, 0]
    draw = {"input_size": INPUT, "size": (48, 64), "sigma": 2, "align": align}
    maps = kp2heat.encode(xy, **draw)["heatmaps"]
    back = unflip(
        kp2heat.encode(mirrored, **draw)["heatmaps"], alignment(align, INPUT, (48, 64)), INPUT, swap
    )
    if align in ("half-pixel", "align-corners"):
        # Centres agree to the rounding of the coordinates; so do the maps, but for cells on the window's rim.
        assert (np.abs(back - maps) > 1e-6).mean() < 1e-4
    found = kp2heat.decode({"heatmaps": back}, input_size=INPUT, sigma=2, align=align, method="dark")
    assert np.abs(found.xy - xy).max() < 0.1, "in input px; without the correction 3 px at stride 4"


def test_the_whole_cell_shift_of_hrnet() -> None:
    maps = np.arange(8, dtype=np.float32).reshape(1, 1, 2, 4)
    np.testing.assert_array_equal(shift_right(maps)[0, 0], [[0, 0, 1, 2], [4, 4, 5, 6]])
