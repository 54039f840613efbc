"""Megvii's dot against mmpose's own maps, and the half cell its floor costs."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.codecs import CODECS, megvii
from kp2heat.contracts import Level
from kp2heat.frame import alignment
from kp2heat.scene import make_scene
from kp2heat.skeleton import Skeleton
from tests.shared import shared

CONFIGS = {
    "A192x256_48x64_s2": ((192, 256), (48, 64), 2.0, 11),
    "B256x256_64x64_s2": ((256, 256), (64, 64), 2.0, 11),
    "C288x384_72x96_s3": ((288, 384), (72, 96), 3.0, 17),
    "D224x224_28x28_s1.5": ((224, 224), (28, 28), 1.5, 7),
    "E224x224_14x14_s1": ((224, 224), (14, 14), 1.0, 3),
    "F224x224_7x7_s1": ((224, 224), (7, 7), 1.0, 3),
}


@pytest.mark.parametrize("config", CONFIGS)
def test_literal_maps_are_the_published_ones(config: str) -> None:
    """Peaks are 255: 1e-6 of them, the bar of the golden set, is a dozen float32 roundings."""
    input_size, size, sigma, taps = CONFIGS[config]
    assert megvii.kernel_taps(sigma) == taps
    with np.load(shared("golden", "peers", f"enc_megvii__{config}.npz")) as golden:
        scene = make_scene(
            Skeleton.numbered(17), input_size, golden["keypoints"], golden["visible"], outside="partial"
        )
        level = Level(size, sigma, alignment("mmpose-stride", input_size, size))
        planes = CODECS["megvii"].encode(scene, level, np.float32, literal=True)
        np.testing.assert_allclose(planes["heatmaps"], golden["heatmaps"], rtol=0, atol=255e-6)
        np.testing.assert_array_equal(planes["weights"], golden["weights"])


def test_only_the_literal_blur_lifts_a_neighbour_above_the_joint() -> None:
    """mmpose at 46 of 48: 280.2 at column 47 (measured on its own code); by default the joint is the peak."""
    scene = make_scene(Skeleton.numbered(1), (48, 48), np.array([[[46.0, 20.0]]]), np.full((1, 1), 2))
    level = Level((48, 48), 2.0, alignment("stride", (48, 48), (48, 48)))
    literal = CODECS["megvii"].encode(scene, level, np.float32, literal=True)["heatmaps"][0, 0, 20]
    ours = CODECS["megvii"].encode(scene, level, np.float32)["heatmaps"][0, 0, 20]
    assert literal.argmax() == 47
    assert literal[47] == pytest.approx(280.2, abs=0.05)
    assert (ours.argmax(), ours.max()) == (46, 1.0)
