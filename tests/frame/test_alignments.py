"""Input px <-> cells: every alignment against cells computed by hand, its inverse, its mirror."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kp2heat.errors import SpecError
from kp2heat.frame import ALIGNMENTS, Size, alignment

OWN = ("half-pixel", "stride", "cell-center", "align-corners")
MIRRORED = ("half-pixel", "align-corners")
EPS = 2.0**-53
"""Half an ulp of a float64, relative: what one rounding may cost."""

sides = st.integers(2, 2048)
sizes = st.tuples(sides, sides)
points = st.lists(st.tuples(*[st.integers(-28_000, 28_000)] * 2), min_size=1, max_size=8).map(
    lambda xy: np.array([xy]) / 7
)
few = settings(max_examples=25)

INPUT_XY = (-0.5, 0.0, 1.0, 3.5, 7.0, 7.5)
TABLE: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "stride": ((-0.25, 0, 0.5, 1.75, 3.5, 3.75), (-0.125, 0, 0.25, 0.875, 1.75, 1.875)),
    "half-pixel": ((-0.5, -0.25, 0.25, 1.5, 3.25, 3.5), (-0.5, -0.375, -0.125, 0.5, 1.375, 1.5)),
    "cell-center": ((-0.75, -0.5, 0, 1.25, 3, 3.25), (-0.625, -0.5, -0.25, 0.375, 1.25, 1.375)),
    "align-corners": ((-1.5 / 7, 0, 3 / 7, 1.5, 3, 22.5 / 7), (-1 / 11, 0, 2 / 11, 7 / 11, 14 / 11, 15 / 11)),
}
"""Cells of INPUT_XY by hand: x for 8 px under 4 cells, y for 12 px under 3 cells."""


@pytest.mark.parametrize("name", OWN)
def test_cells_by_hand(name: str) -> None:
    cells = alignment(name, (8, 12), (4, 3)).to_cell(np.repeat(np.array(INPUT_XY)[:, None], 2, axis=1))
    expected = np.array(TABLE[name]).T
    # Cells are snapped to 2^-36, so the nearest is at most half of that away.
    np.testing.assert_allclose(cells, expected, rtol=0, atol=2.0**-37 + 4 * EPS * 8)


def test_half_pixel_is_the_default_of_the_table() -> None:
    assert next(iter(ALIGNMENTS)) == "half-pixel"


@pytest.mark.parametrize("name", [*OWN, "mmpose-stride"])
@few
@given(full=sizes, cells=sizes, xy=points)
def test_alignments_invert(name: str, full: Size, cells: Size, xy: NDArray[np.float64]) -> None:
    grid = alignment(name, full, cells)
    # The snap costs 2^-37 cell; four roundings forward and back of numbers no larger than these.
    reach = np.abs(xy) + np.array(full) + (np.array(cells) + 1) * grid.stride
    bound = 2.0**-37 * np.array(grid.stride) + 8 * EPS * reach
    assert (np.abs(grid.to_input(grid.to_cell(xy)) - xy) <= bound).all()


@pytest.mark.parametrize("name", MIRRORED)
@few
@given(full=sizes, cells=sizes, eighths=st.lists(st.integers(-(2**15), 2**15), min_size=2, max_size=2))
def test_mirrored_inputs_give_mirrored_cells_to_the_bit(
    name: str, full: Size, cells: Size, eighths: list[int]
) -> None:
    grid, xy = alignment(name, full, cells), np.array(eighths) / 8
    mirrored = grid.to_cell(np.array(full) - 1 - xy)
    np.testing.assert_array_equal(np.array(cells) - 1 - mirrored, grid.to_cell(xy))


@pytest.mark.parametrize("name", OWN)
@few
@given(size=sizes, xy=points)
def test_a_map_of_the_inputs_own_size(name: str, size: Size, xy: NDArray[np.float64]) -> None:
    """Pixels are cells but for cell-center, whose cell 0 lies half a cell in."""
    cells = alignment(name, size, size).to_cell(xy)
    offset = -0.5 if name == "cell-center" else 0.0
    np.testing.assert_allclose(cells, xy + offset, rtol=0, atol=2.0**-37 + 8 * EPS * 8192)


def test_the_corners_of_a_map() -> None:
    edges = np.array([[-0.5, -0.5], [191.5, 255.5]])
    cells = alignment("half-pixel", (192, 256), (48, 64)).to_cell(edges)
    np.testing.assert_array_equal(cells, [[-0.5, -0.5], [47.5, 63.5]])
    corners = np.array([[0.0, 0.0], [191.0, 255.0]])
    cells = alignment("align-corners", (192, 256), (48, 64)).to_cell(corners)
    np.testing.assert_array_equal(cells, [[0, 0], [47, 63]])


def test_one_cell_covers_the_whole_input() -> None:
    grid = alignment("half-pixel", (224, 224), (1, 1))
    np.testing.assert_array_equal(grid.to_cell(np.array([111.5, 111.5])), [0, 0])
    with pytest.raises(SpecError, match="cannot place 1x1 cells on 224x224 px; use half-pixel"):
        alignment("align-corners", (224, 224), (1, 1))


def test_mmpose_udp_does_not_invert_itself() -> None:
    """(w-1)/(W-1) forward, w/(W-1) back: exact at 0, a whole pixel off at the far corner."""
    grid = alignment("mmpose-udp", (192, 256), (48, 64))
    xy = np.array([[0.0, 0.0], [95.5, 127.5], [191.0, 255.0]])
    # Its strides are float32: 2^-24 of 255 px.
    np.testing.assert_allclose(grid.to_input(grid.to_cell(xy)) - xy, [[0, 0], [0.5, 0.5], [1, 1]], atol=2e-5)


def test_an_unknown_alignment() -> None:
    expected = "align: 'half' is not an alignment; use one of half-pixel, stride, cell-center, align-corners"
    with pytest.raises(SpecError, match=f"^{expected}"):
        alignment("half", (8, 8), (4, 4))
