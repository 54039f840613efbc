"""SLEAP's offsets with its confidence maps, against its own generator's.

offsets_inst0_thr0p2: 2e-6 (cells below 4 in float32, two roundings); confmaps_single: 2e-6 (direct Gaussians).
"""

from __future__ import annotations

import numpy as np

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.frame import alignment
from kp2heat.scene import make_scene
from kp2heat.skeleton import Skeleton
from tests.shared import shared


def test_the_published_offsets_of_one_animal() -> None:
    with np.load(shared("golden", "systems", "sleap.npz")) as golden:
        points = golden["instances_xy"][:1].astype(float)
        (height, width), stride = golden["img_h_w"].tolist(), int(golden["stride"])
        scene = make_scene(
            Skeleton.numbered(points.shape[1]),
            (width, height),
            points,
            np.where(np.isnan(points).any(axis=-1), 0, 2),
            outside="partial",
        )
        size = width // stride, height // stride
        level = Level(size, float(golden["sigma"]), alignment("stride", (width, height), size))
        planes = CODECS["sleap-offsets"].encode(scene, level, np.float32)
        np.testing.assert_allclose(planes["heatmaps"][0], golden["confmaps_single"], rtol=0, atol=2e-6)
        published = golden["offsets_inst0_thr0p2"]
        offsets = planes["cell_offsets"][0].reshape(published.shape)
        np.testing.assert_array_equal(offsets != 0, published != 0)
        np.testing.assert_allclose(offsets, published, rtol=0, atol=2e-6)
