"""Image px -> input px: whole, stretched, letterboxed and cropped; and how a size is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kp2heat.errors import SpecError
from kp2heat.frame import Frame, Size, crop, finite, letterbox, parse_size, show_size, stretch, whole

OWN = ("half-pixel", "stride", "cell-center", "align-corners")
MIRRORED = ("half-pixel", "align-corners")
EPS = 2.0**-53
"""Half an ulp of a float64, relative: what one rounding may cost."""

sides = st.integers(2, 2048)
sizes = st.tuples(sides, sides)
points = st.lists(st.tuples(*[st.integers(-28_000, 28_000)] * 2), min_size=1, max_size=8).map(
    lambda xy: np.array([xy]) / 7
)
boxes = st.tuples(*[st.integers(-14_000, 14_000)] * 2, *[st.integers(4, 14_000)] * 2).map(
    lambda box: np.array([box]) / 7
)
few = settings(max_examples=25)


@pytest.mark.parametrize("text", ["192x256", " 192 x 256 ", "192X256", "192×256"])
def test_a_size_is_width_by_height(text: str) -> None:
    assert parse_size(text) == (192, 256)


@few
@given(st.tuples(st.integers(1, 65536), st.integers(1, 65536)))
def test_a_shown_size_reads_back(size: Size) -> None:
    assert parse_size(show_size(size)) == size


@pytest.mark.parametrize(
    "text", ["", "192", "192x", "x256", "0x5", "5x0", "-1x5", "1.5x2", "65537x1", 224, None]
)
def test_what_is_no_size_is_refused(text: object) -> None:
    expected = f"size: '{text}' is not a size; write width x height, 1 to 65536, e.g. 192x256"
    with pytest.raises(SpecError, match=f"^{re.escape(expected)}$"):
        parse_size(text)


def test_the_refusal_names_the_setting() -> None:
    with pytest.raises(SpecError, match=r"^input_size: "):
        parse_size("big", "input_size")


Make = Callable[[NDArray[Any], Size, str], Frame]
FITS: Mapping[str, Make] = {
    "stretch": lambda image, size, align: stretch(image, size, align),
    "letterbox": lambda image, size, align: letterbox(image, size, align),
}


def inverts(frame: Frame, xy: NDArray[np.float64]) -> None:
    scale, shift = np.diagonal(frame.matrix[0, :, :2]), frame.matrix[0, :, 2]
    # Fewer than 16 roundings between there and back, of numbers no larger than these in image px.
    bound = 16 * EPS * (np.abs(xy) + np.abs(shift / scale))
    assert (np.abs(frame.to_image(frame.to_input(xy)) - xy) <= bound).all()


@pytest.mark.parametrize("align", OWN)
@pytest.mark.parametrize("fit", FITS)
@few
@given(image=sizes, size=sizes, xy=points)
def test_whole_image_frames_invert(
    fit: str, align: str, image: Size, size: Size, xy: NDArray[np.float64]
) -> None:
    inverts(FITS[fit](np.array([image], np.int32), size, align), xy)


@pytest.mark.parametrize("align", OWN)
@few
@given(box=boxes, size=sizes, padding=st.floats(0.5, 3), xy=points)
def test_crops_invert(
    align: str, box: NDArray[np.float64], size: Size, padding: float, xy: NDArray[np.float64]
) -> None:
    inverts(crop(box, size, padding, align), xy)


def test_a_turned_frame_inverts() -> None:
    turned = Frame(np.array([[[0.6, -0.8, 3], [0.8, 0.6, -5]]]), (64, 64))
    xy = np.array([[[1.0, 2.0], [30, -7]]])
    np.testing.assert_allclose(turned.to_input(xy)[0, 0], [0.6 - 1.6 + 3, 0.8 + 1.2 - 5], atol=16 * EPS * 8)
    np.testing.assert_allclose(turned.to_image(turned.to_input(xy)), xy, rtol=0, atol=32 * EPS * 64)


@pytest.mark.parametrize(
    ("align", "expected"),
    [
        ("half-pixel", [[0.5, 50.5], [198.5, 148.5], [-0.5, 49.5]]),
        ("stride", [[0, 50], [198, 148], [-1, 49]]),
        ("cell-center", [[0, 50], [198, 148], [-1, 49]]),
        (
            "align-corners",
            [
                [0, 99.5 - 24.5 * 199 / 99],
                [199, 99.5 + 24.5 * 199 / 99],
                [-0.5 * 199 / 99, 99.5 - 25 * 199 / 99],
            ],
        ),
    ],
)
def test_a_letterbox_by_hand(align: str, expected: list[list[float]]) -> None:
    """100x50 px in the middle of 200x200: twice as large, bars of 50 px above and below."""
    xy = np.array([[[0.0, 0.0], [99, 49], [-0.5, -0.5]]])
    frame = letterbox(np.array([[100, 50]], np.int32), (200, 200), align)
    np.testing.assert_allclose(frame.to_input(xy)[0], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("align", MIRRORED)
@pytest.mark.parametrize("fit", FITS)
@few
@given(image=sizes, size=sizes)
def test_the_middle_of_the_image_is_the_middle_of_the_input(
    fit: str, align: str, image: Size, size: Size
) -> None:
    frame = FITS[fit](np.array([image], np.int32), size, align)
    middle = frame.to_input((np.array([[image]]) - 1) / 2)[0, 0]
    np.testing.assert_allclose(middle, (np.array(size) - 1) / 2, rtol=0, atol=16 * EPS * 4096)


@pytest.mark.parametrize("align", OWN)
@few
@given(size=sizes, xy=points)
def test_at_the_inputs_own_size_every_fit_is_the_identity(
    align: str, size: Size, xy: NDArray[np.float64]
) -> None:
    image = np.array([size], np.int32)
    np.testing.assert_array_equal(whole(size, 1).to_input(xy), xy)
    for fit in FITS.values():
        # w / w is 1; the letterbox's edge is a difference of equal numbers after two roundings.
        np.testing.assert_allclose(
            fit(image, size, align).to_input(xy), xy, rtol=4 * EPS, atol=8 * EPS * 2048
        )


@pytest.mark.parametrize("align", ["half-pixel", "stride", "cell-center"])
@few
@given(image=sizes, size=sizes)
def test_a_letterbox_is_the_crop_of_the_whole_image(align: str, image: Size, size: Size) -> None:
    box = np.array([[0.0, 0.0, *image]])
    boxed, cut = letterbox(np.array([image], np.int32), size, align), crop(box, size, 1, align)
    # Three roundings of the extent, at most 2048 times the image's 2048 px long, brought to input px.
    np.testing.assert_allclose(boxed.matrix, cut.matrix, rtol=8 * EPS, atol=16 * EPS * 2048)


@pytest.mark.parametrize("align", OWN)
@few
@given(image=sizes, times=st.integers(1, 4))
def test_at_the_images_aspect_letterbox_is_stretch(align: str, image: Size, times: int) -> None:
    """Where the input's sides are the image's, times one factor (align-corners: its steps)."""
    steps = int(align == "align-corners")
    size = (times * (image[0] - steps) + steps, times * (image[1] - steps) + steps)
    given_size = np.array([image], np.int32)
    boxed, pulled = letterbox(given_size, size, align), stretch(given_size, size, align)
    np.testing.assert_allclose(boxed.matrix, pulled.matrix, rtol=8 * EPS, atol=16 * EPS * 8192)


@few
@given(st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 20), st.integers(1, 20)))
def test_a_crop_at_scale_1_is_an_array_slice(box: tuple[int, int, int, int]) -> None:
    x, y, w, h = box
    picture = np.arange(40 * 40).reshape(40, 40)
    rows, columns = np.mgrid[:h, :w]
    frame = crop(np.array([box], float), (w, h), 1, "half-pixel")
    pixel = frame.to_image(np.stack([columns, rows], axis=-1)[None].astype(float))[0]
    np.testing.assert_allclose(pixel, np.rint(pixel), rtol=0, atol=16 * EPS * 64)
    column, row = np.rint(pixel).astype(int).transpose(2, 0, 1)
    np.testing.assert_array_equal(picture[row, column], picture[y : y + h, x : x + w])


@pytest.mark.parametrize(
    ("align", "left_top", "right_bottom"),
    [
        ("half-pixel", (0.5, 0.5), (192.5, 256.5)),
        ("stride", (0, 0), (192, 256)),
        ("cell-center", (0, 0), (192, 256)),
        ("align-corners", (0, 0), (191, 255)),
    ],
)
def test_where_a_box_of_the_inputs_aspect_goes(align: str, left_top: Any, right_bottom: Any) -> None:
    """half-pixel takes a box as an array slice: its edges lie half a pixel before its first pixel's centre."""
    box = np.array([[10.0, 20.0, 96.0, 128.0]])
    corners = crop(box, (192, 256), 1, align).to_input(np.array([[[10.0, 20.0], [106.0, 148.0]]]))
    np.testing.assert_allclose(corners[0], [left_top, right_bottom], rtol=0, atol=16 * EPS * 512)


