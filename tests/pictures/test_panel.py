"""How large a picture of an input is drawn."""

from __future__ import annotations

import pytest

from kp2heat.pictures.panel import panel_of


@pytest.mark.parametrize(
    ("input_size", "side", "size"),
    [
        ((200, 100), 100, (100, 50)),
        ((200, 100), 150, (150, 75)),
        ((200, 100), 190, (200, 100)),  # hardly larger: pixel for pixel
        ((200, 100), 200, (200, 100)),
        ((200, 100), 310, (300, 150)),  # enlarged in steps of a half
        ((200, 100), 400, (400, 200)),
        ((1000, 1), 100, (100, 1)),
    ],
)
def test_the_longer_side_is_as_asked_for(
    input_size: tuple[int, int], side: int, size: tuple[int, int]
) -> None:
    assert panel_of(input_size, side).size == size
