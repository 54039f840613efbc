"""The library: arrays in, arrays out, and what importing it costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import kp2heat
from kp2heat.errors import InputError, SpecError
from tests.shared import TRIMMED

GRIDS = {
    "48x64": ((192, 256), (48, 64)),
    "28x28": ((224, 224), (28, 28)),
    "14x14": ((224, 224), (14, 14)),
    "7x7": ((224, 224), (7, 7)),
}
F16_MEAN = {"48x64": 0.001, "28x28": 0.005, "14x14": 0.005, "7x7": 0.01}
U8_MEAN = {"48x64": 0.02, "28x28": 0.03, "14x14": 0.05, "7x7": 0.1}
"""Input px. Both are the rounding's own noise, carried through least squares: tests/decoders/test_clean.py."""


def joints(grid: str) -> NDArray[np.float64]:
    """2,000 joints uniform over the whole input, its border pixels' outer halves included."""
    return np.random.default_rng(11).uniform(-0.5, np.array(GRIDS[grid][0]) - 0.5, (125, 16, 2))


def errors(grid: str, dtype: str = "f32", normalize: str = "none") -> NDArray[np.float64]:
    """Distance in input px between each joint and itself, there and back."""
    input_size, size = GRIDS[grid]
    found = []
    for xy in np.array_split(joints(grid), 5):
        planes = kp2heat.encode(xy, input_size=input_size, size=size, dtype=dtype, normalize=normalize)
        peaks = kp2heat.decode(planes, input_size=input_size, normalize=normalize)
        found.append(np.linalg.norm(peaks.xy - xy, axis=-1))
    return np.concatenate(found)


@pytest.mark.parametrize(
    ("grid", "normalize"),
    [(grid, name) for grid in GRIDS for name in ("none", "sigmoid", "softmax")]
    + [("14x14", "sum"), ("7x7", "clamp")],
)
def test_there_and_back_in_f32(grid: str, normalize: str) -> None:
    assert errors(grid, normalize=normalize).max() < 0.01


@pytest.mark.parametrize("grid", GRIDS)
def test_there_and_back_in_f16(grid: str) -> None:
    assert errors(grid, "f16").mean() < F16_MEAN[grid]


@pytest.mark.parametrize("grid", GRIDS)
def test_there_and_back_in_u8(grid: str) -> None:
    assert errors(grid, "u8").mean() < U8_MEAN[grid]


# Published codecs, followed to the last bit


def inner() -> NDArray[np.float64]:
    """Joints three cells off every side of 192x256 px, where no published border fault reaches."""
    return np.random.default_rng(12).uniform(12, (180, 244), (60, 16, 2))


def back(codec: str, method: str, **more: Any) -> NDArray[np.float64]:
    planes = kp2heat.encode(inner(), codec=codec, input_size=(192, 256), size=(48, 64), literal=True)
    return kp2heat.decode(planes, codec=codec, method=method, input_size=(192, 256), **more).xy


@pytest.mark.parametrize("literal", [False, True])
@pytest.mark.parametrize("method", ["argmax", "quarter"])
@pytest.mark.parametrize("codec", ["msra", "hrnet"])
def test_rounded_centres_come_back_to_half_a_cell(codec: str, method: str, literal: bool) -> None:
    """The blob round a whole cell is symmetric, so the quarter step is none either: 2 px at stride 4."""
    error = np.abs(back(codec, method, literal=literal) - inner())
    assert error.max() <= 2 + 1e-6
    assert error.max() > 1.9, "a convention that rounds cannot do better"


@pytest.mark.parametrize("codec", ["dark", "darkpose", "udp"])
def test_sub_pixel_centres_come_back_exactly(codec: str) -> None:
    assert np.abs(back(codec, "auto") - inner()).max() < 0.01


@pytest.mark.parametrize("method", ["dark", "dark-udp"])
@pytest.mark.parametrize("codec", ["dark", "darkpose", "udp"])
def test_dark_on_its_own_labels(codec: str, method: str) -> None:
    """As on kp2heat's own labels: tests/decoders/test_clean.py."""
    error = np.linalg.norm(back(codec, method) - inner(), axis=-1)
    assert error.mean() < 0.01
    assert error.max() < 0.1


def test_mmposes_udp_comes_back_stretched() -> None:
    """Its decoder multiplies by w/(W-1) what its encoder divided by (w-1)/(W-1); then half a cell of argmax."""
    size, cells = np.array([192, 256]), np.array([48, 64])
    error = back("udp", "argmax", literal=True) - inner() * size / (size - 1)
    assert (np.abs(error) <= 0.5 * size / (cells - 1) + 1e-4).all()


@pytest.mark.parametrize("codec", ["msra", "hrnet", "dark", "udp"])
def test_published_maps(codec: str) -> None:
    head = f"{codec}/D224x224_28x28_s1.5/"
    with np.load(TRIMMED / "peers" / "encoders.npz") as golden:
        planes = kp2heat.encode(
            golden[head + "keypoints"],
            golden[head + "visible"],
            codec=codec,
            input_size=(224, 224),
            size=(28, 28),
            sigma=1.5,
            outside="partial",
            literal=True,
        )
        np.testing.assert_allclose(planes["heatmaps"], golden[head + "heatmaps"], rtol=0, atol=1e-6)
        np.testing.assert_array_equal(planes["weights"], golden[head + "weights"])


