"""The augmenting affine: what moves where, and CPM's own vectors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kp2heat.drawing.mirror import mirrored
from kp2heat.frame import crop, letterbox
from kp2heat.pipeline.training.augment import Augment, Choice, augment_preset, choose
from kp2heat.pipeline.training.augment_geometry import (
    affine,
    augmented,
    border_within,
    compose,
    half_body_box,
    middle,
    published_cpm,
)
from kp2heat.skeleton import COCO_NAMES, Skeleton
from tests.shared import golden

SIZE = (192, 256)
ALIGNS = ("half-pixel", "stride", "cell-center", "align-corners")
COCO = Skeleton(COCO_NAMES)


def moved(matrix: np.ndarray, xy: np.ndarray) -> np.ndarray:
    return np.asarray(xy @ matrix[:, :2].T + matrix[:, 2])


@pytest.mark.parametrize("align", ALIGNS)
def test_the_middle_of_the_crop_is_where_the_frame_puts_the_boxs_centre(align: str) -> None:
    box = np.array([[30.0, 40.0, 90.0, 120.0]])
    matrix = crop(box, SIZE, 1.25, align).matrix[0]
    edge = 0.5 if align == "half-pixel" else 0.0  # a box's numbers are edges of pixels on that grid only
    assert moved(matrix, np.array([75.0, 100.0]) - edge) == pytest.approx(middle(SIZE, align), abs=1e-9)


@given(rotate=st.floats(-180, 180), zoom=st.floats(0.3, 3), flip=st.booleans(), align=st.sampled_from(ALIGNS))
def test_the_middle_stays_and_lengths_grow_by_the_zoom(
    rotate: float, zoom: float, flip: bool, align: str
) -> None:
    matrix = affine(Choice(rotate, zoom, flip=flip), SIZE, align)
    centre = middle(SIZE, align)
    assert moved(matrix, centre) == pytest.approx(centre, abs=1e-9)
    assert np.abs(np.linalg.det(matrix[:, :2])) == pytest.approx(zoom**2)
    assert np.linalg.norm(matrix[:, 0]) == pytest.approx(zoom)
    assert mirrored(matrix) == flip


def test_a_positive_rotation_turns_the_picture_counter_clockwise() -> None:
    right = middle(SIZE, "half-pixel") + np.array([10, 0])
    assert moved(affine(Choice(rotate=90), SIZE, "half-pixel"), right) == pytest.approx([95.5, 117.5])


def test_the_crop_moves_right_and_down_so_the_person_moves_left_and_up() -> None:
    matrix = affine(Choice(shift=(0.25, 0.5)), SIZE, "half-pixel")
    assert moved(matrix, np.array([100.0, 200.0])) == pytest.approx([100 - 48, 200 - 128])


def test_a_mirror_on_symmetric_grids_is_w_minus_1_minus_x() -> None:
    for align in ("half-pixel", "align-corners"):
        matrix = affine(Choice(flip=True), SIZE, align)
        assert moved(matrix, np.array([3.25, 7.0])).tolist() == [191 - 3.25, 7.0]


def test_compose_does_the_inner_first() -> None:
    inner = crop(np.array([[10.0, 20.0, 64.0, 64.0]]), (64, 64), 1.0, "half-pixel").matrix[0]
    outer = affine(Choice(rotate=30, zoom=1.2), (64, 64), "half-pixel")
    points = np.array([[12.0, 30.0], [50.5, 61.25]])
    assert moved(compose(outer, inner), points) == pytest.approx(moved(outer, moved(inner, points)))


@pytest.mark.parametrize("case", range(4))
def test_cpm_augments_as_its_data_transformer_does(case: int) -> None:
    vectors = np.load(golden("systems", "cpm_augment_keypoints.npz"))
    g = {key[3:]: vectors[key] for key in vectors if key.startswith(f"c{case}_")}
    flip = bool(g["flip"])
    matrix = published_cpm(
        tuple(g["img_w_h"]),
        g["objpos_in"],
        float(g["scale_self"]),
        scale=float(g["scale_mult"]),
        rotate=float(g["degree"]),
        flip=flip,
    )
    pairs = [0, 1, 5, 6, 7, 2, 3, 4, 11, 12, 13, 8, 9, 10]
    joints = g["kpts_in"][pairs] if flip else g["kpts_in"]
    assert moved(matrix, joints) == pytest.approx(g["kpts_out"], abs=2e-4)  # float32 at 600 px
    assert moved(matrix, g["objpos_in"]) == pytest.approx(g["objpos_out"], abs=2e-4)


def test_the_cpm_preset_is_cpms_own_but_for_the_rounded_centre() -> None:
    center, scale_self = np.array([130.3, 210.8]), 1.3
    side = 368 * scale_self / 1.171
    box = np.array([[*(center + 0.5 - side / 2), side, side]])
    choice = Choice(rotate=25, zoom=0.8, flip=True)
    frame = crop(box, (368, 368), 1.0, "half-pixel").matrix[0]
    corrected = augmented(Augment(), choice, frame, (368, 368), "half-pixel")
    published = published_cpm((400, 600), center, scale_self, scale=0.8, rotate=25, flip=True)
    assert corrected[:, :2] == pytest.approx(published[:, :2])
    # Half a pixel of a rounded centre, and half a pixel more: CPM's middle is 184, that of 368 px is 183.5.
    assert np.abs(moved(corrected, center) - moved(published, center)).max() <= 1 + 1e-9


IMAGES = ((640, 427), (333, 500), (200, 120), (51, 700))


def centernet(c: np.ndarray, s: float, rotate: float, flip: bool, width: int, side: int) -> np.ndarray:
    """CenterNet's affine, image px to input px, by its three points: the centre goes to the input's, the point half of s
    above it, turned, to the middle of the upper edge, and the point a quarter turn from there likewise."""
    if flip:
        c = np.array([width - 1 - c[0], c[1]])
    turn = np.deg2rad(rotate)
    up = s / 2 * np.array([np.sin(turn), -np.cos(turn)])
    source = np.array([c, c + up, c + up + [up[1], -up[0]]])
    target = np.array([[side, side], [side, 0], [0, 0]]) / 2
    matrix = np.linalg.solve(np.column_stack([source, np.ones(3)]), target).T
    return compose(matrix, np.array([[-1.0, 0, width - 1], [0, 1, 0]])) if flip else matrix


@pytest.mark.parametrize("size", IMAGES)
@pytest.mark.parametrize("name", ["centernet", "centernet-shift"])
def test_centernets_recipes_are_its_affine_of_what_is_drawn(name: str, size: tuple[int, int]) -> None:
    recipe, side = replace(augment_preset(name), rotate=25.0, rotate_p=0.5), 512
    frame = letterbox(np.array([size], np.int32), (side, side), "stride").matrix[0]
    for epoch in range(60):
        choice = choose(recipe, 5, epoch, "image")
        matrix = augmented(recipe, choice, frame, (side, side), "stride", None, size)
        back = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))
        centre = (back @ [side / 2, side / 2, 1])[:2]
        if choice.place is None:
            expected = np.array(size) / 2 + np.array(choice.shift) * max(size)
        else:
            borders = [border_within(128, n) for n in size]
            spans = [range(b, n - b) for b, n in zip(borders, size, strict=True)]
            expected = np.array(
                [span[int(u * len(span))] for u, span in zip(choice.place, spans, strict=True)]
            )
        assert centre == pytest.approx(expected, abs=1e-8)
        s = max(size) / choice.zoom
        # A turned source point turns the picture the other way.
        published = centernet(
            expected, s, -choice.rotate if choice.flip else choice.rotate, choice.flip, size[0], side
        )
        assert matrix == pytest.approx(published, abs=1e-6)


@pytest.mark.parametrize("size", IMAGES)
def test_a_border_keeps_the_centre_within_the_image_and_every_pixel_of_the_rest_is_drawn_alike(
    size: tuple[int, int],
) -> None:
    recipe = replace(augment_preset("centernet"), flip=0.0)
    frame = letterbox(np.array([size], np.int32), (512, 512), "half-pixel").matrix[0]
    centres = []
    for epoch in range(2000):
        matrix = augmented(recipe, choose(recipe, 0, epoch, 1), frame, (512, 512), "half-pixel", None, size)
        centres.append((np.linalg.inv(np.vstack([matrix, [0, 0, 1]])) @ [255.5, 255.5, 1])[:2])
    places = np.array(centres)
    assert places == pytest.approx(np.rint(places), abs=1e-6), "whole pixels"
    for axis, border in zip((0, 1), (border_within(128, n) for n in size), strict=True):
        count = size[axis] - 2 * border
        along = np.rint(places[:, axis]) - border
        assert along.min() >= 0
        assert along.max() <= count - 1
        # Mean and standard deviation of the numbers 0 to count - 1, within four standard errors.
        assert abs(along.mean() - (count - 1) / 2) <= 4 * count / np.sqrt(12 * 2000)
        assert along.std() == pytest.approx(np.sqrt((count**2 - 1) / 12), rel=0.06)


def test_a_border_is_halved_until_the_image_has_room() -> None:
    assert [border_within(128, side) for side in (300, 256, 128, 64, 2, 1, 0)] == [128, 64, 32, 16, 0, 0, 0]


def person() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.uniform(20, 200, (17, 2)), np.full(17, 2, np.uint8)


def test_half_body_takes_the_half_wanted_round_its_mean() -> None:
    xy, visible = person()
    recipe = Augment(half_body=1)
    for half, joints in (("upper", slice(0, 11)), ("lower", slice(11, 17))):
        box = half_body_box(recipe, Choice(half=half), COCO, xy, visible)
        assert box is not None
        assert box[:2] + box[2:] / 2 == pytest.approx(xy[joints].mean(axis=0))
        assert box[2:] == pytest.approx(1.5 * np.ptp(xy[joints], axis=0))


def test_half_body_needs_enough_joints_and_takes_the_other_half_where_one_has_too_few() -> None:
    xy, visible = person()
    recipe = Augment(half_body=1)
    visible[13:] = 0
    box = half_body_box(recipe, Choice(half="lower"), COCO, xy, visible)
    assert box is not None
    assert box[2:] == pytest.approx(1.5 * np.ptp(xy[:11], axis=0))
    visible[:6] = 0
    assert half_body_box(recipe, Choice(half="upper"), COCO, xy, visible) is None
    assert half_body_box(recipe, Choice(), COCO, xy, visible) is None


def test_a_half_body_crop_holds_all_joints_of_the_half() -> None:
    xy, visible = person()
    recipe = Augment(half_body=1)
    base = crop(np.array([[0.0, 0.0, 220.0, 220.0]]), SIZE, 1.25, "half-pixel").matrix[0]
    for epoch in range(20):
        choice = choose(recipe, 0, epoch, 1)
        joints = xy[:11] if choice.half == "upper" else xy[11:]
        matrix = augmented(recipe, choice, base, SIZE, "half-pixel", (COCO, xy, visible))
        inside = moved(matrix, joints)
        # The box is centred at the mean and 1.5 times as large as the extent: a joint may lie up to 1/4 outside.
        assert (inside > -0.25 * np.array(SIZE)).all()
        assert (inside < 1.25 * np.array(SIZE)).all()
        assert np.abs(inside.mean(axis=0) - middle(SIZE, "half-pixel")).max() < 1
        assert (np.ptp(inside, axis=0) / SIZE).max() == pytest.approx(1 / 1.5), (
            "no padding is added to the box"
        )
