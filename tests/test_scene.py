"""What is drawn and what it weighs: hidden joints, joints outside the input, joints that are not there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kp2heat.errors import InputError, SpecError
from kp2heat.scene import OUTSIDE, Scene, hidden_policy, make_scene, outside_input
from kp2heat.skeleton import Skeleton

INPUT = (20, 10)
NAMES = ("nose", "left_eye", "right_eye")
HIDDEN = {"gaussian": (True, 1.0), "zero": (False, 0.0), "weight=0.5": (True, 0.5), "weight=0": (True, 0.0)}


def scene_of(xy: Any, visible: Any, **policies: Any) -> Scene:
    return make_scene(Skeleton(NAMES), INPUT, np.array(xy, float), np.asarray(visible), **policies)


@pytest.mark.parametrize("outside", ["drop", "partial", "clip"])
@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("v", [0, 1, 2])
@pytest.mark.parametrize("x", [5.0, 25.0])
def test_every_combination(x: float, v: int, hidden: str, outside: str) -> None:
    scene = scene_of([[[x, 4.0]] * 3], [[v] * 3], hidden=hidden, outside=outside)
    drawn, weight = {0: (False, 0.0), 1: HIDDEN[hidden], 2: (True, 1.0)}[v]
    if x > 19.5 and outside == "drop":
        drawn, weight = False, 0.0
    moved = 19.5 if x > 19.5 and outside == "clip" else x
    assert scene.drawn.tolist() == [[drawn] * 3]
    assert scene.weight.tolist() == [[weight] * 3]
    np.testing.assert_array_equal(scene.xy, [[[moved, 4.0] if v else [np.nan, np.nan]] * 3])
    assert scene.weight.dtype == np.float32
    assert scene.visible.tolist() == [[v] * 3]


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("v", [1, 2])
def test_a_labelled_joint_outside_is_refused(v: int, hidden: str) -> None:
    with pytest.raises(InputError) as caught:
        scene_of(
            [[[1, 1]] * 3, [[1, 1], [20.25, -3], [99, 99]]],
            [[2] * 3, [2, v, 2]],
            hidden=hidden,
            outside="error",
        )
    assert str(caught.value) == (
        "instance 1, left_eye: (20.25, -3.00) lies outside the 20x10 input; "
        "correct it, or choose --outside drop, partial or clip"
    )


def test_an_unlabelled_joint_outside_is_not_refused() -> None:
    xy = [[[99, 99], [np.nan, np.nan], [np.inf, 3]]]
    scene = scene_of(xy, [[0, 2, 2]], outside="error")
    assert not scene.drawn.any()


@pytest.mark.parametrize(
    ("xy", "beyond"),
    [
        ((-0.5, -0.5), False),
        ((19.5, 9.5), False),
        ((0, 0), False),
        ((-0.501, 3), True),
        ((19.501, 3), True),
        ((3, -0.501), True),
        ((3, 9.501), True),
        ((np.nan, np.nan), False),
    ],
)
def test_the_input_covers_its_pixels_to_their_edges(xy: tuple[float, float], beyond: bool) -> None:
    assert outside_input(np.array(xy), INPUT) == beyond


@pytest.mark.parametrize("outside", OUTSIDE)
@pytest.mark.parametrize("hole", [(np.nan, np.nan), (np.nan, 3.0), (3.0, np.inf), (-np.inf, 3.0)])
def test_a_joint_without_a_place_counts_as_unlabelled(hole: tuple[float, float], outside: str) -> None:
    scene = scene_of([[hole, [3.0, 3.0], hole]], [[2, 2, 1]], outside=outside)
    assert scene.drawn.tolist() == [[False, True, False]]
    assert scene.weight.tolist() == [[0, 1, 0]]
    np.testing.assert_array_equal(np.isnan(scene.xy[0, :, 0]), [True, False, True])


def test_visibilities_may_be_floats() -> None:
    """Above 0 is labelled, 1 is hidden, NaN is nothing."""
    scene = scene_of([[[3.0, 3.0]] * 3], [[0.5, 1.0, np.nan]], hidden="weight=0.25")
    assert scene.weight.tolist() == [[1, 0.25, 0]]
    assert scene.drawn.tolist() == [[True, True, False]]


@pytest.mark.parametrize(
    ("xy", "clipped"),
    [((-7, 4), (-0.5, 4)), ((30, 40), (19.5, 9.5)), ((3, -9), (3, -0.5)), ((3, 4), (3, 4))],
)
def test_clipping_moves_to_the_nearest_point_of_the_edge(xy: Any, clipped: Any) -> None:
    scene = scene_of([[xy] * 3], [[2] * 3], outside="clip")
    np.testing.assert_array_equal(scene.xy[0, 0], clipped)
    assert scene.weight.all()
    assert scene.drawn.all()


@pytest.mark.parametrize("outside", OUTSIDE)
def test_the_callers_arrays_are_not_edited(outside: str) -> None:
    xy, visible = np.full((1, 3, 2), 3.0), np.array([[0, 1, 2]], np.uint8)
    xy[0, 0] = np.nan
    before = xy.copy(), visible.copy()
    make_scene(Skeleton(NAMES), INPUT, xy, visible, hidden="zero", outside=outside)
    np.testing.assert_array_equal(xy, before[0])
    np.testing.assert_array_equal(visible, before[1])


def test_one_sample_an_instance_unless_told_otherwise() -> None:
    scene = scene_of(np.zeros((4, 3, 2)), np.full((4, 3), 2))
    assert scene.samples == 4
    assert scene.sample.tolist() == [0, 1, 2, 3]
    assert np.isnan(scene.bbox).all()
    assert scene.per_sample(scene.weight) is scene.weight


def test_the_greatest_weight_of_a_samples_people() -> None:
    scene = scene_of(
        np.zeros((3, 3, 2)),
        [[1, 2, 0], [1, 1, 0], [2, 0, 0]],
        hidden="weight=0.5",
        sample=np.array([0, 0, 2]),
        samples=3,
    )
    assert scene.per_sample(scene.weight).tolist() == [[0.5, 1, 0], [0, 0, 0], [1, 0, 0]]


def test_as_many_people_as_samples_but_not_one_each() -> None:
    scene = scene_of(np.zeros((2, 3, 2)), [[1, 2, 0], [2, 0, 0]], sample=np.zeros(2, np.int64), samples=2)
    assert not scene.one_per_sample
    assert scene.per_sample(scene.weight).tolist() == [[1, 1, 0], [0, 0, 0]]


def test_a_part_is_the_scene_of_its_samples() -> None:
    xy = np.arange(24.0).reshape(4, 3, 2) / 4
    scene = scene_of(xy, np.full((4, 3), 2), sample=np.array([0, 0, 2, 3]), samples=4)
    part = scene.take(1, 3)
    assert (part.samples, part.sample.tolist()) == (2, [1])
    np.testing.assert_array_equal(part.xy, xy[2:3])
    assert len(part.weight) == len(part.drawn) == len(part.outside) == len(part.bbox) == 1


@pytest.mark.parametrize("outside", ["drop", "partial", "clip"])
def test_outside_is_known_whatever_becomes_of_the_joint(outside: str) -> None:
    scene = scene_of([[[25.0, 4.0], [5.0, 4.0], [25.0, 4.0]]], [[2, 2, 0]], outside=outside)
    assert scene.outside.tolist() == [[True, False, False]]


def test_nobody() -> None:
    scene = scene_of(np.zeros((0, 3, 2)), np.zeros((0, 3)), outside="error", samples=2)
    assert scene.per_sample(scene.weight).tolist() == [[0, 0, 0]] * 2


@pytest.mark.parametrize(
    "text", ["", "weight", "weight=", "weight=x", "weight=-1", "weight=nan", "weight=inf", "w=1"]
)
def test_what_is_no_policy_for_hidden_joints(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        hidden_policy(text)
    assert (
        str(caught.value)
        == f"hidden: '{text}' is not a policy for hidden joints; use gaussian, zero or weight=0.5"
    )


def test_what_is_no_policy_for_joints_outside() -> None:
    with pytest.raises(SpecError) as caught:
        scene_of(np.zeros((1, 3, 2)), [[2] * 3], outside="crop")
    assert str(caught.value) == (
        "outside: 'crop' is not a policy for joints outside the input; use one of drop, partial, clip, error"
    )