# What goes in and what comes out


def small(xy: Any, *visible: Any, **more: Any) -> dict[str, NDArray[Any]]:
    return kp2heat.encode(xy, *visible, **{"input_size": (64, 48), "size": (16, 12), **more})


def test_shapes_and_dtypes() -> None:
    planes = small(np.full((2, 3, 2), 20.0))
    assert {name: (plane.shape, plane.dtype.str) for name, plane in planes.items()} == {
        "heatmaps": ((2, 3, 12, 16), "<f4"),
        "weights": ((2, 3), "<f4"),
    }
    peaks = kp2heat.decode(planes, input_size=(64, 48))
    assert (peaks.xy.shape, peaks.score.shape, peaks.space) == ((2, 3, 2), (2, 3), "input")


def test_lists_will_do() -> None:
    planes = small([[[20, 30], [4, 5]]], [[2, 1]])
    np.testing.assert_allclose(
        kp2heat.decode(planes, input_size=(64, 48)).xy, [[[20, 30], [4, 5]]], atol=0.01
    )


def test_joints_that_are_not_there_stay_so() -> None:
    xy = np.full((1, 4, 2), 20.0)
    xy[0, 0], xy[0, 1] = np.nan, 500
    planes = small(xy, [[2, 2, 0, 2]])
    assert planes["weights"].tolist() == [[0, 0, 0, 1]]
    peaks = kp2heat.decode(planes, input_size=(64, 48))
    np.testing.assert_array_equal(np.isnan(peaks.xy[0, :, 0]), [True, True, True, False])
    assert peaks.score[0, :3].tolist() == [0, 0, 0]


def test_nobody() -> None:
    planes = small(np.zeros((0, 5, 2)))
    assert planes["heatmaps"].shape == (0, 5, 12, 16)
    assert kp2heat.decode(planes, input_size=(64, 48)).xy.shape == (0, 5, 2)


def test_heatmaps_alone_are_taken_for_a_networks() -> None:
    """Another decoder is best there; on clean maps it is as exact."""
    xy = np.random.default_rng(0).uniform(0, 47, (4, 3, 2))
    peaks = kp2heat.decode(small(xy)["heatmaps"], input_size=(64, 48))
    assert np.abs(peaks.xy - xy).max() < 0.01


@pytest.mark.parametrize("codec", ["cpm-label", "openpose"])
def test_a_background_is_no_joint(codec: str) -> None:
    xy = np.random.default_rng(0).uniform(10, 37, (4, 3, 2))
    planes = small(xy, codec=codec)
    assert planes["heatmaps"].shape[1] == 4
    peaks = kp2heat.decode(planes, codec=codec, input_size=(64, 48))
    assert peaks.xy.shape == (4, 3, 2)
    assert np.abs(peaks.xy - xy).max() < 0.01


def test_literal_maps_decode_by_auto_whether_or_not_its_decoder_has_a_literal_form() -> None:
    xy = np.full((1, 1, 2), 22.0)
    planes = small(xy, codec="msra", literal=True)
    np.testing.assert_allclose(
        kp2heat.decode(planes, codec="msra", input_size=(64, 48), literal=True).xy, xy, atol=2 + 1e-6
    )


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"xy": np.zeros((3, 2))}, "xy: has shape (3, 2); give (N, K, 2)"),
        ({"visible": [[1]]}, "visible: has shape (1, 1); give (2, 3), as xy has"),
        ({"bbox": [[1, 2]]}, "bbox: has shape (1, 2); give (2, 4)"),
        ({"skeleton": kp2heat.Skeleton(("a",))}, "skeleton: has 1 joints; give 3, as xy has"),
    ],
)
def test_arrays_that_do_not_fit(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        kp2heat.encode(**{"xy": np.zeros((2, 3, 2)), "input_size": (64, 48), "size": (16, 12), **given})
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    "given",
    [
        {"codec": "gausian"},
        {"method": "lsqq"},
        {"align": "x"},
        {"normalize": "x"},
        {"sigma": 0},
        {"colour": 1},
    ],
    ids=lambda given: next(iter(given)),
)
def test_settings_that_are_none(given: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        kp2heat.decode(np.zeros((1, 1, 12, 16)), **{"input_size": (64, 48), **given})


def test_maps_of_another_shape_are_refused() -> None:
    with pytest.raises(InputError, match=r"^heatmaps: have shape \(12, 16\); give \(N, K, H, W\)$"):
        kp2heat.decode(np.zeros((12, 16)), input_size=(64, 48))


def test_the_face_names_what_it_has() -> None:
    for name in kp2heat.__all__:
        assert getattr(kp2heat, name) is not None
    assert set(kp2heat.__all__) < set(dir(kp2heat))
    with pytest.raises(AttributeError, match="has no attribute 'endcode'"):
        _ = kp2heat.endcode


# What is loaded
