"""Groups of joints: every way to write them, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from kp2heat.errors import SpecError
from kp2heat.skeleton import Skeleton
from kp2heat.skeleton.groups import joint_groups

FACE = Skeleton(("left_eye", "right_eye", "nose", "mouth", "chin"))


@pytest.mark.parametrize(
    ("written", "names", "members"),
    [
        ("eyes=1,2;mouth=4", ("eyes", "mouth"), ((0, 1), (3,))),
        ("eyes=left_eye,right_eye; low = 3-5", ("eyes", "low"), ((0, 1), (2, 3, 4))),
        ({"eyes": [1, "right_eye"], "chin": "chin"}, ("eyes", "chin"), ((0, 1), (4,))),
        ([[0, 1], ["nose"]], ("left_eye+right_eye", "nose"), ((0, 1), (2,))),
    ],
)
def test_ways_to_write_groups(written: Any, names: tuple[str, ...], members: Any) -> None:
    groups = joint_groups(written, FACE)
    assert groups.names == names
    assert groups.members == members


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("eyes", "'eyes' is not a group"),
        (" ", "' ' names no group"),
        (";", "';' names no group"),
        ("eyes=", "eyes has no joints"),
        ("eyes=0", "there is no joint 0; use names, or numbers from 1 to 5"),
        ("eyes=1,6", "there is no joint 6"),
        ("eyes=ear", "there is no joint 'ear'"),
        ("eyes=1,left_eye", "eyes lists joint left_eye twice"),
        ("eyes=1;eyes=2", "'eyes' is given twice"),
        ("nose=1,2", "'nose' is the name of a joint, too"),
        ("skeleton", "the skeleton names no groups"),
        ([[5]], "there is no joint 5; use names, or numbers from 0 to 4"),
    ],
)
def test_what_is_refused(written: Any, found: str) -> None:
    with pytest.raises(SpecError, match="groups") as refused:
        joint_groups(written, FACE)
    assert found in str(refused.value)


def test_a_number_that_is_another_joints_name_is_ambiguous() -> None:
    with pytest.raises(SpecError, match="2 is the name of joint 1 and the number of '1'"):
        joint_groups("a=2", Skeleton(("2", "1")))
    assert joint_groups("a=2", Skeleton(("1", "2"))).members == ((1,),)


def test_groups_of_a_skeleton_keep_their_names() -> None:
    skeleton = Skeleton(FACE.names, groups=((0, 1), (3,)), group_names=("eyes", "mouth"))
    assert Skeleton.from_json(skeleton.to_json()) == skeleton
    assert joint_groups("skeleton", skeleton).names == ("eyes", "mouth")
