"""What a codec draws when nothing is said: the sigma, the shift and the parameters of its publication."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.frame import alignment
from kp2heat.scene import make_scene
from kp2heat.skeleton import Skeleton

FLOORED = {
    "hourglass",
    "pytorch-pose",
    "pytorch-pose-cauchy",
    "cpm-tf",
    "centernet-umich",
    "centernet-msra",
    "tfod-centernet",
    "centernet",
    "centernet-dense",
    "megvii",
    "onehot",
}
"""Codecs that floor the centre: the joint lies half a cell further on average."""

SIGMAS = {
    # of 7 px: CPM, OpenPose and their fields
    **dict.fromkeys(
        ("cpm", "cpm-label", "cpm-full", "openpose", "paf", "paf-caffe", "paf-pytorch", "paf-hyperpose"),
        7 / 4,
    ),
    # of 21 px: CPM's maps of the person's centre
    **dict.fromkeys(
        (
            "center-label-heatmap",
            "center-gaussian-heatmap",
            "center-map",
            "center-map-pooled",
            "center-map-test",
        ),
        21 / 4,
    ),
    "center-map-pytorch": 3 / 4,
    # of 8 px, drawn at full size
    **dict.fromkeys(("tf-pose", "openpose-plus", "paf-tfpose"), 2.0),
    # of 2 x 17 / 3 px
    **dict.fromkeys(
        ("deeplabcut", "deeplabcut-disc", "paf-dlc", "dlc-gaussian", "dlc-plateau"), 2 * 17 / 3 / 4
    ),
    "matlab-group": 5.0,
    "hourglass": 1.75,
    "lightning-pose": 1.25,
    "cpm-pytorch": 3,
    "centernet-msra": 2,
    "dekr": 2,
    "posec3d": 0.6,
    "posec3d-limbs": 0.6,
    **dict.fromkeys(("pytorch-pose", "pytorch-pose-cauchy", "cpm-tf", "deepposekit"), 1),
    **dict.fromkeys(("spr", "spr-displacements"), 1.0),  # sqrt(48 x 64) / 32 // 2, and not below 1
    **dict.fromkeys(("associative-embedding", "associative-embedding-tags"), (48 * 64) ** 0.5 / 64),
    "probmap": 0.55**0.5,
}
"""Cells, at 48x64 and stride 4; all others follow the common rule, which depends on the size of the map."""

INPUT, SIZE = (96, 128), (24, 32)
SKELETON = Skeleton(("a", "b", "c"), limbs=((0, 1), (1, 2)))


@pytest.mark.parametrize("name", CODECS)
def test_parameters_that_are_not_given_are_those_of_the_table(name: str) -> None:
    codec = CODECS[name]
    xy = np.array([[[20.3, 30.8], [50.1, 60.2], [70.7, 90.4]]])
    scene = make_scene(SKELETON, INPUT, xy, np.full((1, 3), 2), bbox=np.array([[10.0, 20, 70, 80]]))
    level = Level(SIZE, 1.5, alignment(codec.align, INPUT, SIZE))
    plain = codec.encode(scene, level, np.float32)
    for plane, values in codec.encode(scene, level, np.float32, **codec.params).items():
        np.testing.assert_array_equal(plain[plane], values, err_msg=plane)


@pytest.mark.parametrize("name", CODECS)
def test_the_default_sigma_is_the_published_one(name: str) -> None:
    sigma = CODECS[name].sigma
    assert (sigma((48, 64), (4.0, 4.0)) if sigma else None) == pytest.approx(SIGMAS.get(name))


def test_codecs_that_floor_the_centre_record_half_a_cell() -> None:
    assert {name: codec.shift for name, codec in CODECS.items() if codec.shift} == dict.fromkeys(FLOORED, 0.5)
