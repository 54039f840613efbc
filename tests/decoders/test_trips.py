"""Codecs with code of their own and their decoders: exact where the position is kept, half a cell where it is rounded."""

from __future__ import annotations

import numpy as np
import pytest

from tests.decoders.clean import GRIDS
from tests.decoders.trips import distance, trip

EXACT = [
    ("udp-combined", "offset"),
    ("simcc-gaussian", "simcc"),
    ("centernet", "centernet"),
    ("dlc-plateau", "locref"),
    ("dlc-gaussian", "locref"),
    ("sleap-offsets", "cell-offset"),
    ("openpifpaf", "cif"),
]


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize(("codec", "method"), EXACT)
def test_positions_are_kept(codec: str, method: str, grid: str) -> None:
    assert distance(codec, method, grid).max() < 0.05


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize(
    ("codec", "method", "count"),
    [
        ("megvii", "megvii", 1_000),
        ("megvii", "argmax", 1_000),
        ("centernet", "argmax", 1_000),
        ("onehot", "argmax", 1_000),
        ("onehot", "onehot", 100),
    ],
)
def test_a_floor_costs_half_a_cell_an_axis_and_the_half_pixel_left_of_0(
    codec: str, method: str, count: int, grid: str
) -> None:
    """floor(x / s) + 1/2 is within half a cell of x / s, and cell 0 also takes x in [-0.5, 0)."""
    drawn, back = trip(codec, method, grid, count=count)
    (w, h), (width, height), _ = GRIDS[grid]
    bound = np.array([w / width, h / height]) / 2
    assert (np.abs(back - drawn) <= bound + np.where(drawn < 0, 0.5, 0) + 1e-9).all()


@pytest.mark.parametrize("grid", GRIDS)
def test_one_hot_simcc_costs_half_a_bin_an_axis(grid: str) -> None:
    """Up to the last bin's centre; from there to the input's edge the rest of that distance."""
    drawn, back = trip("simcc-standard", "simcc", grid)
    (w, h), (width, height), _ = GRIDS[grid]
    bin_size = np.array([w / width, h / height])
    last = np.array([w, h]) - bin_size
    bound = np.maximum(bin_size / 2, drawn - last)
    assert (np.abs(back - drawn) <= bound + 1e-9).all()


def test_f16_labels_keep_a_simcc_position_to_a_hundredth_of_a_bin() -> None:
    """A relative rounding of 2^-11 / sqrt(3) moves the vertex by that times sigma^2 / (apart sqrt 2), apart = sigma.

    0.0004 bins at sigma 2, stride 4: 0.0016 px on average; the far tails of border joints cost more.
    """
    assert distance("simcc-gaussian", "simcc", "48x64", dtype=np.float16).mean() < 0.01


def test_published_simcc_stays_on_the_bins() -> None:
    _, back = trip("simcc-gaussian", "simcc", "48x64", count=500, refine="none")
    np.testing.assert_array_equal(back % 4, 0)


def test_published_dark_of_simcc_is_no_better_inside() -> None:
    """Away from the ends both find the vertex; near them mmpose's zero-padded blur does not."""
    exact = distance("simcc-gaussian", "simcc", "48x64", count=2000)
    dark = distance("simcc-gaussian", "simcc", "48x64", count=2000, refine="dark")
    assert dark.mean() > 10 * exact.mean()


def test_a_one_hot_map_enlarged_as_published_is_drawn_to_the_edge() -> None:
    """Repeated end cells: beyond the half cell that the floor costs."""
    published, ours = (
        distance("onehot", "onehot", "7x7", count=300, literal=flag).max() for flag in (True, False)
    )
    assert ours <= 16.5 * np.sqrt(2) < published
