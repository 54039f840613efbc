"""The short ways to a shard give the bytes of the long one: drawn, normalised, rounded as arrays."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kp2heat.codecs import CODECS
from kp2heat.drawing.planes import draw
from kp2heat.pipeline.encoding import compress
from kp2heat.pipeline.encoding.planning.plane_layouts import plane_layouts
from kp2heat.scene import Scene, make_scene
from kp2heat.shards.schema import LevelLayout
from kp2heat.skeleton import Skeleton
from kp2heat.sparse import BlobKinds, PlacedBlobs
from kp2heat.spec import Spec

SKELETON = Skeleton.numbered(5)
PLACING = [name for name, codec in CODECS.items() if codec.place is not None]
NORMALIZED: list[tuple[str, dict[str, float]]] = [
    ("none", {}),
    ("sum", {}),
    ("sigmoid", {"gain": 4.0, "bias": -2.0}),
    ("softmax", {"beta": 7.0}),
    ("clamp", {}),
]


def scene_of(input_size: tuple[int, int], count: int, seed: int) -> Scene:
    """People on the border, beyond it, and in the middle; joints missing; boxes."""
    random = np.random.default_rng(seed)
    xy = random.uniform(-0.2, 1.2, (count, 5, 2)) * input_size
    visible = random.integers(0, 3, (count, 5)).astype(np.uint8)
    box = np.concatenate([xy.min(axis=1), np.ptp(xy, axis=1) + 1], axis=1)
    return make_scene(SKELETON, input_size, xy, visible, bbox=box, outside="partial")


def check(given: dict[str, object], count: int = 7, seed: int = 0) -> None:
    spec = Spec.from_fields(given, "test")
    assert spec.input_size is not None
    scene = scene_of(spec.input_size, count, seed)
    for level in spec.levels(spec.input_size):
        planes = draw(spec, level, scene)
        layout = LevelLayout(level.name, {}, plane_layouts(spec, SKELETON, level, spec.input_size))
        found: dict[str, bytes] = dict.fromkeys(planes, b"")
        for plane, first, pieces in compress.level_streams(spec, level, layout, scene):
            assert len(found[plane]) == first * planes[plane][0].nbytes
            found[plane] += b"".join(map(zlib.decompress, pieces))
        for plane, values in planes.items():
            dense = values.tobytes()
            assert found[plane][: len(dense)] == dense, (level.name, plane)


@pytest.mark.parametrize("literal", [False, True])
@pytest.mark.parametrize("dtype", ["f32", "f16", "u8"])
@pytest.mark.parametrize("codec", PLACING)
def test_every_codec_and_dtype(codec: str, dtype: str, literal: bool) -> None:
    if literal and "literal" not in CODECS[codec].params:
        pytest.skip(f"{codec} has no published code to follow")
    given = {"codec": codec, "dtype": dtype, "params": {"literal": True} if literal else {}}
    check({**given, "input_size": "192x256", "sizes": ["48x64", "36x36"]})


@pytest.mark.parametrize(("name", "params"), NORMALIZED)
@pytest.mark.parametrize("dtype", ["f32", "f16", "u8"])
@pytest.mark.parametrize("codec", ["gaussian", "msra", "dark", "pytorch-pose-cauchy"])
def test_every_normalisation(codec: str, dtype: str, name: str, params: dict[str, float]) -> None:
    settings = {"codec": codec, "dtype": dtype, "normalize": name, "normalize_params": params}
    check({**settings, "input_size": "200x200", "sizes": ["40x40"]})


@settings(max_examples=40)
@given(
    size=st.tuples(st.integers(2, 50), st.integers(2, 50)),
    sigma=st.floats(0.3, 9),
    codec=st.sampled_from(["gaussian", "msra", "dark"]),
    dtype=st.sampled_from(["f32", "f16", "u8"]),
    seed=st.integers(0, 1000),
)
def test_any_size_and_sigma(size: tuple[int, int], sigma: float, codec: str, dtype: str, seed: int) -> None:
    given = {"codec": codec, "dtype": dtype, "sigma": [sigma], "sizes": [f"{size[0]}x{size[1]}"]}
    check({**given, "input_size": "100x90"}, count=seed % 40 + 1, seed=seed)


def test_the_short_ways_are_taken() -> None:
    """Without them all of the above would compare the dense path with itself."""
    for codec, kinds in (("gaussian", False), ("msra", True), ("dark", False)):
        spec = Spec.from_fields({"codec": codec, "input_size": "192x256", "sizes": ["48x64"]}, "test")
        (level,) = spec.levels((192, 256))
        assert CODECS[codec].place is not None
        placed = CODECS[codec].place(scene_of((192, 256), 7, 0), level, np.float16)
        assert isinstance(placed, BlobKinds if kinds else PlacedBlobs)
        assert isinstance(placed, BlobKinds) or placed.window[0] < 48
    assert {"gaussian", "msra", "hrnet", "dark", "darkpose", "udp"} <= set(PLACING)


def test_rows_longer_than_a_stored_block() -> None:
    """An uncut blob in a map 20,000 cells wide: 80 kB a row."""
    check({"codec": "dark", "input_size": "20000x8", "sizes": ["20000x8"], "sigma": [900], "dtype": "f32"}, 2)
