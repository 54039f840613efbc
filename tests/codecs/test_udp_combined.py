"""UDP's disc and offsets against mmpose's own maps, and the disc that its code loses on small maps."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.frame import alignment
from kp2heat.scene import make_scene
from kp2heat.skeleton import Skeleton
from tests.codecs.test_megvii import CONFIGS
from tests.shared import shared

ATOL = 4e-6
"""Offsets over the whole map reach 50 radii; the golden set's own bar."""


@pytest.mark.parametrize("config", CONFIGS)
def test_literal_planes_are_the_published_ones(config: str) -> None:
    input_size, size, sigma, _ = CONFIGS[config]
    with np.load(shared("golden", "peers", f"enc_udp_combined__{config}.npz")) as golden:
        scene = make_scene(
            Skeleton.numbered(17), input_size, golden["keypoints"], golden["visible"], outside="partial"
        )
        level = Level(size, sigma, alignment("mmpose-udp", input_size, size))
        planes = CODECS["udp-combined"].encode(scene, level, np.float32, literal=True)
        published = golden["heatmaps"].reshape(-1, 17, 3, size[1], size[0])
        np.testing.assert_array_equal(planes["heatmaps"], published[:, :, 0])
        offsets = planes["offsets"].reshape(published[:, :, 1:].shape)
        np.testing.assert_allclose(offsets, published[:, :, 1:], rtol=0, atol=ATOL)
        np.testing.assert_array_equal(planes["weights"], golden["weights"])


def test_the_disc_of_a_small_map_holds_a_cell_by_default() -> None:
    """7x7: R = 0.38 cells, so a joint between four cells has an empty map in the published form."""
    scene = make_scene(Skeleton.numbered(1), (224, 224), np.array([[[130.0, 130.0]]]), np.full((1, 1), 2))
    level = Level((7, 7), 1.0, alignment("align-corners", (224, 224), (7, 7)))
    discs = [
        CODECS["udp-combined"].encode(scene, level, np.float32, literal=literal)["heatmaps"].sum()
        for literal in (True, False)
    ]
    assert discs[0] == 0
    assert discs[1] >= 1
