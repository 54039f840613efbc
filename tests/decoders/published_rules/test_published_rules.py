"""Literal forms against what the published code gave (golden/systems/decoders.npz), default forms against the truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kp2heat.contracts import Level
from kp2heat.decoders import decode
from kp2heat.errors import SpecError
from kp2heat.frame import alignment
from kp2heat.peaks import Peaks
from kp2heat.skeleton import COCO_SIGMAS
from tests.shared import golden

with np.load(golden("systems", "decoders.npz")) as stored:
    GOLDEN = {name: stored[name] for name in stored}
MAPS = GOLDEN["maps"]
"""(2, 6, 20, 24): noisy blobs of sigma 1.8, the first two at a side, the last map empty."""
SOME = MAPS.max(axis=(2, 3)) > 0
FLOAT32 = 2e-4
"""Cells: what float32 leaves of a step that divides by a small second difference."""


def level(size: tuple[int, int] = (24, 20), sigma: float = 1.8) -> Level:
    return Level(size, sigma, alignment("stride", size, size))


def published(method: str, maps: NDArray[Any] = MAPS, **params: Any) -> Peaks:
    height, width = maps.shape[2:]
    return decode(method, {"heatmaps": maps}, level((width, height)), literal=True, **params)


@pytest.mark.parametrize(
    ("method", "golden", "params"),
    [
        ("local-softargmax", "local_xy", {}),
        ("topk", "topk_xy", {}),
        ("debiased-softargmax", "debiased_xy_1", {"beta": 1.0}),
        ("debiased-softargmax", "debiased_xy_10", {}),
        ("keyposs", "keyposs_xy", {}),
        ("hf-vitpose", "hf_xy", {}),
        ("sapiens2", "sapiens2_xy", {}),
        ("expected-oks", "oks_xy", {}),
        ("gaussian-cov", "mean_xy", {"rule": "moments"}),
    ],
)
def test_literal_places(method: str, golden: str, params: dict[str, Any]) -> None:
    found = published(method, **params)
    np.testing.assert_allclose(found.xy[SOME], GOLDEN[golden][SOME], rtol=0, atol=FLOAT32)


@pytest.mark.parametrize("method", ["topk", "hf-vitpose", "sapiens2", "local-softargmax"])
def test_literal_place_of_an_empty_map(method: str) -> None:
    golden = {
        "topk": "topk_xy",
        "hf-vitpose": "hf_xy",
        "sapiens2": "sapiens2_xy",
        "local-softargmax": "local_xy",
    }
    if method == "topk":  # equal cells come in no order there
        assert np.isfinite(published(method).xy).all()
    else:
        np.testing.assert_allclose(
            published(method).xy[~SOME], GOLDEN[golden[method]][~SOME], rtol=0, atol=1e-5
        )


def test_literal_scores() -> None:
    for method, stored_as in (
        ("hf-vitpose", "hf_score"),
        ("sapiens2", "sapiens2_score"),
        ("expected-oks", "oks_score"),
    ):
        np.testing.assert_array_equal(published(method).score, GOLDEN[stored_as])


def test_keyposs_of_many_anchors() -> None:
    """The published code takes 30 of maps 20 high, and stops where float32 no longer lowers the cost."""
    found = published("keyposs", MAPS[:, :5], anchors=30)
    np.testing.assert_allclose(found.xy, GOLDEN["keyposs_many_xy"], rtol=0, atol=2e-3)


def test_gaussian_cov_is_the_published_least_squares() -> None:
    """Their optimiser differentiates float32 maps: it comes to rest within .01 cell and 2 % of the optimum."""
    found = published("gaussian-cov")
    assert found.covariance is not None
    inner = SOME.copy()
    inner[0, :2] = False
    np.testing.assert_allclose(found.xy[inner], GOLDEN["cov_xy"][inner], rtol=0, atol=0.01)
    np.testing.assert_allclose(found.covariance[inner], GOLDEN["cov"][inner], rtol=0.02, atol=0.02)


def test_sample_covariance() -> None:
    found = published("gaussian-cov", rule="moments")
    assert found.covariance is not None
    np.testing.assert_allclose(found.covariance[SOME], GOLDEN["mean_cov"][SOME], rtol=1e-4, atol=1e-4)


def body() -> NDArray[np.float32]:
    y, x = np.mgrid[:64, :48]
    at = GOLDEN["body_truth"][..., None, None]
    maps = np.exp(-((x - at[:, 0]) ** 2 + (y - at[:, 1]) ** 2) / 4)
    ripple = 0.02 * np.sin(12.9898 * x + 78.233 * y + np.arange(17)[:, None, None])
    return np.asarray(maps + ripple, np.float32)[None]


def test_expected_oks_of_a_body() -> None:
    """Every joint has the kernel of its own COCO sigma."""
    found = published("expected-oks", body())
    np.testing.assert_allclose(found.xy[0], GOLDEN["body_oks_xy"], rtol=0, atol=FLOAT32)
    np.testing.assert_allclose(found.score[0], GOLDEN["body_oks_score"], rtol=0, atol=1e-6)


def test_expected_oks_takes_the_sigmas_and_areas_it_is_given() -> None:
    """With COCO's sigmas and the area of the published rule it is the published place, where that is no rim."""
    area = np.array([48 / 1.25 * 64 / 1.25])
    found = decode("expected-oks", {"heatmaps": body()}, level((48, 64)), sigmas=COCO_SIGMAS, areas=area)
    inner = (np.abs(GOLDEN["body_oks_xy"] - [23.5, 31.5]) < [22, 30]).all(axis=-1)
    assert inner.sum() > 10
    np.testing.assert_allclose(found.xy[0, inner], GOLDEN["body_oks_xy"][inner], rtol=0, atol=FLOAT32)
    wide = decode("expected-oks", {"heatmaps": body()}, level((48, 64)), sigmas=COCO_SIGMAS, areas=area / 16)
    assert np.abs(wide.xy - found.xy).max() > 0.01
    with pytest.raises(SpecError, match="one per joint, 17"):
        decode("expected-oks", {"heatmaps": body()}, level((48, 64)), sigmas=(0.1, 0.2))
    with pytest.raises(SpecError, match="COCO's 17"):
        published("expected-oks", np.ones((1, 18, 4, 4), np.float32))


