"""Joints are found by name, however it is spelled."""

from __future__ import annotations

import pytest

from kp2heat.metrics.normalisers import joint
from kp2heat.skeleton import Skeleton


@pytest.mark.parametrize("spelling", ["left_hip", "leftHip", "LeftHip", "LHip", "l_hip", "Left-Hip", "L Hip"])
def test_spellings_of_one_joint(spelling: str) -> None:
    assert joint(Skeleton(("nose", spelling, "right_hip")), "left_hip") == 1
