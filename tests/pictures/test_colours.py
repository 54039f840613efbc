"""A joint's colour says its side, however the sides are named and whichever comes first."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.pictures.colours import LEFT, MIDDLE, RIGHT, joint_colours, wheel_colours
from kp2heat.skeleton import Skeleton


@pytest.mark.parametrize(
    ("names", "swap", "colours"),
    [
        (("right_eye", "left_eye", "nose"), (1, 0, 2), (RIGHT, LEFT, MIDDLE)),
        (("r_ankle", "l_ankle", "neck"), (1, 0, 2), (RIGHT, LEFT, MIDDLE)),
        (("LHip", "RHip", "Pelvis"), (1, 0, 2), (LEFT, RIGHT, MIDDLE)),
        (("p0", "p1", "p2"), (0, 2, 1), (MIDDLE, LEFT, RIGHT)),
    ],
)
def test_sides(
    names: tuple[str, ...], swap: tuple[int, ...], colours: tuple[tuple[int, int, int], ...]
) -> None:
    assert [tuple(colour) for colour in joint_colours(Skeleton(names, swap=swap)).tolist()] == [*colours]


def test_the_wheel_goes_from_red_over_green_and_blue_and_dims_to_black() -> None:
    turns, strength = np.array([0, 1 / 3, 2 / 3, 1, -1 / 3, 0, 0, 0]), np.array([1, 1, 1, 1, 1, 0.5, 0, 2])
    pure = wheel_colours(turns, strength, saturation=1.0)
    assert pure.tolist() == [
        *([255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 0, 0], [0, 0, 255]),
        *([128, 0, 0], [0, 0, 0], [255, 0, 0]),
    ]
    assert wheel_colours(np.array(0.0), np.array(1.0), saturation=0.8).tolist() == [255, 51, 51]
