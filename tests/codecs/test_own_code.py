"""What must hold of the codecs that are no blobs in a map: mirror, batch, absent joints, empty scenes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kp2heat.codecs import CODECS
from kp2heat.codecs.bottom_up import paf
from kp2heat.contracts import Level
from kp2heat.frame import alignment
from kp2heat.scene import Scene, make_scene
from kp2heat.skeleton import Skeleton

NAMES = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
LIMBS = ((0, 1), (0, 2), (2, 1), (1, 3), (2, 4))
SKELETON = Skeleton(NAMES, limbs=LIMBS)
INPUT, SIZE = (48, 64), (12, 16)

CENTERNET = ("centernet", "centernet-dense")
ROWS = {
    "tag_index",
    "tag_valid",
    "wh",
    "reg",
    "ind",
    "reg_mask",
    "hps",
    "hps_mask",
    "hp_offset",
    "hp_ind",
    "hp_mask",
    "instance_heatmaps",
    "instance_weights",
    "instance_coords",
    "instance_valid",
}
"""Planes of one row a person: a second one takes the next row."""
OFFSETS = ("dlc-gaussian", "dlc-plateau", "sleap-offsets")
FIELDS = tuple(row.name for row in paf.FIELDS)
CODEC_NAMES = (
    "megvii",
    "udp-combined",
    "simcc-gaussian",
    "simcc-standard",
    "onehot",
    "openpifpaf",
    "posec3d-limbs",
    "probmap",
    "landmarker-gaussian",
    "landmarker-laplace",
    "cid-instances",
    "dekr",
    "spr-displacements",
    "associative-embedding-tags",
    *OFFSETS,
    *FIELDS,
    *CENTERNET,
)
FLOORED = ("megvii", "onehot", "associative-embedding-tags", "cid-instances", *CENTERNET)
"""A floor is not mirror symmetric."""


def scene_of(xy: NDArray[np.float64], **more: Any) -> Scene:
    visible = np.full(xy.shape[:2], 2, np.uint8)
    return make_scene(SKELETON, INPUT, xy, visible, **{"outside": "partial", **more})


def draw(codec: str, scene: Scene, align: str | None = None, **params: Any) -> dict[str, NDArray[Any]]:
    record = CODECS[codec]
    level = Level(SIZE, 1.5, alignment(align or record.align, INPUT, SIZE))
    return record.encode(scene, level, np.float32, **params)


def joints(seed: int, people: int = 6) -> NDArray[np.float64]:
    """Sub-pixel joints on and round the input, some beyond its sides, none halfway between two cells."""
    return (np.random.default_rng(seed).integers(-6 << 16, 70 << 16, (people, len(NAMES), 2)) + 0.5) / (
        1 << 16
    )


def mirrored(codec: str, planes: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The planes of the mirrored scene, had they been drawn from it."""
    swap = list(SKELETON.swap)
    channels = CODECS[codec].channels(SKELETON)
    order = [channels.index(NAMES[swap[NAMES.index(c)]]) if c in NAMES else i for i, c in enumerate(channels)]
    flipped = {}
    for name, plane in planes.items():
        if name in ("weights", "simcc_y", "annotated", "in_image"):
            flipped[name] = plane[:, swap]
        elif name == "heatmaps" or (codec in ("dekr", "spr-displacements") and name == "heatmap_weights"):
            flipped[name] = plane[:, order, :, ::-1]
        elif name == "cif":
            fields = plane.reshape(len(plane), -1, 5, *SIZE[::-1])[:, swap, ..., ::-1]
            flipped[name] = (fields * np.array([1, -1, 1, 1, 1])[:, None, None]).reshape(plane.shape)
        elif name == "caf":
            flipped[name] = mirrored_associations(plane)
        elif name in ("locref_mask", "offset_weights", "displacement_weights"):
            flipped[name] = plane.reshape(len(plane), -1, 2, *SIZE[::-1])[:, swap, ..., ::-1].reshape(
                plane.shape
            )
        elif name in ("paf_count", "limbs"):
            flipped[name] = plane[:, [limb for limb, _ in MIRRORED_LIMBS]][..., ::-1]
        elif name == "pafs":
            flipped[name] = mirrored_fields(plane)
        elif name in ("offsets", "displacements", "locref", "cell_offsets"):
            pairs = plane.reshape(len(plane), -1, 2, *SIZE[::-1])[:, swap, ..., ::-1]
            flipped[name] = (pairs * np.array([-1, 1])[:, None, None]).reshape(plane.shape)
        else:
            flipped[name] = plane[:, swap][..., ::-1]
    return flipped


def partners() -> list[tuple[int, int]]:
    """For each limb the one that becomes it in the mirror, and whether it then runs the same way (1) or back (-1)."""
    mirror = [(SKELETON.swap[a], SKELETON.swap[b]) for a, b in LIMBS]
    return [(LIMBS.index(m), 1) if m in LIMBS else (LIMBS.index(m[::-1]), -1) for m in mirror]


MIRRORED_LIMBS = partners()


