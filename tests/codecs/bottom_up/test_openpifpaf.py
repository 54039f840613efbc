"""Composite fields against OpenPifPaf's own encoder and its C++ accumulation.

=====================  ====================================  ==============================================
array                  compared with                         tolerance
=====================  ====================================  ==============================================
cif, caf               the planes of that name               1e-6 (float32 sums of cells up to 21); NaN in
                                                             the same cells
cifhr_first6, _max     votes of the published cif            2e-6 (up to 16 float32 sums)
cifhr_argmax_xy        their greatest pixel                  exact
=====================  ====================================  ==============================================
"""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.decoders import decode
from kp2heat.decoders.bottom_up.cif import accumulated
from kp2heat.errors import SpecError
from kp2heat.frame import alignment
from kp2heat.scene import make_scene
from kp2heat.skeleton import COCO_NAMES, Skeleton
from tests.shared import shared

FILE = ("golden", "systems", "openpifpaf.npz")
INPUT, SIZE = (161, 121), (21, 16)
LEVEL = Level(SIZE, 1.0, alignment("align-corners", INPUT, SIZE))


@pytest.mark.parametrize("plane", ["cif", "caf"])
def test_the_published_fields(plane):
    with np.load(shared(*FILE)) as golden:
        points = golden["kpts_xyv"].astype(float)
        limbs = tuple((int(a) - 1, int(b) - 1) for a, b in golden["skeleton_1based"])
        scene = make_scene(
            Skeleton(COCO_NAMES, limbs=limbs),
            INPUT,
            points[..., :2],
            points[..., 2],
            sample=np.zeros(len(points), np.int64),
            samples=1,
        )
        drawn = CODECS["openpifpaf"].encode(scene, LEVEL, np.float32)[plane][0]
        np.testing.assert_allclose(drawn.reshape(golden[plane].shape), golden[plane], rtol=0, atol=1e-6)


def test_the_published_votes():
    with np.load(shared(*FILE)) as golden:
        votes = accumulated(golden["cif"].astype(float), (8.0, 8.0))
        np.testing.assert_allclose(votes[:6], golden["cifhr_first6"], rtol=0, atol=2e-6)
        np.testing.assert_allclose(votes.max(axis=(1, 2)), golden["cifhr_max"], rtol=0, atol=2e-6)
        place = votes.reshape(17, -1).argmax(axis=1)
        np.testing.assert_array_equal(
            np.stack(np.divmod(place, 161)[::-1], axis=1), golden["cifhr_argmax_xy"]
        )


def test_votes_find_a_joint_to_half_a_pixel():
    rng = np.random.default_rng(2)
    xy = rng.uniform([5, 5], [155, 115], (8, 5, 2))
    skeleton = Skeleton(tuple("abcde"), limbs=((0, 1),))
    scene = make_scene(skeleton, INPUT, xy, np.full((8, 5), 2))
    planes = CODECS["openpifpaf"].encode(scene, LEVEL, np.float32)
    found = LEVEL.alignment.to_input(decode("cifhr", planes, LEVEL).xy)
    assert np.abs(found - xy).max() <= 0.5 + 1e-4


def test_a_person_of_two_joints_has_no_scale():
    xy = np.array([[[40.0, 40.0], [80.0, 80.0], [np.nan, np.nan]]])
    scene = make_scene(Skeleton(tuple("abc"), limbs=((0, 1),)), INPUT, xy, np.array([[2, 2, 0]]))
    planes = CODECS["openpifpaf"].encode(scene, LEVEL, np.float32)
    cif = planes["cif"].reshape(3, 5, 16, 21)
    assert (cif[:2, 0] == 1).sum() == 32
    assert np.isnan(cif[:, 4]).all()


def test_a_skeleton_without_limbs_is_refused():
    scene = make_scene(Skeleton.numbered(2), INPUT, np.zeros((1, 2, 2)), np.full((1, 2), 2))
    with pytest.raises(SpecError, match="limbs"):
        CODECS["openpifpaf"].encode(scene, LEVEL, np.float32)


def test_a_joint_at_a_side_is_in_cells_next_to_it_alone():
    """Its patch of 4x4 cells reaches beyond the map; what lies there is no cell of the next row."""
    xy = np.array([[[1.0, 60.0], [159.0, 60.0], [80.0, 1.0], [80.0, 119.0]]])
    skeleton = Skeleton(("a", "b", "c", "d"), limbs=((0, 1),))
    scene = make_scene(skeleton, INPUT, xy, np.full((1, 4), 2))
    cif = CODECS["openpifpaf"].encode(scene, LEVEL, np.float32)["cif"][0].reshape(4, 5, *SIZE[::-1])
    for k, place in enumerate(LEVEL.alignment.to_cell(xy)[0]):
        y, x = np.nonzero(cif[k, 0] > 0)
        assert len(x)
        assert (np.abs(np.stack([x, y], axis=1) - place) <= 2).all()
