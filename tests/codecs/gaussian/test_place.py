"""Blobs that are not painted yet: painted by hand, they are the maps that the codec encodes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.frame import alignment
from kp2heat.scene import make_scene
from kp2heat.skeleton import Skeleton
from kp2heat.sparse import BlobKinds, PlacedBlobs

INPUT, SIZE = (96, 128), (24, 32)
COMPOSED = {"cpm", "cpm-label", "cpm-pytorch", "cpm-tf", "openpose", "dsnt", "kornia", "lightning-pose"}
"""Codecs whose maps are more than a blob each: a background, sums, or an even map where there is no joint."""
PLACING = [name for name, codec in CODECS.items() if codec.place is not None and name not in COMPOSED]


def painted(placed: PlacedBlobs) -> NDArray[Any]:
    """The maps of the blobs, each window copied to its place."""
    maps = np.zeros((placed.maps, SIZE[1], SIZE[0]), np.float32)
    (wide, high), values = placed.window, placed.patches(slice(None))
    for blob, (index, origin) in enumerate(zip(placed.index, placed.origin, strict=True)):
        y, x = divmod(int(origin), SIZE[0])
        maps[index, y : y + high, x : x + wide] = values[blob]
    return maps


def whole(placed: PlacedBlobs | BlobKinds) -> NDArray[Any]:
    """The maps of the blobs, or of the kinds, of which each is drawn once."""
    if isinstance(placed, PlacedBlobs):
        return painted(placed)
    maps = np.zeros((placed.maps, SIZE[1], SIZE[0]), np.float32)
    maps[placed.index] = painted(placed.placed(np.arange(placed.kinds)))[placed.kind]
    return maps


@pytest.mark.parametrize("name", PLACING)
def test_painted_blobs_are_the_maps(name: str) -> None:
    codec = CODECS[name]
    random = np.random.default_rng(4)
    xy = random.uniform(-0.1, 1.1, (6, 3, 2)) * INPUT
    box = np.concatenate([xy.min(axis=1), np.ptp(xy, axis=1) + 1], axis=1)
    skeleton = Skeleton(("a", "b", "c"))
    scene = make_scene(skeleton, INPUT, xy, random.integers(0, 3, (6, 3)), bbox=box, outside="partial")
    level = Level(SIZE, 1.5, alignment(codec.align, INPUT, SIZE))
    planes = codec.encode(scene, level, np.float32)
    assert codec.place is not None
    placed = codec.place(scene, level, np.float32)
    assert placed is not None
    np.testing.assert_array_equal(whole(placed).reshape(planes["heatmaps"].shape), planes["heatmaps"])
    np.testing.assert_array_equal(placed.weights, planes["weights"])


def test_several_people_in_one_map_are_not_placed() -> None:
    points = np.array([[[20.0, 30.0]], [[60.0, 90.0]]])
    level = Level(SIZE, 1.5, alignment("half-pixel", INPUT, SIZE))
    place = CODECS["gaussian"].place
    assert place is not None
    for samples in ([0, 0], [0, 1]):
        scene = make_scene(
            Skeleton(("a",)),
            INPUT,
            points,
            np.full((2, 1), 2),
            sample=np.array(samples),
            samples=max(samples) + 1,
        )
        assert (place(scene, level, np.float32) is None) == (samples == [0, 0])


def test_a_cauchy_blob_is_its_formula() -> None:
    """(1 + d^2 / sigma^2)^-1.5 within the patch of draw_labelmap; d in cells from the rounded centre."""
    level = Level(SIZE, 1.0, alignment("stride", INPUT, SIZE))
    scene = make_scene(Skeleton(("a",)), INPUT, np.array([[[40.0, 60.0]]]), np.full((1, 1), 2))
    drawn = CODECS["pytorch-pose-cauchy"].encode(scene, level, np.float32)["heatmaps"][0, 0]
    y, x = np.indices(drawn.shape)
    cy, cx = divmod(int(drawn.argmax()), SIZE[0])
    formula = (1.0 + (x - cx) ** 2 + (y - cy) ** 2) ** -1.5
    assert (drawn > 0).sum() > 9
    np.testing.assert_allclose(drawn[drawn > 0], formula[drawn > 0], rtol=1e-6)


def test_joints_in_no_group_weigh_nothing_and_are_in_no_map() -> None:
    level = Level(SIZE, 1.5, alignment("half-pixel", INPUT, SIZE))
    points = np.array([[[20.0, 30.0], [60.0, 90.0], [80.0, 20.0]]])
    skeleton = Skeleton(("a", "b", "c"))
    encode = CODECS["gaussian"].encode
    planes = encode(
        make_scene(skeleton, INPUT, points, np.full((1, 3), 2)), level, np.float32, groups={"ab": ["a", "b"]}
    )
    without = make_scene(skeleton, INPUT, points, np.array([[2, 2, 0]]))
    alone = encode(without, level, np.float32, groups={"ab": ["a", "b"]})
    assert planes["heatmaps"].shape[1] == 1
    np.testing.assert_array_equal(planes["heatmaps"], alone["heatmaps"])
    np.testing.assert_array_equal(planes["weights"], [[1, 1, 0]])
