"""Left/right partners read off joint names, the JSON form, COCO's sigmas."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kp2heat.skeleton import COCO_NAMES, COCO_SIGMAS, Skeleton, swap_from_names, unpaired_sides

PAIRS = [
    ("left_eye", "right_eye"),
    ("LEFT_EYE", "RIGHT_EYE"),
    ("Left Eye", "Right Eye"),
    ("left-eye", "right-eye"),
    ("leftEye", "rightEye"),
    ("LeftEye", "RightEye"),
    ("eyeLeft", "eyeRight"),
    ("eye.left", "eye.right"),
    ("l_hip", "r_hip"),
    ("L_Hip", "R_Hip"),
    ("hip_l", "hip_r"),
    ("Hip.L", "Hip.R"),
    ("L-hip", "R-hip"),
    ("l hip", "r hip"),
    ("L_F_elbow", "R_F_elbow"),
    ("hand_l_1", "hand_r_1"),
    ("thumb_l1", "thumb_r1"),
    ("LHip", "RHip"),
    ("LBigToe", "RBigToe"),
    ("lHip", "rHip"),
    ("eyeL", "eyeR"),
    ("forelegL4", "forelegR4"),
    ("L", "R"),
    ("l1", "r1"),
    ("Lforepaw", "Rforepaw"),
    ("LANK", "RANK"),
    ("mouth_lt", "mouth_rt"),
    ("lt_hip", "rt_hip"),
    ("LF_paw", "RF_paw"),
    ("lknee", "rknee"),
    ("left", "right"),
    ("left_hand_left_edge", "right_hand_right_edge"),
]

WITHOUT_SIDE = [
    ("nose", "neck"),
    ("Lear", "Rear"),
    ("lip", "rip"),
    ("ball", "barr"),
    ("shell", "sherr"),
    ("modelA", "moderA"),
    ("ALL", "ARR"),
]


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_partners_in_many_spellings(left: str, right: str) -> None:
    assert swap_from_names((left, "nose", right)) == (2, 1, 0)
    assert swap_from_names((right, left)) == (1, 0)


@pytest.mark.parametrize("names", WITHOUT_SIDE)
def test_letters_inside_a_word_are_no_side(names: tuple[str, str]) -> None:
    assert swap_from_names(names) == (0, 1)


def test_a_side_without_its_partner_stays_where_it_is() -> None:
    assert swap_from_names(("left_eye", "nose", "right_ear")) == (0, 1, 2)


def test_first_letters_before_vowels_count_where_several_pairs_have_them() -> None:
    assert swap_from_names(("Lear", "Rear", "tail")) == (0, 1, 2)
    assert swap_from_names(("Lear", "Rear", "tail", "Leye", "Reye")) == (1, 0, 2, 4, 3)


@pytest.mark.parametrize(
    ("names", "unpaired"),
    [
        (("left_eye", "nose", "right_ear"), ("left_eye", "right_ear")),
        (("Lear", "Rear", "tail"), ("Lear", "Rear")),
        (("paw1LH_top", "paw4RH_top", "tail"), ("paw1LH_top", "paw4RH_top")),
        (("mouth_lt", "nose"), ("mouth_lt",)),
        (COCO_NAMES, ()),
        (("lip", "rim", "neck", "LEG1"), ()),
    ],
)
def test_names_that_look_sided_and_have_no_partner(names: tuple[str, ...], unpaired: tuple[str, ...]) -> None:
    assert unpaired_sides(Skeleton(names)) == unpaired


def test_coco() -> None:
    skeleton = Skeleton(COCO_NAMES)
    assert skeleton.swap == (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15)
    assert skeleton.sigmas == COCO_SIGMAS
    for k, partner in enumerate(skeleton.swap):
        assert COCO_SIGMAS[k] == COCO_SIGMAS[partner], "both sides of a body are alike"


def test_coco_sigmas_as_published() -> None:
    """cocodataset.org gives them ten times as large, joint by joint from the nose to the ankles."""
    tens = [0.26, 0.25, 0.35, 0.79, 0.72, 0.62, 1.07, 0.87, 0.89]
    assert [COCO_SIGMAS[0], *COCO_SIGMAS[1::2]] == pytest.approx([t / 10 for t in tens], abs=1e-12)
    assert len(COCO_SIGMAS) == len(COCO_NAMES) == 17


def test_other_names_have_no_sigmas_of_their_own() -> None:
    assert Skeleton(COCO_NAMES[:-1]).sigmas == ()
    assert Skeleton(COCO_NAMES, sigmas=(0.1,) * 17).sigmas == (0.1,) * 17


def test_a_given_swap_is_kept() -> None:
    assert Skeleton(("left_a", "right_a", "b"), swap=(0, 2, 1)).swap == (0, 2, 1)


def test_numbered() -> None:
    skeleton = Skeleton.numbered(12)
    assert skeleton.names[:2] + skeleton.names[-1:] == ("joint_0", "joint_1", "joint_11")
    assert len(skeleton) == 12
    assert skeleton.swap == tuple(range(12))


marks = st.sampled_from(["left", "right", "l", "r", "L", "R", "eye", "Hip", "_", ".", " ", "1"])
words = st.lists(marks, min_size=1, max_size=5).map("".join)


@given(st.lists(words, unique=True, max_size=12))
def test_a_swap_is_its_own_inverse(names: list[str]) -> None:
    swap = swap_from_names(names)
    assert [swap[partner] for partner in swap] == list(range(len(names)))


@given(st.lists(words, unique=True, min_size=1, max_size=12), st.data())
def test_json_round_trip(names: list[str], data: st.DataObject) -> None:
    joint = st.integers(0, len(names) - 1)
    skeleton = Skeleton(
        tuple(names),
        limbs=tuple(data.draw(st.lists(st.tuples(joint, joint), max_size=4))),
        sigmas=tuple(data.draw(st.sampled_from([[], [0.05] * len(names)]))),
        groups=tuple(tuple(g) for g in data.draw(st.lists(st.lists(joint, max_size=3), max_size=3))),
    )
    assert Skeleton.from_json(json.loads(json.dumps(skeleton.to_json()))) == skeleton


def test_json_needs_names_only() -> None:
    assert Skeleton.from_json({"names": ["left_a", "right_a"]}) == Skeleton(("left_a", "right_a"))
