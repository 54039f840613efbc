"""The crop moves a picture exactly as the frame moves its keypoints."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kp2heat import frame as frames
from kp2heat.errors import InputError, SpecError
from kp2heat.pipeline.training.crops import crop_image

cv2 = pytest.importorskip("cv2")

FAMILIES = ("half-pixel", "stride", "cell-center", "align-corners")


def dot(size: tuple[int, int], xy: tuple[float, float], sigma: float) -> np.ndarray:
    """A soft dot on black, (h, w) float32."""
    across, down = (np.exp(-0.5 * ((np.arange(n) - at) / sigma) ** 2) for n, at in zip(size, xy, strict=True))
    return np.outer(down, across).astype(np.float32)


def centre_of_mass(image: np.ndarray) -> np.ndarray:
    total = image.sum()
    y, x = np.indices(image.shape)
    return np.array([(image * x).sum(), (image * y).sum()]) / total


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("shrink", [0.5, 1.0, 1.9, 2.6, 5.0, 11.3])
def test_a_dot_lands_where_the_frame_sends_its_joint(family: str, shrink: float) -> None:
    size, xy = (900, 700), (431.3, 377.8)
    box = np.array([[150.0, 120.0, 500.0, 500.0]])
    side = round(500 / shrink)
    frame = frames.crop(box, (side, side), 1.0, family)
    cropped = crop_image(dot(size, xy, max(4.0, 2 * shrink)), frame.matrix[0], (side, side))
    expected = frame.to_input(np.array([[xy]]))[0, 0]
    # OpenCV's bilinear weights are multiples of 1/32.
    assert np.abs(centre_of_mass(cropped) - expected).max() < 1 / 32


@pytest.mark.parametrize("fit", ["stretch", "letterbox"])
def test_the_whole_image_shrunk_keeps_its_mean(fit: str) -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (600, 800), np.uint8)
    make = {"stretch": frames.stretch, "letterbox": frames.letterbox}[fit]
    matrix = make(np.array([[800, 600]], np.int32), (80, 60), "half-pixel").matrix[0]
    cropped = crop_image(image, matrix, (80, 60))
    blocks = image.reshape(60, 10, 80, 10).mean(axis=(1, 3))
    assert np.abs(cropped - blocks).max() <= 0.5 + 1e-9, "areas are averaged, not sampled"


@pytest.mark.parametrize("border", [0, 90])
@pytest.mark.parametrize(("size", "most"), [((420, 310), 0), ((2000, 1500), 1)])
def test_a_picture_of_bytes_is_what_warpaffine_gives(size: tuple[int, int], most: int, border: int) -> None:
    """To the last bit where the image has few pixels; in a large one places count from the part that is shown, whose
    float32 is finer: a byte in ten thousand differs by one."""
    rng = np.random.default_rng(2)
    image = cv2.GaussianBlur(rng.integers(0, 256, (size[1], size[0], 3), np.uint8), (0, 0), 1.5)
    image = cv2.normalize(image, None, 0, 255, cv2.NORM_MINMAX)
    off = []
    for turn, zoom, x, y in rng.uniform((-3, 0.55, -0.1, -0.1), (3, 2, 1.1, 1.1), (30, 4)):
        linear = zoom * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        shift = (96, 128) - linear @ (np.array([x, y]) * size)
        matrix = np.column_stack([linear, shift])
        whole = cv2.warpAffine(image, matrix, (192, 256), borderValue=(border,) * 3)
        off.append(np.abs(crop_image(image, matrix, (192, 256), border).astype(int) - whole))
    assert np.max(off) <= most
    assert np.mean(np.array(off) > 0) < 1e-3


def test_at_scale_one_the_crop_is_a_slice() -> None:
    image = np.random.default_rng(1).integers(0, 256, (90, 120, 3), np.uint8)
    matrix = frames.crop(np.array([[20.0, 10.0, 64.0, 48.0]]), (64, 48), 1.0, "half-pixel").matrix[0]
    x, y = (round(float(-v)) for v in matrix[:, 2])
    assert (crop_image(image, matrix, (64, 48)) == image[y : y + 48, x : x + 64]).all()


@given(st.integers(0, 3), st.floats(0.05, 30), st.floats(-400, 400), st.floats(-400, 400))
@settings(max_examples=60)
def test_any_affine_gives_the_inputs_size(turn: int, shrink: float, x: float, y: float) -> None:
    image = np.full((37, 53, 3), 9, np.uint8)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) / shrink
    matrix = np.concatenate([turned, [[x], [y]]], axis=1)
    cropped = crop_image(image, matrix, (24, 16), border=9)
    assert cropped.shape == (16, 24, 3)
    assert (cropped == 9).all(), "image and border have one value, so the crop has"


def test_an_image_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="float64"):
        crop_image(np.zeros((4, 4)), np.eye(3)[:2], (4, 4))


def test_a_mask_keeps_its_numbers_where_they_are() -> None:
    mask = np.zeros((200, 300), np.uint8)
    mask[40:120, 60:210] = 200
    matrix = frames.stretch(np.array([[300, 200]], np.int32), (60, 50), "half-pixel").matrix[0]
    small = crop_image(mask, matrix, (60, 50), interpolation="nearest")
    wanted = np.zeros((50, 60), np.uint8)
    wanted[10:30, 12:42] = 200  # 5 px across and 4 px down become one
    np.testing.assert_array_equal(small, wanted)


def test_cubic_sampling_follows_a_curve_that_lines_do_not() -> None:
    waves = np.tile(np.sin(np.arange(60) / 2), (5, 1)).astype(np.float32)
    shifted = np.array([[1.0, 0, -0.5], [0, 1, 0]])
    exact = np.sin((np.arange(50) + 0.5) / 2)
    linear, cubic = (crop_image(waves, shifted, (50, 5), interpolation=n)[2] for n in ("linear", "cubic"))
    assert np.abs(cubic - exact)[2:].max() < np.abs(linear - exact)[2:].max() / 2


def test_an_unknown_interpolation_names_the_nearest() -> None:
    with pytest.raises(SpecError, match=r"bilinear.*linear"):
        crop_image(np.zeros((4, 4), np.uint8), np.eye(3)[:2], (4, 4), interpolation="bilinear")
