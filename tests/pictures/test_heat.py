"""Maps lie over the picture where their alignment says: the brightest place is the joint."""

from __future__ import annotations

import numpy as np
import pytest

import kp2heat
from kp2heat.frame import ALIGNMENTS, alignment
from kp2heat.pictures.heat import colour_bar, merged_heat, overlay
from kp2heat.pictures.panel import Panel, panel_of

pytest.importorskip("cv2")

INPUT = (256, 192)


def brightest(picture: np.ndarray) -> np.ndarray:
    """The middle (x, y) of the brightest pixels of an RGB picture."""
    light = picture.astype(int).sum(axis=-1)
    y, x = np.nonzero(light == light.max())
    return np.array([x.mean(), y.mean()])


@pytest.mark.parametrize("stride", [4, 8, 16, 32])
@pytest.mark.parametrize("name", ALIGNMENTS)
def test_the_brightest_place_is_within_half_an_input_pixel(name: str, stride: int) -> None:
    rng = np.random.default_rng(stride + 1)
    size = (INPUT[0] // stride, INPUT[1] // stride)
    # Pixel 1 of these grids is the first one on the map.
    least = stride if name.startswith("one-based") else 0
    panel = Panel(INPUT, (2 * INPUT[0], 2 * INPUT[1]))
    for xy in rng.uniform(least - 0.5, (255.5, 191.5), (2, 2)):
        planes = kp2heat.encode(
            xy[None, None], codec="gaussian", input_size=INPUT, size=size, align=name, sigma=1.5, dtype="f16"
        )
        heat = merged_heat(planes["heatmaps"][0], alignment(name, INPUT, size), panel)
        y, x = np.unravel_index(heat.argmax(), heat.shape)
        assert np.abs(panel.to_input(np.array([x, y], float)) - xy).max() <= 0.5
        picture = overlay(panel.backdrop(None, dimmed=True), heat)
        assert np.abs(panel.to_input(brightest(picture)) - xy).max() <= 0.5
        assert heat.max() == pytest.approx(1, abs=2e-3)


def test_several_maps_show_the_greater_value() -> None:
    xy = np.array([[[60.0, 60.0], [180.0, 120.0]]])
    planes = kp2heat.encode(xy, input_size=INPUT, size=(64, 48))
    panel, grid = Panel(INPUT, INPUT), alignment("half-pixel", INPUT, (64, 48))
    both = merged_heat(planes["heatmaps"][0], grid, panel)
    each = [merged_heat(planes["heatmaps"][0, k : k + 1], grid, panel) for k in (0, 1)]
    np.testing.assert_allclose(both, np.maximum(*each), atol=1e-6)


def test_cells_are_flat_and_discs_are_cells() -> None:
    maps = np.zeros((1, 6, 8), np.float32)
    maps[0, 2, 3] = 1
    heat = merged_heat(maps, alignment("half-pixel", (64, 48), (8, 6)), Panel((64, 48), (64, 48)))
    expected = np.zeros((48, 64))
    expected[16:24, 24:32] = 1
    assert (heat == expected).all()


def test_empty_and_broken_maps_draw_nothing() -> None:
    panel, grid = Panel((64, 48), (64, 48)), alignment("stride", (64, 48), (8, 6))
    for value in (0.0, -1.0, np.nan):
        assert not merged_heat(np.full((2, 6, 8), value, np.float32), grid, panel).any()
    backdrop = panel.backdrop(np.full((48, 64, 3), 200, np.uint8), dimmed=True)
    assert (overlay(backdrop, np.zeros((48, 64), np.float32)) == backdrop).all()


def test_the_bar_grows_lighter_from_left_to_right() -> None:
    row = colour_bar(200, "value", 14)[7, 1:-1].astype(float) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(row) >= -1.0).all()
    assert row[-1] - row[0] > 200


@pytest.mark.parametrize("side", [64, 200, 256, 400, 1000])
@pytest.mark.parametrize("size", [(224, 224), (192, 256), (1024, 768)])
def test_a_panel_maps_both_ways(size: tuple[int, int], side: int) -> None:
    panel = panel_of(size, side)
    xy = np.array([[-0.5, -0.5], [size[0] - 0.5, size[1] - 0.5], [3.25, 4.5]])
    np.testing.assert_allclose(panel.to_panel(xy)[1], np.array(panel.size) - 0.5)
    np.testing.assert_allclose(panel.to_input(panel.to_panel(xy)), xy)
    assert max(panel.size) <= 1.3 * side
