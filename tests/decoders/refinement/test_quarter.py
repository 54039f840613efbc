"""The two steps of a quarter cell, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.contracts import Level
from kp2heat.decoders import decode
from kp2heat.frame import alignment

LEVEL = Level((5, 5), 1.0, alignment("half-pixel", (5, 5), (5, 5)))


def place(method: str, cells: dict[tuple[int, int], float]) -> list[float]:
    maps = np.zeros((1, 1, 5, 5), np.float32)
    for (x, y), value in cells.items():
        maps[0, 0, y, x] = value
    return decode(method, {"heatmaps": maps}, LEVEL).xy[0, 0].tolist()


@pytest.mark.parametrize(
    ("cells", "want"),
    [
        ({(2, 2): 1, (3, 2): 0.5, (2, 1): 0.2}, [2.25, 1.75]),
        ({(2, 2): 1}, [2, 2]),
        ({(1, 1): 1, (2, 1): 0.5, (1, 2): 0.5}, [1.25, 1.25]),
        ({(0, 2): 1, (1, 2): 0.5, (0, 3): 0.5}, [0, 2.25]),
        ({(4, 4): 1, (3, 4): 0.5}, [4, 4]),
    ],
)
def test_towards_the_larger_neighbour_where_both_exist(
    cells: dict[tuple[int, int], float], want: list[float]
) -> None:
    assert place("quarter", cells) == want


def test_unsigned_maps_do_not_wrap() -> None:
    maps = np.zeros((1, 1, 5, 5), np.uint8)
    maps[0, 0, 2, 1:4] = 200, 255, 100
    assert decode("quarter", {"heatmaps": maps}, LEVEL).xy[0, 0, 0] == 1.75


def test_towards_the_second_maximum_of_the_map() -> None:
    assert place("standard", {(1, 1): 1, (4, 1): 0.5}) == [1.25, 1]
    x, y = place("standard", {(1, 1): 1, (2, 2): 0.5})
    assert x == y == pytest.approx(1 + 0.25 / np.sqrt(2))
    assert place("standard", {(1, 1): 1}) == [1, 1]
