"""Crops of people without a box: the extent of their joints within the image."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.annotations import Annotations, Images
from kp2heat.pipeline.encoding.planning.framing import frame_alignment, person_boxes
from kp2heat.skeleton import Skeleton
from kp2heat.spec import Spec


def people(xy: list[list[list[float]]], size: tuple[int, int]) -> Annotations:
    n, k, _ = np.shape(xy)
    return Annotations(
        Skeleton.numbered(k),
        Images([1], ["a.png"], [size]),
        np.array(xy, float),
        np.full((n, k), 2, np.uint8),
        np.full((n, 4), np.nan),
        np.full(n, np.nan),
        np.zeros(n, bool),
        np.zeros(n, np.int64),
        np.arange(n),
    )


@pytest.mark.parametrize("far", [[-999999, -999999], [-1, 50], [200, 50], [60, 99.5], [np.nan, np.nan]])
def test_a_joint_outside_the_image_does_not_widen_the_crop(far: list[float]) -> None:
    boxes, filled = person_boxes(people([[[20, 20], [60, 40], far]], (200, 100)), np.array([0]))
    assert boxes.tolist() == [[20, 20, 40, 20]]
    assert filled == 1


def test_a_joint_on_the_border_is_inside() -> None:
    boxes, _ = person_boxes(people([[[-0.5, 20], [199, 40]]], (200, 100)), np.array([0]))
    assert boxes.tolist() == [[-0.5, 20, 199.5, 20]]


def test_without_a_size_only_the_upper_left_border_is_known() -> None:
    boxes, _ = person_boxes(people([[[20, 20], [900, 40], [-50, 3]]], (0, 0)), np.array([0]))
    assert boxes.tolist() == [[20, 20, 880, 20]]


def test_a_person_with_no_joint_inside_is_cropped_to_the_image() -> None:
    boxes, _ = person_boxes(people([[[-20, 20], [900, 40]]], (200, 100)), np.array([0]))
    assert boxes.tolist() == [[-0.5, -0.5, 200, 100]]


@pytest.mark.parametrize(
    ("codec", "fit", "align", "family"),
    [
        ("dark", "crop", "darkpose", "darkpose"),
        ("dark", None, "darkpose", "darkpose"),
        ("dark", "stretch", "darkpose", "align-corners"),
        ("gaussian", "stretch", "half-pixel", "half-pixel"),
        ("gaussian", "letterbox", "stride", "stride"),
        ("udp", "stretch", None, "align-corners"),
    ],
)
def test_whole_images_have_the_alignment_of_their_maps(
    codec: str, fit: str | None, align: str | None, family: str
) -> None:
    spec = Spec(codec=codec, sizes=((12, 16),), input_size=(48, 64), fit=fit, align=align)
    assert frame_alignment(spec) == family
