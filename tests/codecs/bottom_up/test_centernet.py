"""CenterNet's labels against the targets its own dataset class gave, and what the corrected form corrects.

=======================================  =========================  ==============================================
array                                    plane                      tolerance
=======================================  =========================  ==============================================
hm, hm_hp, mse_hm, mse_hm_hp             hm, heatmaps               2e-6 (direct Gaussians)
ind, reg_mask, hps_mask, hp_ind,         the same                   exact
hp_mask
wh, reg, hps, hp_offset, dense_hps       the same                   1e-5 (affine in float32: 2 to 3 steps of 3.8e-6
                                                                    at 32 to 64 cells)
dense_hps_mask                           the same                   2e-6
=======================================  =========================  ==============================================
"""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.errors import SpecError
from kp2heat.frame import alignment
from kp2heat.scene import make_scene
from kp2heat.skeleton import Skeleton
from tests.shared import shared

FILE = ("golden", "systems", "centernet_multipose_label.npz")
EXACT = ("ind", "reg_mask", "hps_mask", "hp_ind", "hp_mask")
VECTORS = ("wh", "reg", "hps", "hp_offset")
GAUSSIAN, VECTOR = 2e-6, 1e-5


def label(golden, case, codec="centernet", **params):
    """Our planes of the golden case's one image, brought to the input by the reference's affine."""
    size, side = golden[f"{case}_img_w_h"].astype(float), int(golden[f"{case}_input_res"])

    def to_input(xy):
        return (xy - size / 2) * (side / float(golden[f"{case}_s"])) + side / 2

    box, points = (golden[f"{case}_{name}"].astype(float) for name in ("bbox_xywh", "kpts_xyv"))
    low, high = to_input(box[:, :2]), to_input(box[:, :2] + box[:, 2:])
    scene = make_scene(
        Skeleton.numbered(17),
        (side, side),
        to_input(points[..., :2]),
        points[..., 2],
        bbox=np.concatenate([low, high - low], axis=1),
        sample=np.zeros(len(box), np.int64),
        samples=1,
        outside="partial",
    )
    cells = side // 4, side // 4
    level = Level(cells, 2.0, alignment("stride", (side, side), cells))
    planes = CODECS[codec].encode(scene, level, np.float32, literal=True, **params)
    return {name: plane[0] for name, plane in planes.items()}


@pytest.mark.parametrize("case", ["c0", "c1", "c2"])
def test_the_published_label(case):
    with np.load(shared(*FILE)) as golden:
        planes = label(golden, case)
        for plane, name in (("hm", "hm"), ("heatmaps", "hm_hp")):
            np.testing.assert_allclose(planes[plane], golden[f"{case}_{name}"], rtol=0, atol=GAUSSIAN)
        for name in EXACT:
            np.testing.assert_array_equal(planes[name], golden[f"{case}_{name}"], err_msg=name)
        for name in VECTORS:
            np.testing.assert_allclose(
                planes[name], golden[f"{case}_{name}"], rtol=0, atol=VECTOR, err_msg=name
            )


def test_the_published_dense_joints():
    with np.load(shared(*FILE)) as golden:
        planes = label(golden, "c2", "centernet-dense")
        np.testing.assert_allclose(planes["dense_hps"], golden["c2_dense_dense_hps"], rtol=0, atol=VECTOR)
        mask = golden["c2_dense_dense_hps_mask"]
        np.testing.assert_allclose(planes["dense_hps_mask"], mask, rtol=0, atol=GAUSSIAN)


def test_the_published_maps_of_the_mse_loss():
    with np.load(shared(*FILE)) as golden:
        planes = label(golden, "c2", mse=True)
        np.testing.assert_allclose(planes["hm"], golden["c2_mse_hm"], rtol=0, atol=GAUSSIAN)
        np.testing.assert_allclose(planes["heatmaps"], golden["c2_mse_hm_hp"], rtol=0, atol=GAUSSIAN)


def drawn(xy, **more):
    scene = make_scene(
        Skeleton.numbered(xy.shape[1]),
        (256, 256),
        xy,
        np.full(xy.shape[:2], 2),
        sample=np.zeros(len(xy), np.int64),
        samples=1,
        **more,
    )
    level = Level((64, 64), 1.0, alignment("stride", (256, 256), (64, 64)))
    return lambda **params: CODECS["centernet"].encode(scene, level, np.float32, **params)


def test_the_true_radius_draws_smaller_blobs():
    """A 32x32-cell box: r = 8 as published and 2 as derived, so 17x17 cells above 0 and 5x5."""
    points = np.array([[[128.0, 128.0]]])
    encode = drawn(points, bbox=np.array([[64.0, 64.0, 128.0, 128.0]]))
    assert (encode(literal=True)["heatmaps"] > 0).sum() == 17**2
    assert (encode()["heatmaps"] > 0).sum() == 5**2


def test_a_joint_in_the_half_pixel_left_of_0_is_drawn_by_default():
    points = np.array([[[-0.4, 20.0], [100.0, 120.0]]])
    encode = drawn(points, bbox=np.array([[0.0, 0.0, 120.0, 140.0]]))
    np.testing.assert_array_equal(encode()["hp_mask"][0, :2], [1, 1])
    np.testing.assert_array_equal(encode(literal=True)["hp_mask"][0, :2], [0, 1])
    np.testing.assert_allclose(encode()["hp_offset"][0, 0], [-0.1, 0], atol=1e-7)


def test_people_without_a_box_take_the_extent_of_their_joints():
    planes = drawn(np.array([[[40.0, 60.0], [140.0, 100.0]]]))()
    np.testing.assert_allclose(planes["wh"][0, 0], [25, 10])
    assert planes["ind"][0, 0] == 20 * 64 + 22


def test_more_people_than_rows_are_refused_and_dropped_as_published():
    encode = drawn(np.random.default_rng(0).uniform(10, 240, (4, 3, 2)))
    with pytest.raises(SpecError, match="max_objs"):
        encode(max_objs=3)
    assert encode(max_objs=3, literal=True)["reg_mask"].sum() == 3


@pytest.mark.parametrize(("width", "kept"), [(0.0, 0), (2.0, 1), (30.0, 1)])
def test_a_literal_box_thinner_than_a_cell_is_a_person_and_one_of_no_width_is_none(width, kept):
    encode = drawn(np.array([[[101.0, 110.0]]]), bbox=np.array([[100.0, 100.0, width, 30.0]]))
    assert encode(literal=True)["reg_mask"].sum() == kept