def test_the_short_side_grows_and_the_centre_stays() -> None:
    """10x40 px to a square input, padding 1.25: a region of 50x50 px round (25, 40)."""
    frame = crop(np.array([[20.0, 20.0, 10.0, 40.0]]), (100, 100), 1.25, "stride")
    region = frame.to_image(np.array([[[0.0, 0.0], [50, 50], [100, 100]]]))[0]
    np.testing.assert_allclose(region, [[0, 15], [25, 40], [50, 65]], rtol=0, atol=16 * EPS * 128)


@pytest.mark.parametrize("align", OWN)
def test_a_frame_has_the_same_bits_alone_and_in_a_batch(align: str) -> None:
    rng = np.random.default_rng(0)
    box = np.abs(rng.normal(100, 50, (17, 4))) + 1
    xy = rng.normal(100, 80, (17, 5, 2))
    frames = crop(box, (192, 256), 1.25, align)
    there, back = frames.to_input(xy), frames.to_image(xy)
    for n in range(17):
        alone = crop(box[n : n + 1], (192, 256), 1.25, align)
        np.testing.assert_array_equal(alone.matrix[0], frames.matrix[n])
        np.testing.assert_array_equal(alone.to_input(xy[n : n + 1])[0], there[n])
        np.testing.assert_array_equal(frames.take(slice(n, n + 1)).to_image(xy[n : n + 1])[0], back[n])


def test_nan_joints_stay_nan_and_alone() -> None:
    xy = np.array([[[np.nan, np.nan], [3.0, 4.0]]])
    moved = stretch(np.array([[10, 10]], np.int32), (20, 20), "stride").to_input(xy)
    np.testing.assert_array_equal(moved, [[[np.nan, np.nan], [6, 8]]])


def test_a_position_is_finite_where_both_coordinates_are() -> None:
    xy = np.array([[1.0, 2.0], [np.nan, 2.0], [1.0, np.inf], [np.nan, np.nan]])
    assert finite(xy).tolist() == [True, False, False, False]
