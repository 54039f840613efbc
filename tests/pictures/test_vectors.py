"""Arrows start at their cell and end at their joint; a vector's peak is drawn where its joint is."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.frame import alignment
from kp2heat.pictures.colours import wheel_colours
from kp2heat.pictures.panel import Panel
from kp2heat.pictures.vectors import draw_axis_curves, draw_offsets, draw_stars, draw_wheel, field_overlay
from kp2heat.skeleton import Skeleton

PANEL = Panel((64, 48), (64, 48))
GRID = alignment("stride", (64, 48), (8, 6))


@pytest.mark.parametrize(("vector", "turns"), [((1, 0), 0), ((0, 1), 0.25), ((-1, 0), 0.5), ((0, -1), 0.75)])
def test_the_hue_of_a_field_is_its_direction(vector: tuple[int, int], turns: float) -> None:
    field = np.zeros((2, 6, 8))
    field[:, 2, 3] = vector
    half_pixel = alignment("half-pixel", (64, 48), (8, 6))
    drawn = field_overlay(np.zeros((48, 64, 3), np.uint8), field, half_pixel, PANEL)
    expected = 0.9 * wheel_colours(np.array(turns), np.array(1.0))
    np.testing.assert_allclose(drawn[20, 28], expected, atol=1)
    assert drawn.any(axis=2).sum() == 64, "the cell's 8x8 pixels, and no others"


@pytest.mark.parametrize(("vector", "turns"), [((1, 0), 0), ((0, 1), 0.25), ((-1, 0), 0.5), ((0, -1), 0.75)])
def test_the_key_of_a_field_shows_its_hues(vector: tuple[int, int], turns: float) -> None:
    """Half way from the middle of a wheel of 18 px, 25 px from the canvas's lower right corner."""
    canvas = np.zeros((120, 100, 3), np.uint8)
    draw_wheel(canvas)
    shown = canvas[120 - 25 + 9 * vector[1], 100 - 25 + 9 * vector[0]]
    np.testing.assert_allclose(shown, wheel_colours(np.array(turns), np.array(1.0)), atol=1)


@pytest.mark.parametrize("vector", [(20.0, 0.0), (0.0, -12.0), (-16.0, 10.0), (0.9, 0.3)])
def test_an_arrow_goes_from_its_cell_to_its_joint(vector: tuple[float, float]) -> None:
    """In units of a quarter pixel; of two joints the one that is farther away."""
    offsets = np.zeros((4, 6, 8))
    offsets[:2, 3, 4], offsets[2:, 3, 4] = 4 * np.array(vector), -np.array(vector)
    canvas = np.zeros((48, 64, 3), np.uint8)
    draw_offsets(canvas, offsets, GRID, PANEL, np.array([0.25, 0.25]))
    y, x = np.nonzero(canvas.any(axis=2))
    start, step = np.array([32, 24]), np.array(vector)
    low, high = start + np.minimum(step, 0), start + np.maximum(step, 0)
    assert ((x >= low[0] - 6) & (x <= high[0] + 6) & (y >= low[1] - 6) & (y <= high[1] + 6)).all()
    for at in (start, np.rint(start + step).astype(int)):
        assert canvas[at[1] - 1 : at[1] + 2, at[0] - 1 : at[0] + 2].any()
    turns = np.arctan2(vector[1], vector[0]) / (2 * np.pi)
    brightest = canvas[y, x][canvas[y, x].astype(int).sum(axis=1).argmax()].astype(float)
    colour = wheel_colours(np.array(turns), np.array(1.0)).astype(float)
    np.testing.assert_allclose(brightest / brightest.max(), colour / colour.max(), atol=0.1)


def test_a_star_leads_from_the_middle_of_a_patch_to_every_joint() -> None:
    """Offsets in px of a patch of 3x3 cells round the cell (4, 3), at 32, 24 px, to two joints."""
    offsets, joints = np.zeros((4, 6, 8)), np.array([[52.0, 24.0], [32.0, 8.0]])
    y, x = np.mgrid[2:5, 3:6]
    for k, joint in enumerate(joints):
        offsets[2 * k, 2:5, 3:6], offsets[2 * k + 1, 2:5, 3:6] = joint[0] - 8 * x, joint[1] - 8 * y
    canvas = np.zeros((48, 64, 3), np.uint8)
    skeleton = Skeleton(("a", "b"))
    draw_stars(canvas, offsets, GRID, PANEL, np.ones(2), skeleton)
    drawn = canvas.any(axis=2)
    for at in ((32, 24), *joints.astype(int)):
        assert drawn[at[1] - 2 : at[1] + 3, at[0] - 2 : at[0] + 3].any()
    assert not drawn[30:].any(), "from the middle alone, not from the other cells of the patch"
    assert not drawn[:, :24].any()


def test_vectors_along_the_axes_peak_at_their_joint() -> None:
    across, down = np.zeros((1, 8)), np.zeros((1, 6))
    across[0, 3], down[0, 2] = 1, 1
    canvas = np.zeros((48, 64, 3), np.uint8)
    draw_axis_curves(canvas, across, down, GRID, PANEL, np.array([[0, 255, 0]], np.uint8))
    lower, right = canvas.copy(), canvas.copy()
    lower[:36], right[:, :48] = 0, 0  # the curves fill 22 % of the panel
    for part, axis, at in ((lower, 0, 24), (right, 1, 16)):
        y, x = np.nonzero((part[..., 1] > 100) & (part[..., 0] == 0))
        farthest = (y if axis == 0 else x).argmin()
        assert abs((x if axis == 0 else y)[farthest] - at) <= 1
