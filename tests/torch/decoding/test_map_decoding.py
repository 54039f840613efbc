"""Decoding on the device gives NumPy's keypoints, and so does the exported module."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import kp2heat  # noqa: E402
from kp2heat.contracts import Level  # noqa: E402
from kp2heat.decoders import DECODERS  # noqa: E402
from kp2heat.decoders import decode as host_decode  # noqa: E402
from kp2heat.errors import InputError, SpecError  # noqa: E402
from kp2heat.frame import alignment  # noqa: E402
from kp2heat.torch import MapDecoder, decode  # noqa: E402
from kp2heat.torch.decoding.methods import METHODS  # noqa: E402

pytestmark = pytest.mark.torch
INPUT = (96, 128)
PUBLISHED = ("expected-oks", "sapiens2", "hf-vitpose", "megvii")


def level(size: tuple[int, int] = (24, 32), sigma: float = 1.5, align: str = "half-pixel") -> Level:
    return Level(size, sigma, alignment(align, INPUT, size))


def maps_of(grid: Level, seed: int, noise: float, count: int = 12) -> np.ndarray:
    """Blobs inside and at the sides, some shifted out, with noise; one map empty, one negative, one with NaN."""
    rng = np.random.default_rng(seed)
    width, height = grid.size
    x, y = rng.uniform(-1.5, width + 0.5, (count, 5)), rng.uniform(-1.5, height + 0.5, (count, 5))
    across = np.exp(-0.5 * ((np.arange(width) - x[..., None]) / grid.sigma) ** 2)
    down = np.exp(-0.5 * ((np.arange(height) - y[..., None]) / grid.sigma) ** 2)
    maps = down[..., :, None] * across[..., None, :] * rng.uniform(0.3, 1, (count, 5, 1, 1))
    maps += rng.normal(0, noise, maps.shape)
    maps[0, 0], maps[0, 1] = 0, -1
    maps[0, 2, 0, 0] = np.nan
    return maps.astype(np.float32)


@pytest.mark.parametrize(
    ("method", "noise"),
    [(method, noise) for method in METHODS for noise in (0.0, 0.02, 0.1, 0.2)],
)
def test_keypoints_are_those_of_numpy(method: str, noise: float) -> None:
    for seed, (size, sigma) in enumerate([((24, 32), 1.5), ((12, 16), 1.0), ((48, 64), 2.0), ((7, 7), 1.0)]):
        grid = level(size, sigma)
        maps = maps_of(grid, seed, noise)
        if method in ("softargmax", "expectation"):
            maps = np.nan_to_num(maps)
        wanted = host_decode(method, {"heatmaps": maps}, grid)
        xy, score = decode(torch.from_numpy(maps), grid, method)
        np.testing.assert_array_equal(np.isnan(xy.numpy()), np.isnan(wanted.xy))
        np.testing.assert_allclose(xy.numpy(), wanted.xy, atol=1e-4)
        np.testing.assert_allclose(score.numpy(), wanted.score, rtol=1e-6)


SETTINGS: list[tuple[str, dict[str, Any]]] = [
    *[(method, {"threshold": 0.5}) for method in METHODS],
    ("softargmax", {"temperature": 0.2}),
    ("local-softargmax", {"cells": 7, "t": 4.0}),
    ("debiased-softargmax", {"beta": 20.0}),
    ("topk", {"k": 4}),
    ("topk", {"k": 400}),
    ("expected-oks", {"sigmas": (0.03, 0.1, 0.05, 0.02, 0.08)}),
    (
        "expected-oks",
        {"sigmas": (0.03, 0.1, 0.05, 0.02, 0.08), "areas": np.array([9.0, np.nan, 0, *[500.0] * 9])},
    ),
    ("sapiens2", {"kernel": 7}),
    ("hf-vitpose", {"kernel": 5}),
    ("megvii", {"kernel": 7}),
    ("gaussian-cov", {"rule": "moments"}),
]


@pytest.mark.parametrize(("method", "settings"), SETTINGS)
def test_settings_are_followed(method: str, settings: dict[str, Any]) -> None:
    for seed, grid in enumerate([level(), level((7, 7), 1.0)]):
        maps = np.nan_to_num(maps_of(grid, seed, 0.05))
        wanted = host_decode(method, {"heatmaps": maps}, grid, **settings)
        given = {key: torch.from_numpy(v) if key == "areas" else v for key, v in settings.items()}
        xy, score = decode(torch.from_numpy(maps), grid, method, **given)
        np.testing.assert_array_equal(np.isnan(xy.numpy()), np.isnan(wanted.xy))
        np.testing.assert_allclose(xy.numpy(), wanted.xy, atol=1e-4)
        np.testing.assert_allclose(score.numpy(), wanted.score, rtol=1e-6)


@pytest.mark.parametrize("kind", ["float16", "bfloat16", "float64"])
@pytest.mark.parametrize("method", METHODS)
def test_maps_of_any_precision(method: str, kind: str) -> None:
    """As autocast leaves them: bfloat16 has 8 bits, so that many maps have a plateau."""
    grid = level()
    maps = torch.from_numpy(np.nan_to_num(maps_of(grid, 1, 0.02))).to(getattr(torch, kind))
    wanted = host_decode(method, {"heatmaps": maps.to(torch.float32).numpy()}, grid)
    xy, score = decode(maps, grid, method)
    np.testing.assert_allclose(xy.numpy(), wanted.xy, atol=1e-4)
    np.testing.assert_allclose(score.numpy(), wanted.score, rtol=1e-6)


LITERAL = [
    *[(method, {"rule": rule}) for method in ("argmax", "quarter", "dark") for rule in ("hrnet", "mmpose")],
    ("dark", {"kernel": 17}),
    ("dark-udp", {}),
    ("dark-udp", {"kernel": 17}),
]


@pytest.mark.filterwarnings("ignore:invalid value encountered", "ignore:divide by zero")
@pytest.mark.parametrize("noise", [0.0, 0.02, 0.1])
@pytest.mark.parametrize(("method", "settings"), LITERAL)
def test_literal_forms_are_those_of_numpy(method: str, settings: dict[str, Any], noise: float) -> None:
    """Empty maps and maps of NaN, too; of steps without a bound those that rounding cannot blow up."""
    for seed, grid in enumerate([level(), level((7, 7), 1.0), level((48, 64), 2.0)]):
        maps = maps_of(grid, seed, noise)
        wanted = host_decode(method, {"heatmaps": maps}, grid, literal=True, **settings)
        xy, score = decode(torch.from_numpy(maps), grid, method, literal=True, **settings)
        near = np.abs(wanted.xy - host_decode("argmax", {"heatmaps": maps}, grid).xy).max(axis=-1) < 5
        assert near.sum() > 50
        np.testing.assert_allclose(xy.numpy()[near], wanted.xy[near], rtol=0, atol=1e-4)
        np.testing.assert_array_equal(np.isnan(xy.numpy()), np.isnan(wanted.xy))
        np.testing.assert_array_equal(score.numpy(), wanted.score.astype(np.float32))


@pytest.mark.parametrize("method", METHODS)
def test_every_setting_is_taken_or_refused(method: str) -> None:
    tried = {key for name, settings in SETTINGS if name == method for key in settings}
    assert tried | {"literal", *METHODS[method].of_published} == set(METHODS[method].takes) | {"literal"}
    tried |= set(METHODS[method].takes)
    defaults = DECODERS[method].params
    rule = "hrnet" if defaults.get("rule") == "mmpose" else "mmpose"
    others = {"literal": True, "top": 2, "anchors": 6, "rule": rule, "kernel": 9}
    for key in set(defaults) - tried:
        with pytest.raises(SpecError, match=rf"{key}=\w+ has no form on a device; decode on the CPU"):
            decode(torch.zeros((1, 1, 32, 24)), level(), method, **{key: others[key]})


@pytest.mark.parametrize(
    "method", ["argmax", "lsq", "fit", "weighted-fit", "quarter", "gaussian-cov", *PUBLISHED]
)
def test_a_plateau_is_decoded_at_its_middle(method: str) -> None:
    grid = level()
    maps = np.minimum(maps_of(grid, 3, 0.0), 0.25)
    wanted = host_decode(method, {"heatmaps": maps}, grid)
    xy, _ = decode(torch.from_numpy(maps), grid, method)
    np.testing.assert_allclose(xy.numpy(), wanted.xy, atol=1e-4)


@pytest.mark.parametrize("align", ["half-pixel", "stride", "align-corners"])
@pytest.mark.parametrize("codec", ["gaussian", "hourglass"])
def test_the_module_answers_in_input_pixels(align: str, codec: str) -> None:
    xy = np.random.default_rng(0).uniform(8, 88, (3, 4, 2))
    planes = kp2heat.encode(xy, codec=codec, input_size=INPUT, size=(24, 32), sigma=1.5, align=align)
    wanted = kp2heat.decode(planes, method="dark", codec=codec, sigma=1.5, align=align, input_size=INPUT)
    module = MapDecoder(level(align=align), "dark", codec)
    found, score = module(torch.from_numpy(planes["heatmaps"]))
    np.testing.assert_allclose(found.numpy(), wanted.xy, atol=1e-3)
    np.testing.assert_allclose(score.numpy(), wanted.score, rtol=1e-6)


QUICK = ("argmax", "lsq")


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")  # of the exporter itself
@pytest.mark.parametrize(
    ("method", "settings"),
    [
        *[pytest.param(m, {}, marks=[pytest.mark.slow] * (m not in QUICK)) for m in METHODS],
        pytest.param("expected-oks", {"sigmas": (0.03, 0.1, 0.05, 0.02, 0.08)}, marks=pytest.mark.slow),
        ("softargmax", {"temperature": 0.2, "threshold": 0.4}),
        *[
            pytest.param(m, {"literal": True}, marks=pytest.mark.slow)
            for m in ("quarter", "dark", "dark-udp")
        ],
    ],
)
def test_the_exported_module_gives_the_same_keypoints(
    method: str, settings: dict[str, Any], tmp_path: Path
) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    grid = level()
    maps = torch.from_numpy(np.nan_to_num(maps_of(grid, 5, 0.02)))
    module = MapDecoder(grid, method, **settings).eval()
    path = tmp_path / "decoder.onnx"
    with torch.no_grad():
        torch.onnx.export(
            module,
            (maps[:4],),
            path,
            dynamo=True,
            external_data=False,
            verbose=False,
            input_names=["maps"],
            dynamic_shapes={"maps": {0: torch.export.Dim("batch")}},
        )
    assert [file.name for file in tmp_path.iterdir()] == ["decoder.onnx"]
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    for batch in (maps, maps[:2]):
        xy, score = session.run(None, {"maps": batch.numpy()})
        wanted_xy, wanted_score = module(batch)
        np.testing.assert_allclose(xy, wanted_xy.numpy(), atol=4e-4)  # 1e-4 cells of 4 px
        np.testing.assert_allclose(score, wanted_score.numpy(), rtol=1e-6)


def test_gradients_flow_through_softargmax() -> None:
    maps = torch.rand((1, 2, 32, 24), requires_grad=True)
    decode(maps, level(), "softargmax")[0].sum().backward()
    assert maps.grad is not None
    assert maps.grad.abs().sum() > 0


def test_what_cannot_be_decoded_is_refused() -> None:
    with pytest.raises(SpecError, match="did you mean 'dark'"):
        decode(torch.zeros((1, 1, 32, 24)), level(), "darkk")
    with pytest.raises(InputError, match=r"give \(N, K, 32, 24\)"):
        decode(torch.zeros((1, 1, 24, 32)), level())
    with pytest.raises(SpecError, match="codec"):
        MapDecoder(level(), "dark", "gauss")
    with pytest.raises(SpecError, match="0 is not usable"):
        MapDecoder(level(), "softargmax", temperature=0)
    with pytest.raises(SpecError, match="give one per joint, 3"):
        decode(torch.zeros((1, 3, 32, 24)), level(), "expected-oks", sigmas=(0.1, 0.2))
    with pytest.raises(SpecError, match="differ from image to image"):
        MapDecoder(level(), "expected-oks", sigmas=(0.1,), areas=torch.ones(1))


def test_equal_cells_count_in_the_order_of_numpy() -> None:
    """A blob between four cells has eight equal ones behind them, of which ``topk`` takes five."""
    grid = level()
    x, y = np.arange(24) - 11.5, np.arange(32)[:, None] - 14.5
    maps = np.exp(-(x * x + y * y) / (2 * grid.sigma**2)).astype(np.float32)[None, None]
    xy, _ = decode(torch.from_numpy(maps), grid, "topk")
    np.testing.assert_allclose(xy.numpy(), host_decode("topk", {"heatmaps": maps}, grid).xy, atol=1e-4)