def crops(count: int) -> NDArray[np.float32]:
    y, x = np.mgrid[:64, :48]
    at = GOLDEN["many_truth"][..., None, None]
    maps = np.exp(-((x - at[:, 0]) ** 2 + (y - at[:, 1]) ** 2) / 8).astype(np.float32)
    return np.broadcast_to(maps, (count, *maps.shape))


def test_hugging_face_reads_other_cells_from_the_300th_crop_on() -> None:
    """The fault of its flat index in float32; by default every crop of the batch has the same answer."""
    maps = crops(330)
    found = published("hf-vitpose", maps)
    for crop, xy in zip(GOLDEN["many_crops"], GOLDEN["many_xy"], strict=True):
        np.testing.assert_allclose(found.xy[crop], xy, rtol=0, atol=FLOAT32)
    moved = np.abs(found.xy - found.xy[0]).max(axis=(1, 2))
    assert np.flatnonzero(moved > 1e-3)[0] == 299
    assert 0.5 < moved.max() < 1.01
    ours = decode("hf-vitpose", {"heatmaps": maps}, level((48, 64), 2.0)).xy
    np.testing.assert_array_equal(ours, np.broadcast_to(ours[0], ours.shape))
    np.testing.assert_allclose(ours[0], GOLDEN["many_truth"], rtol=0, atol=0.005)


def test_three_vectors() -> None:
    planes = {f"simcc_{axis}": GOLDEN[f"simcc_{axis}"] for axis in "xyz"}
    found = decode("simcc3d", planes, level(), literal=True)
    assert found.depth is not None
    np.testing.assert_array_equal(np.dstack([found.xy, found.depth]), GOLDEN["simcc3d_xyz"])
    np.testing.assert_array_equal(found.score, GOLDEN["simcc3d_score"])
    assert np.isnan(decode("simcc3d", planes, level()).xy[1, 3]).all()


