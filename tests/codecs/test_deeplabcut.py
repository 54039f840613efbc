"""DeepLabCut's targets against its generators' own.

=============================================  ==================================  ==============================
array                                          plane                               tolerance
=============================================  ==================================  ==============================
pt_plateau_heatmap, pt_*_locref_mask, weights  heatmaps, locref_mask, weights      exact
pt_gaussian_heatmap                            heatmaps of dlc-gaussian            2e-6 (direct Gaussian)
pt_*_locref                                    locref                              4e-6 (a float32 step at 32 units)
pt_*_decode_xys                                (decoder locref)                    5e-5 px (float32 steps at 200 px)
=============================================  ==================================  ==============================
"""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.decoders import decode
from kp2heat.frame import alignment
from kp2heat.scene import make_scene
from kp2heat.skeleton import Skeleton
from tests.shared import shared

FILE = ("golden", "systems", "deeplabcut.npz")
LOCREF = 4e-6


def targets(codec, golden, animals=slice(None)):
    points = golden["kpts_xyv"].astype(float)[animals]
    (height, width), stride = golden["h_w"].tolist(), int(golden["stride"])
    input_size = width * stride, height * stride
    scene = make_scene(
        Skeleton.numbered(points.shape[1]),
        input_size,
        points[..., :2],
        points[..., 2],
        sample=np.zeros(len(points), np.int64),
        samples=1,
        outside="partial",
    )
    sigma = 34 / 3 / stride
    level = Level((width, height), sigma, alignment("cell-center", input_size, (width, height)))
    return CODECS[codec].encode(scene, level, np.float32, literal=True), level


@pytest.mark.parametrize("kind", ["plateau", "gaussian"])
def test_the_torch_generators(kind):
    with np.load(shared(*FILE)) as golden:
        planes, _ = targets(f"dlc-{kind}", golden)
        heatmap, atol = golden[f"pt_{kind}_heatmap"], 0 if kind == "plateau" else 2e-6
        np.testing.assert_allclose(planes["heatmaps"][0], heatmap, rtol=0, atol=atol)
        np.testing.assert_allclose(planes["locref"][0], golden[f"pt_{kind}_locref"], rtol=0, atol=LOCREF)
        np.testing.assert_array_equal(planes["locref_mask"][0], golden[f"pt_{kind}_locref_mask"])
        np.testing.assert_array_equal(planes["heatmap_weights"][0], golden[f"pt_{kind}_weights"])


def test_the_published_decodes():
    """argmax plus locref, in px: of both animals' discs, and of one animal's Gaussians, whose masked joint has none."""
    with np.load(shared(*FILE)) as golden:
        plateau, level = targets("dlc-plateau", golden)
        gaussian, _ = targets("dlc-gaussian", golden, slice(0, 1))
        for planes, name in (
            (plateau, "pt_plateau_decode_xys"),
            (gaussian, "pt_gaussian_single_animal_decode_xys"),
        ):
            found = decode("locref", planes, level)
            published = golden[name]
            some = published[:, 2] > 0
            xy = level.alignment.to_input(found.xy)[0]
            np.testing.assert_allclose(xy[some], published[some, :2], rtol=0, atol=5e-5)
            np.testing.assert_allclose(found.score[0], published[:, 2], rtol=0, atol=2e-6)
            assert np.isnan(xy[~some]).all()
