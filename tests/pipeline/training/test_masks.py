"""Masks of images: what lies in the boxes of crowds and of unlabelled people, and in no labelled person's."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.annotations import Annotations, Images
from kp2heat.errors import InputError
from kp2heat.pipeline.training.masks import IGNORED, IMAGE, ImageMasks
from kp2heat.skeleton import Skeleton

NAN = (np.nan,) * 4


def people(
    bbox: list[tuple[float, ...]], visible: list[int], crowd: list[bool], image: int = 0
) -> Annotations:
    """Two images of 20x10 px, and people of one joint on one of them."""
    count = len(bbox)
    images = Images(np.arange(2), np.array(["a.png", "b.png"]), np.array([[20, 10]] * 2, np.int32))
    flags = np.array(visible, np.uint8)[:, None]
    return Annotations(
        Skeleton(("nose",)),
        images,
        np.full((count, 1, 2), 3.0),
        flags,
        np.array(bbox, float).reshape(count, 4),
        np.full(count, np.nan),
        np.array(crowd, bool),
        np.full(count, image),
        np.arange(count),
    )


def test_a_pixel_is_ignored_where_its_centre_is_in_the_box_of_a_crowd_or_of_an_unlabelled_person() -> None:
    rows = people(
        [(2.0, 1.0, 5.0, 4.0), (10.4, 3.6, 3.0, 2.0), (0, 0, 20, 10)], [0, 0, 2], [True, False, False]
    )
    expected = np.full((10, 20), IMAGE)
    assert (ImageMasks.of(rows)(0) == expected).all(), "a labelled person's box is the whole image"
    expected[1:5, 2:7] = IGNORED  # pixel i lies between i and i + 1 of a box's numbers
    expected[4:6, 10:13] = IGNORED  # centres 10.5 to 12.5 and 4.5 to 5.5
    assert (ImageMasks.of(rows.take(slice(0, 2)))(0) == expected).all()


def test_boxes_beyond_the_image_and_unknown_ones_do_no_harm() -> None:
    mask = ImageMasks.of(
        people([(-5.0, -5.0, 8.0, 100.0), NAN, (19.0, -9.0, 5.0, 9.0)], [0] * 3, [True] * 3)
    )(0)
    assert (mask[:, :3] == IGNORED).all()
    assert (mask[:, 3:] == IMAGE).all()


def test_each_image_has_its_own_people() -> None:
    masks = ImageMasks.of(people([(0.0, 0.0, 4.0, 4.0)], [0], [True], image=1))
    assert (masks(0) == IMAGE).all()
    assert (masks(1) == IGNORED).sum() == 16


def test_an_image_of_unknown_size_is_named() -> None:
    rows = people([NAN], [2], [False])
    images = Images(rows.images.id, rows.images.file_name, np.zeros((2, 2), np.int32))
    masks = ImageMasks.of(Annotations(**{**vars(rows), "images": images}))
    with pytest.raises(InputError, match=r"a\.png: has no stated size, which its mask needs"):
        masks(0)
