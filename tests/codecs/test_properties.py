"""What must hold of every codec, whatever is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kp2heat import gaussian
from kp2heat.codecs import CODECS
from kp2heat.codecs.gaussian.table import CONVENTIONS, ROWS
from kp2heat.contracts import Level
from kp2heat.frame import alignment
from kp2heat.scene import Scene, make_scene
from kp2heat.skeleton import Skeleton

NAMES = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
SKELETON = Skeleton(NAMES)
INPUT, SIZE = (48, 64), (12, 16)
BY_NAME = CONVENTIONS
MIRRORED = [b.name for b in ROWS if b.align in ("half-pixel", "align-corners")]
MAXED = [b.name for b in ROWS if b.merge == "max" and b.maps_of == "joints"]

eighths = st.integers(-8 * 8, 72 * 8).map(lambda n: n / 8)
joints = st.lists(st.tuples(eighths, eighths), min_size=5, max_size=5)
people = st.lists(joints, min_size=1, max_size=4)


def level(codec: str, sigma: float = 1.5) -> Level:
    return Level(SIZE, sigma, alignment(CODECS[codec].align, INPUT, SIZE))


def scene_of(xy: NDArray[np.float64], **more: Any) -> Scene:
    visible = np.full(xy.shape[:2], 2, np.uint8)
    low, high = xy.min(axis=1), xy.max(axis=1)
    bbox = np.concatenate([low, high - low], axis=1)
    return make_scene(SKELETON, INPUT, xy, visible, bbox=bbox, **{"outside": "partial", **more})


def draw(codec: str, scene: Scene) -> dict[str, NDArray[Any]]:
    return CODECS[codec].encode(scene, level(codec), np.float32)


@pytest.mark.parametrize("codec", MAXED)
@settings(max_examples=20)
@given(people=people, seed=st.integers(0, 99))
def test_the_greatest_blob_wins_in_any_order(codec: str, people: list[Any], seed: int) -> None:
    xy = np.array(people, float)
    together = {"sample": np.zeros(len(xy), np.int64), "samples": 1}
    shuffled = np.random.default_rng(seed).permutation(len(xy))
    one, other = (draw(codec, scene_of(given, **together)) for given in (xy, xy[shuffled]))
    np.testing.assert_array_equal(one["heatmaps"], other["heatmaps"])
    np.testing.assert_array_equal(one["weights"], other["weights"])


@pytest.mark.parametrize(
    "codec", [name for name in MAXED if not BY_NAME[name].unit_sum and not BY_NAME[name].shrink]
)
def test_as_many_people_as_samples_but_not_one_each(codec: str) -> None:
    """Two people on the first image, none on the second: the first holds both, the second nothing."""
    xy = np.stack([np.full((5, 2), 16.0), np.full((5, 2), 20.0)])
    apart = draw(codec, scene_of(xy))
    shared = draw(codec, scene_of(xy, sample=np.zeros(2, np.int64), samples=2))
    joints = [i for i, name in enumerate(CODECS[codec].channels(SKELETON)) if name in NAMES]
    both, maps = apart["heatmaps"][:, joints], shared["heatmaps"][:, joints]
    np.testing.assert_array_equal(maps[0], both.max(axis=0))
    np.testing.assert_array_equal(shared["weights"][0], apart["weights"].max(axis=0))
    assert not maps[1].any()
    assert not shared["weights"][1].any()


@pytest.mark.parametrize("codec", MIRRORED)
@settings(max_examples=25)
@given(joints=joints)
def test_flipped_keypoints_draw_flipped_maps(codec: str, joints: list[Any]) -> None:
    xy = np.array([joints], float)
    if BY_NAME[codec].rounding != "none":
        xy = xy + 1 / 16  # exactly between two cells a rounded centre has no mirror image
    swap = list(SKELETON.swap)
    flipped = (xy * [-1, 1] + [INPUT[0] - 1, 0])[:, swap]
    here, there = draw(codec, scene_of(xy)), draw(codec, scene_of(flipped))
    channels = CODECS[codec].channels(SKELETON)
    partner = {name: NAMES[swap[k]] for k, name in enumerate(NAMES)}
    partner |= {f"all/{name}": f"all/{other}" for name, other in partner.items()}
    order = [channels.index(partner.get(name, name)) for name in channels]
    np.testing.assert_array_equal(here["heatmaps"][:, order, :, ::-1], there["heatmaps"])
    np.testing.assert_array_equal(here["weights"][:, swap], there["weights"])


@pytest.mark.parametrize("codec", BY_NAME)
@settings(max_examples=10)
@given(people=people)
def test_a_sample_alone_and_in_a_batch_has_the_same_bits(codec: str, people: list[Any]) -> None:
    xy = np.array(people, float) / 3
    batch = draw(codec, scene_of(xy))
    for n in range(len(xy)):
        alone = draw(codec, scene_of(xy[n : n + 1]))
        for plane in batch:
            np.testing.assert_array_equal(batch[plane][n], alone[plane][0])


@pytest.mark.parametrize(
    ("codec", "literal"), [(b.name, form) for b in ROWS for form in (False, True) if b.literal or not form]
)
def test_absent_joints_draw_nothing_and_weigh_nothing(codec: str, literal: bool) -> None:
    record = CODECS[codec]
    xy = np.full((1, 5, 2), 20.0)
    xy[0, 0], xy[0, 1, 0] = np.nan, np.inf
    visible = np.array([[2, 2, 0, 0, 0]], np.uint8)
    scene = make_scene(SKELETON, INPUT, xy, visible)
    planes = record.encode(scene, level(codec), np.float32, **({"literal": True} if literal else {}))
    joints = [i for i, name in enumerate(record.channels(SKELETON)) if name in NAMES]
    assert not planes["heatmaps"][:, joints].any()
    assert not planes["weights"].any()


@pytest.mark.parametrize("codec", BY_NAME)
@pytest.mark.parametrize(("dtype", "scale"), [(np.float16, 1.0), (np.uint8, 1 / 255)])
def test_stored_maps_are_the_float64_maps_rounded_once(codec: str, dtype: Any, scale: float) -> None:
    scene = scene_of(np.random.default_rng(5).uniform(0, 47, (6, 5, 2)))
    exact = CODECS[codec].encode(scene, level(codec), np.float64)["heatmaps"]
    stored = CODECS[codec].encode(scene, level(codec), dtype, scale=scale)["heatmaps"]
    np.testing.assert_array_equal(stored, gaussian.stored(exact, dtype, scale))


def test_u8_counts_are_within_half_a_count_of_the_gaussian() -> None:
    grid = np.arange(16)
    scene = scene_of(np.full((1, 5, 2), 21.25))
    counts = CODECS["gaussian"].encode(scene, level("gaussian"), np.uint8, scale=1 / 255)["heatmaps"][0, 0]
    centre = (21.25 + 0.5) / 4 - 0.5
    z = np.exp(-((grid - centre) ** 2) / (2 * 1.5**2)) * (np.abs(grid - centre) <= 4.5)
    assert np.abs(counts / 255 - np.outer(z, z[:12])).max() <= 0.5 / 255 + 1e-12