CLEAN = {
    "local-softargmax": 0.35,
    "debiased-softargmax": 0.02,
    "topk": 0.35,
    "keyposs": 1e-4,
    "gaussian-cov": 1e-3,
    "hf-vitpose": 0.02,
    "sapiens2": 0.02,
    "expected-oks": 0.05,
}
"""Cells that the default form is off at most on clean maps of sigma 1.8."""


@pytest.mark.parametrize("method", CLEAN)
def test_default_forms_on_clean_maps(method: str) -> None:
    """Joints a sigma and more inside; where the map's mirrored sides cannot reach, for the rule that mirrors them."""
    far = 6 if method == "expected-oks" else 2
    xy = np.random.default_rng(4).uniform([far, far], [23 - far, 19 - far], (60, 1, 2))
    y, x = np.mgrid[:20, :24]
    maps = np.exp(-((x - xy[..., 0, None, None]) ** 2 + (y - xy[..., 1, None, None]) ** 2) / (2 * 1.8**2))
    found = decode(method, {"heatmaps": maps.astype(np.float32)}, level())
    assert np.abs(found.xy - xy).max() <= CLEAN[method]


def test_topk_does_not_mix_two_blobs() -> None:
    """The published mean of the greatest cells of two equal blobs lies between them."""
    y, x = np.mgrid[:20, :24]
    maps = sum(np.exp(-((x - at) ** 2 + (y - 10) ** 2) / 4) for at in (4, 18))[None, None].astype(np.float32)
    assert abs(published("topk", maps).xy[0, 0, 0] - 11) < 2
    assert abs(decode("topk", {"heatmaps": maps}, level()).xy[0, 0, 0] - 4) < 0.5


def test_an_elongated_blob_and_its_covariance() -> None:
    """gaussian-cov finds a blob of any direction, whatever its height."""
    turn = np.array([[np.cos(0.5), -np.sin(0.5)], [np.sin(0.5), np.cos(0.5)]])
    covariance = turn @ np.diag([9.0, 2.0]) @ turn.T
    y, x = np.mgrid[:30, :40]
    away = np.stack([x - 19.3, y - 14.6], axis=-1)
    maps = 0.4 * np.exp(-0.5 * np.einsum("yxi,ij,yxj->yx", away, np.linalg.inv(covariance), away))
    found = decode("gaussian-cov", {"heatmaps": maps[None, None]}, level((40, 30), 2.0))
    assert found.covariance is not None
    np.testing.assert_allclose(found.xy[0, 0], (19.3, 14.6), rtol=0, atol=1e-6)
    np.testing.assert_allclose(found.covariance[0, 0], covariance, rtol=0, atol=1e-5)


def test_a_blob_without_a_clear_width_takes_the_step_of_dark() -> None:
    """A ridge has no width along itself, and a single cell none at all: gaussian-cov's fits run off."""
    x, y = np.arange(40) - 19.3, np.arange(30)[:, None] - 14.0
    ridge = np.exp(-x * x / 8) * (1 - 1e-3 * abs(y))
    cell = 1.0 * ((abs(x) < 0.5) & (y == 0))
    maps = np.stack([ridge, cell])[None].astype(np.float32)
    found, stepped = (decode(m, {"heatmaps": maps}, level((40, 30), 2.0)) for m in ("gaussian-cov", "dark"))
    assert found.covariance is not None
    assert np.isnan(found.covariance).all()
    np.testing.assert_array_equal(found.xy, stepped.xy)


@pytest.mark.parametrize(("column", "moves"), [(1, False), (2, True), (21, True), (22, False)])
def test_literal_dark_steps_from_two_cells_off_a_side_on(column: int, moves: bool) -> None:
    """mmpose ``refine_keypoints_dark``: 1 < x < W - 2, W being 24."""
    y, x = np.mgrid[:20, :24]
    blob = np.exp(-((x - column - 0.3) ** 2 + (y - 9.7) ** 2) / (2 * 1.8**2))[None, None]
    (at,) = published("dark", blob.astype(np.float32)).xy[0]
    assert (at[0] != column) == moves
