"""A joint's colour says its side, however the sides are named and whichever comes first."""

from __future__ import annotations

import pytest

from kp2heat.pictures.colours import LEFT, MIDDLE, RIGHT, joint_colours
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
