"""CenterNet's decoder against its own, and people brought back from a label."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.decoders import decode
from kp2heat.decoders.bottom_up.centernet import detections
from kp2heat.frame import alignment
from kp2heat.scene import make_scene
from kp2heat.skeleton import Skeleton
from tests.shared import shared

FILE = ("golden", "systems", "centernet_decode.npz")
ATOL = 1e-5
"""Sums of float32 cells up to 28, whose step is 1.9e-6, three deep."""


def network(golden, offsets=True):
    def squashed(name):
        return 1 / (1 + np.exp(-golden[name].astype(float)))[None]

    heads = ("wh", "hps", "reg", "hp_offset") if offsets else ("wh", "hps")
    planes = {name: golden[name][None] for name in heads}
    return {"hm": squashed("logit_hm"), "heatmaps": squashed("logit_hm_hp"), **planes}


@pytest.mark.parametrize("count", [20, 100])
@pytest.mark.parametrize(("name", "offsets"), [("", True), ("noreg_", False)])
def test_multi_pose_decode(name, offsets, count):
    with np.load(shared(*FILE)) as golden:
        rows = golden[f"multi_pose_decode_{name}K{count}"]
        found = detections(network(golden, offsets), candidates=count)
        real = rows[:, 4] > 0
        assert (found.score[0] > 0).sum() == real.sum() >= 20
        rows, real = rows[: found.score.shape[1]], real[: found.score.shape[1]]
        np.testing.assert_allclose(found.box[0][real], rows[real, :4], rtol=0, atol=ATOL)
        np.testing.assert_allclose(found.score[0][real], rows[real, 4], rtol=0, atol=1e-6)
        joints = rows[real, 5:39].reshape(-1, 17, 2)
        np.testing.assert_allclose(found.joint[0][real], joints, rtol=0, atol=ATOL)


def test_ctdet_decode_of_five_classes():
    with np.load(shared(*FILE)) as golden:
        rows = golden["ctdet_cls5_K40"]
        classes = 1 / (1 + np.exp(-golden["logit_cls5"].astype(float)))[None]
        found = detections({**network(golden), "hm": classes}, candidates=40, snap=False)
        real = rows[:, 4] > 0
        assert real.sum() == found.score.shape[1] == 40
        np.testing.assert_allclose(found.box[0][real], rows[real, :4], rtol=0, atol=ATOL)
        np.testing.assert_array_equal(found.category[0][real], rows[real, 5])


def image_of(people, **params):
    xy = np.asarray(people, float)
    scene = make_scene(
        Skeleton.numbered(xy.shape[1]),
        (256, 256),
        xy,
        np.where(np.isfinite(xy[..., 0]), 2, 0),
        sample=np.zeros(len(xy), np.int64),
        samples=1,
    )
    level = Level((64, 64), 1.0, alignment("stride", (256, 256), (64, 64)))
    return CODECS["centernet"].encode(scene, level, np.float32, **params), level


def test_people_come_back_exactly():
    """float32 rows of up to 64 cells: a step is 3.8e-6 cells."""
    rng = np.random.default_rng(1)
    people = np.stack([rng.uniform(-50, 50, (9, 2)) + at for at in ((70, 80), (180, 70), (120, 190))])
    people[1, 4] = np.nan
    planes, level = image_of(people)
    found = decode("centernet", planes, level, top=3)
    back = np.swapaxes(level.alignment.to_input(found.xy)[0], 0, 1)
    order = [int(np.nanmean(np.abs(back - person), axis=(1, 2)).argmin()) for person in people]
    assert sorted(order) == [0, 1, 2]
    np.testing.assert_allclose(back[order], people, rtol=0, atol=1e-4)


def test_joints_that_share_a_cell_keep_their_own_offsets_but_in_literal_form():
    """One map of offsets for all joints: the second joint's offset is read for the first as well."""
    people = [[[100.5, 100.5], [102.5, 103.0], [160.0, 160.0], [60.0, 60.0]]]
    planes, level = image_of(people)
    ours, literal = (
        level.alignment.to_input(decode("centernet", planes, level, literal=flag).xy)[0, :2]
        for flag in (False, True)
    )
    np.testing.assert_allclose(ours, people[0][:2], rtol=0, atol=1e-4)
    np.testing.assert_allclose(literal, [people[0][1]] * 2, rtol=0, atol=1e-4)


def test_an_image_without_people_has_none():
    planes, level = image_of(np.full((1, 4, 2), np.nan))
    found = decode("centernet", planes, level, top=2)
    assert np.isnan(found.xy).all()
    assert not found.score.any()
