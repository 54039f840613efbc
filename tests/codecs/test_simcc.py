"""SimCC's vectors against the published formula, written out anew for one joint at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import kp2heat
from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.errors import SpecError
from kp2heat.frame import alignment
from kp2heat.scene import make_scene
from kp2heat.skeleton import Skeleton

INPUT, BINS = (192, 256), (384, 512)


def encode(codec: str, xy: NDArray[np.float64], visible: Any = 2, **params: Any) -> dict[str, NDArray[Any]]:
    seen = np.broadcast_to(np.asarray(visible, np.float32), xy.shape[:2])
    scene = make_scene(Skeleton.numbered(xy.shape[1]), INPUT, xy, seen, outside="partial")
    return CODECS[codec].encode(
        scene, Level(BINS, 4.9, alignment("stride", INPUT, BINS)), np.float32, **params
    )


def published(x: float, bins: int, sigma: float) -> NDArray[np.float64]:
    """exp(-(i - around(2 x))^2 / (2 sigma^2)) / (sigma sqrt(2 pi)) for every bin i."""
    i = np.arange(bins)
    return np.exp(-((i - np.around(2 * x)) ** 2) / (2 * sigma**2)) / (sigma * np.sqrt(np.pi * 2))


def test_literal_gaussians_sit_on_the_rounded_bin() -> None:
    xy = np.random.default_rng(0).uniform(0, 190, (1, 30, 2))
    xy[0, 0] = 10.25, 10.75
    planes = encode("simcc-gaussian", xy, sigma_y=5.66, literal=True)
    for k, (x, y) in enumerate(xy[0]):
        np.testing.assert_allclose(planes["simcc_x"][0, k], published(x, 384, 4.9), rtol=0, atol=1e-8)
        np.testing.assert_allclose(planes["simcc_y"][0, k], published(y, 512, 5.66), rtol=0, atol=1e-8)


def test_standard_labels_hold_one_less_the_smoothing() -> None:
    planes = encode("simcc-standard", np.array([[[50.2, 60.3]]]), smooth=0.1, literal=True)
    x = planes["simcc_x"][0, 0]
    assert x.argmax() == 100
    assert x[100] == np.float32(0.9)
    np.testing.assert_allclose(np.delete(x, 100), 0.1 / 383, rtol=1e-6)
    assert x.sum() == pytest.approx(1, abs=1e-5)


def test_literal_weights_are_the_visibilities_but_where_the_vector_is_missed() -> None:
    """Rejected at c - 3 sigma >= n (rounded bin c; here 399 - 14.7 >= 384); flags below 0.5 stay, undrawn."""
    xy = np.array([[[20.0, 20.0], [199.5, 20.0], [199.0, 20.0], [20.0, -500.0], [20.0, 20.0]]])
    planes = encode("simcc-gaussian", xy, [[2, 1, 1, 2, 0.3]], literal=True)
    np.testing.assert_array_equal(planes["weights"], np.array([[2, 0, 1, 0, 0.3]], np.float32))
    np.testing.assert_array_equal(planes["simcc_x"].any(axis=2), [[True, False, True, False, False]])


def test_the_last_half_pixel_has_a_bin_by_default() -> None:
    """x = -0.5 and 191.5 lie on the input; their bins -1 and 383 are published as missed and as the last."""
    xy = np.array([[[-0.5, -0.4], [191.5, 255.5]]])
    ours, literal = (encode("simcc-standard", xy, literal=flag)["weights"] for flag in (False, True))
    np.testing.assert_array_equal(ours, [[1, 1]])
    np.testing.assert_array_equal(literal, [[0, 2]])


def test_its_own_normalize_is_taken_by_the_array_face() -> None:
    """``normalize=False`` gives labels of peak 1 and means no normalisation of maps."""
    how: dict[str, Any] = {"input_size": (16, 16), "size": (16, 16), "codec": "simcc-gaussian"}
    plain = kp2heat.encode([[[3.0, 5.0]]], normalize=False, **how)
    assert plain["simcc_x"].max() == 1
    assert kp2heat.encode([[[3.0, 5.0]]], **how)["simcc_x"].max() < 0.5
    with pytest.raises(SpecError, match="normalize"):
        kp2heat.encode([[[3.0, 5.0]]], input_size=(16, 16), size=(16, 16), normalize=True)


def test_a_vector_is_missed_where_no_bin_is_within_three_sigmas() -> None:
    """Sigma is 4.9 bins, 2.45 px: a joint 7 px off a side reaches the vector, one 8 px off does not."""
    xy = np.array([[[-7.0, 20.0], [-8.0, 20.0], [191 + 7.0, 20.0], [191 + 8.5, 20.0]]])
    planes = encode("simcc-gaussian", xy)
    np.testing.assert_array_equal(planes["simcc_x"].any(axis=2), [[True, False, True, False]])
