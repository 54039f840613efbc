"""check_transform finds the offsets that libraries and hand-written code make, names the cause, passes correct ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import kp2heat
from kp2heat.errors import InputError
from kp2heat.pipeline.seeing.picture_file import write_picture
from kp2heat.pipeline.training.calibration import calibration, measure, partners
from kp2heat.pipeline.training.crops import crop_image

Pair = tuple[Any, Any]


def warped(
    linear: np.ndarray, size: tuple[int, int], corner: bool
) -> Callable[[np.ndarray, np.ndarray], Pair]:
    """A transform about the picture's middle; ``corner``: its keypoints move as if pixels covered 0 to 1."""

    def transform(image: np.ndarray, xy: np.ndarray) -> Pair:
        source, target = (np.array(image.shape[1::-1]) - 1) / 2, (np.array(size) - 1) / 2
        matrix = np.concatenate([linear, (target - linear @ source)[:, None]], axis=1)
        half = 0.5 if corner else 0.0
        moved = (xy - half) @ linear.T + matrix[:, 2]
        wrong = (xy @ linear.T) + (np.array(size) / 2 - linear @ (source + 0.5))
        return crop_image(image, matrix, size), wrong if corner else moved

    return transform


def rotation(degrees: float, scale: float = 1.0) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)) * scale, np.sin(np.radians(degrees)) * scale
    return np.array([[c, s], [-s, c]])


def resized(image: np.ndarray, xy: np.ndarray) -> Pair:
    return cv2.resize(image, (80, 60), interpolation=cv2.INTER_AREA), xy / 4


def mirrored(image: np.ndarray, xy: np.ndarray) -> Pair:
    return image[:, ::-1], np.stack([image.shape[1] - xy[:, 0], xy[:, 1]], axis=1)


def flipped(image: np.ndarray, xy: np.ndarray) -> Pair:
    return image[:, ::-1], np.stack([image.shape[1] - 1 - xy[:, 0], xy[:, 1]], axis=1)


def flipped_and_swapped(image: np.ndarray, xy: np.ndarray) -> Pair:
    image, xy = flipped(image, xy)
    return image, xy[partners()]


def test_dots_are_measured_where_they_are() -> None:
    for seed in range(5):
        image, places = calibration(np.random.default_rng(seed))
        assert np.abs(measure(image.astype(float)) - places).max() < 0.02


@pytest.mark.parametrize(
    ("transform", "offset", "worst", "words"),
    [
        (resized, (0.375, 0.375), 0.53, "half a pixel: corner against centre"),
        (mirrored, (1.0, 0.0), 1.0, "a whole pixel: the keypoints are mirrored by w - x"),
        (
            warped(rotation(30), (320, 240), True),
            (-0.183, 0.317),
            0.37,
            "half a pixel: corner against centre",
        ),
        (warped(rotation(20, 0.5), (320, 240), True), (0.18, 0.35), 0.39, "half a pixel"),
        (lambda i, p: (cv2.resize(i, (80, 60), interpolation=cv2.INTER_AREA), p), None, None, "do not"),
        (lambda i, p: (i, p[:, ::-1]), None, None, "x and y of the keypoints are exchanged"),
        (lambda i, p: (i[:, ::-1], p), None, None, "is mirrored and the keypoints are not"),
        (lambda i, p: (i[10:, 20:], p - [20, 12]), (0.0, -2.0), 2.0, "shifted by (+0.00, -2.00) px"),
        (lambda i, p: (i, np.rint(p)), None, None, "rounded to whole pixels"),
        (
            lambda i, p: (
                cv2.resize(i, (160, 120), interpolation=cv2.INTER_AREA),
                p * [159 / 319, 119 / 239],
            ),
            (0.0, 0.0),
            0.35,
            "(w' - 1) / (w - 1)",
        ),
        (lambda i, p: (i, p[partners()]), None, None, "change places though the picture is not mirrored"),
        (lambda i, p: (i, p + np.random.default_rng(0).normal(0, 3, p.shape)), None, None, "do not follow"),
    ],
)
def test_mistakes_are_found_and_named(
    transform: Any, offset: tuple[float, float] | None, worst: float | None, words: str
) -> None:
    result = kp2heat.check_transform(transform, pictures=4)
    assert not result.ok
    assert words in result.cause
    if offset is not None and worst is not None:
        assert result.mean == pytest.approx(offset, abs=0.05)
        assert result.worst == pytest.approx(worst, abs=0.08)


def normalised(image: np.ndarray, xy: np.ndarray) -> Pair:
    values = (image / 255.0 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    return values.transpose(2, 0, 1).astype(np.float32), xy


@pytest.mark.parametrize(
    "transform",
    [
        lambda i, p: (i, p),
        lambda i, p: (cv2.resize(i, (80, 60), interpolation=cv2.INTER_AREA), (p + 0.5) / 4 - 0.5),
        warped(rotation(30), (320, 240), False),
        warped(rotation(-20, 0.5), (200, 160), False),
        warped(rotation(70, 1.5), (320, 240), False),
        flipped_and_swapped,
        lambda i, p: (i[8:, 5:], p - [5, 8]),
        normalised,
        lambda i, p: (255 - i, p),
    ],
)
def test_correct_transforms_pass(transform: Any) -> None:
    result = kp2heat.check_transform(transform, pictures=4)
    assert result.ok, str(result)
    assert result.worst < 0.1
    assert result.lost == 0
    assert result.measured >= 16


def test_a_missing_swap_is_noted_or_fails() -> None:
    noted = kp2heat.check_transform(flipped)
    assert noted.ok
    assert (noted.mirrored, noted.swapped) == (8, 0)
    assert "swap the partners" in str(noted)
    assert not kp2heat.check_transform(flipped, require_swap=True).ok
    both = kp2heat.check_transform(flipped_and_swapped, require_swap=True)
    assert both.ok
    assert (both.mirrored, both.swapped) == (8, 8)


def test_lost_keypoints_are_counted() -> None:
    def loses(image: np.ndarray, xy: np.ndarray) -> Pair:
        xy[3] = np.nan
        return image, xy

    result = kp2heat.check_transform(loses)
    assert (result.ok, result.lost) == (False, 8)
    assert "lost" in result.cause


def test_a_random_transform_is_tried_often() -> None:
    rng = np.random.default_rng(0)

    def sometimes(image: np.ndarray, xy: np.ndarray) -> Pair:
        return mirrored(image, xy) if rng.random() < 0.5 else (image, xy)

    result = kp2heat.check_transform(sometimes)
    assert not result.ok
    assert 0 < result.mirrored < 8
    assert "a whole pixel" in result.cause


def test_what_is_no_transform_is_refused() -> None:
    def fails(_image: np.ndarray, _xy: np.ndarray) -> Pair:
        raise KeyError("bboxes")

    for transform, words in (
        (fails, "fails: KeyError"),
        (lambda i, p: (i, p[:5]), "returns 5 of 12 keypoints"),
        (lambda i, p: (i[..., 0], p), "a picture of shape"),
        (lambda i, p: (i, p[:, 0]), "keypoints of shape"),
    ):
        with pytest.raises(InputError, match=words):
            kp2heat.check_transform(transform)  # type: ignore[arg-type]


def test_the_worst_picture_is_drawn(tmp_path: Path) -> None:
    write_picture(kp2heat.check_transform(resized).picture, tmp_path / "worst.png")
    picture = cv2.imread(str(tmp_path / "worst.png"))
    assert picture.shape == (480, 640, 3)
    assert picture.max() == 255