def mirrored_fields(plane: NDArray[Any]) -> NDArray[Any]:
    pairs = plane.reshape(len(plane), len(LIMBS), 2, *SIZE[::-1])[..., ::-1]
    turned = [pairs[:, limb] * np.array([-way, way])[:, None, None] for limb, way in MIRRORED_LIMBS]
    return np.stack(turned, axis=1).reshape(plane.shape)


def mirrored_associations(plane: NDArray[Any]) -> NDArray[Any]:
    """x away turned; a limb that runs back in the mirror has its ends exchanged."""
    fields = plane.reshape(len(plane), len(LIMBS), 9, *SIZE[::-1])[..., ::-1]
    fields = fields * np.array([1, -1, 1, -1, 1, 1, 1, 1, 1])[:, None, None]
    ends = {1: [0, 1, 2, 3, 4, 5, 6, 7, 8], -1: [0, 3, 4, 1, 2, 6, 5, 8, 7]}
    turned = [fields[:, limb][:, ends[way]] for limb, way in MIRRORED_LIMBS]
    return np.stack(turned, axis=1).reshape(plane.shape)


@pytest.mark.parametrize("align", ["half-pixel", "align-corners"])
@pytest.mark.parametrize("codec", [name for name in CODEC_NAMES if name not in FLOORED])
def test_flipped_keypoints_draw_flipped_planes(codec: str, align: str) -> None:
    xy = joints(3, 40)
    here = draw(codec, scene_of(xy), align)
    there = draw(codec, scene_of((xy * [-1, 1] + [INPUT[0] - 1, 0])[:, list(SKELETON.swap)]), align)
    for name, plane in mirrored(codec, here).items():
        np.testing.assert_array_equal(plane, there[name], err_msg=name)


@pytest.mark.parametrize("codec", CODEC_NAMES)
def test_a_sample_alone_and_in_a_batch_has_the_same_bits(codec: str) -> None:
    xy = joints(4)
    batch = draw(codec, scene_of(xy))
    for n in range(len(xy)):
        for name, plane in draw(codec, scene_of(xy[n : n + 1])).items():
            np.testing.assert_array_equal(batch[name][n], plane[0], err_msg=name)


def drawn_nothing(codec: str, planes: dict[str, NDArray[Any]]) -> None:
    """All planes are 0 or NaN except the background, loss weights of maps, and ProbPose's word on the annotation."""
    joints = [i for i, name in enumerate(CODECS[codec].channels(SKELETON)) if name in NAMES]
    for name, plane in planes.items():
        if name not in ("heatmap_weights", "annotated"):
            drawn = plane[:, joints] if name == "heatmaps" else plane
            assert not np.nan_to_num(drawn).any(), name


@pytest.mark.parametrize("literal", [False, True])
@pytest.mark.parametrize("codec", CODEC_NAMES)
def test_absent_joints_draw_nothing_and_weigh_nothing(codec: str, literal: bool) -> None:
    xy = np.full((1, 5, 2), 20.0)
    xy[0, 0], xy[0, 1, 0] = np.nan, np.inf
    scene = make_scene(SKELETON, INPUT, xy, np.array([[2, 2, 0, 0, 0]], np.uint8))
    if literal and "literal" not in CODECS[codec].params:
        pytest.skip(f"{codec} has no published code to follow")
    drawn_nothing(codec, draw(codec, scene, **({"literal": True} if literal else {})))


@pytest.mark.parametrize("codec", CODEC_NAMES)
def test_an_empty_scene_gives_the_shapes_of_the_named_planes(codec: str) -> None:
    one, none = draw(codec, scene_of(joints(5, 1))), draw(codec, scene_of(np.zeros((0, 5, 2))))
    assert set(one) == set(none) == set(CODECS[codec].planes)
    for name, plane in none.items():
        assert plane.shape == (0, *one[name].shape[1:])
        assert plane.dtype == one[name].dtype


@pytest.mark.parametrize("codec", [name for name in CODEC_NAMES if name != "onehot"])
def test_several_people_share_the_planes_of_one_sample(codec: str) -> None:
    """Far apart, two people leave on one sample's maps what each leaves on a map of their own."""
    xy = np.stack([np.full((5, 2), 8.0), np.full((5, 2), 40.0)])
    apart = draw(codec, scene_of(xy))
    shared = draw(codec, scene_of(xy, sample=np.zeros(2, np.int64), samples=1))
    for name in set(apart) - {"weights"} - ROWS:
        first, second = apart[name]
        joints = slice(0, len(NAMES)) if name == "heatmaps" else slice(None)
        first, second = first[joints], second[joints]
        empty = [np.nan_to_num(one) == 0 for one in (first, second)]
        expected = np.where(empty[0], second, first)
        close = empty[0] | empty[1]
        np.testing.assert_array_equal(shared[name][0][joints][close], expected[close], err_msg=name)


@pytest.mark.parametrize("codec", CODEC_NAMES)
def test_a_joint_far_outside_weighs_nothing(codec: str) -> None:
    drawn_nothing(codec, draw(codec, scene_of(np.full((1, 5, 2), -300.0))))
