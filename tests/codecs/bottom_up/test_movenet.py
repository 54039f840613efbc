"""MoveNet's planes against those of its own label functions (golden/systems/movenet), and what ours corrects."""

from __future__ import annotations

from typing import Any

import numpy as np

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.decoders import decode
from kp2heat.frame import alignment
from kp2heat.scene import make_scene
from kp2heat.skeleton import Skeleton
from tests.shared import TRIMMED

INPUT, SIZE = (192, 192), (48, 48)
LEVEL = Level(SIZE, 2.0, alignment("stride", INPUT, SIZE))

with np.load(TRIMMED / "systems" / "movenet.npz") as stored:
    GOLDEN = {name: stored[name] for name in stored}


def encode(**more: Any) -> dict[str, Any]:
    """Two samples of a person and two bystanders."""
    xy = GOLDEN["xy"].reshape(6, 5, 2)
    scene = make_scene(
        Skeleton.numbered(5),
        INPUT,
        xy,
        GOLDEN["visible"].reshape(6, 5),
        bbox=GOLDEN["box"].reshape(6, 4),
        sample=np.repeat([0, 1], 3),
        samples=2,
    )
    return CODECS["movenet"].encode(scene, LEVEL, np.float32, **more)


def test_literal_planes_are_the_published_ones() -> None:
    planes = encode(literal=True)
    for name, golden in (
        ("heatmaps", "heatmaps"),
        ("centers", "centers"),
        ("regs", "regs"),
        ("cell_offsets", "offsets"),
    ):
        np.testing.assert_allclose(planes[name], GOLDEN[golden], rtol=0, atol=1e-6, err_msg=name)


def test_the_person_in_the_middle_comes_back() -> None:
    """To float32's error by default; to the pixel that the published labels are cut to in literal form."""
    drawn = GOLDEN["visible"][:, 0] > 0
    for literal, most in ((False, 1e-4), (True, 1.42)):
        found = LEVEL.alignment.to_input(decode("movenet", encode(literal=literal), LEVEL).xy)
        off = np.linalg.norm(found - GOLDEN["xy"][:, 0], axis=-1)
        assert off[0][drawn[0]].max() < most
        assert np.isnan(found[~drawn]).all() == literal  # else that map is of the bystanders alone


def test_every_cell_round_the_centre_points_to_the_joints_cell() -> None:
    """The published labels run the wrong way on the left and upper half of the map."""
    planes = encode()
    for sample in range(2):
        for joint in range(4):
            regs = planes["regs"][sample, 2 * joint : 2 * joint + 2]
            y, x = np.nonzero((regs != 0).any(axis=0))
            aimed = np.stack([x, y], axis=-1) + regs[:, y, x].T
            np.testing.assert_array_equal(aimed, np.broadcast_to(aimed[0], aimed.shape))


def test_a_person_at_the_left_and_upper_side_has_vectors_up_to_the_first_cell() -> None:
    xy = np.array([[[1.0, 2.0], [5.0, 9.0]]])
    scene = make_scene(Skeleton.numbered(2), INPUT, xy, np.full((1, 2), 2), bbox=np.array([[0.0, 0, 8, 12]]))
    regs = CODECS["movenet"].encode(scene, LEVEL, np.float32)["regs"][0]
    y, x = np.nonzero((regs != 0).any(axis=0))
    assert (x.min(), y.min()) == (0, 0)
