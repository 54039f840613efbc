"""Mask R-CNN's labels: detectron2's and torchvision's indices (the same), exactly; and their decoded places."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.decoders.onehot import enlarged_maximum
from kp2heat.errors import SpecError
from kp2heat.frame import alignment
from kp2heat.scene import make_scene
from kp2heat.skeleton import Skeleton
from tests.shared import shared

FILE = ("golden", "systems", "maskrcnn_onehot.npz")
LEVEL = Level((56, 56), 1.0, alignment("stride", (56, 56), (56, 56)))


def test_the_published_indices():
    with np.load(shared(*FILE)) as golden:
        box, points = golden["rois_xyxy"][:, None].astype(float), golden["kpts_xyv"].astype(float)
        xy = (points[..., :2] - box[..., :2]) * (56 / (box[..., 2:] - box[..., :2]))
        scene = make_scene(Skeleton.numbered(6), (56, 56), xy, points[..., 2], outside="partial")
        planes = CODECS["onehot"].encode(scene, LEVEL, np.float32, literal=True)
        np.testing.assert_array_equal(planes["index"], golden["linear_index"])
        np.testing.assert_array_equal(planes["valid"], golden["valid"])
        np.testing.assert_array_equal(planes["heatmaps"].sum(axis=(2, 3)), golden["valid"])
        m, k = np.nonzero(golden["valid"])
        flat = planes["heatmaps"].reshape(4, 6, -1)
        np.testing.assert_array_equal(flat[m, k].argmax(axis=1), golden["linear_index"][m, k])


@pytest.mark.parametrize("roi", range(4))
def test_the_published_decodes(roi):
    """Places to 2e-5 px (float32 there, steps of 1.5e-5 at 200 px); logits to 2e-3, the bar of cubic resizing."""
    with np.load(shared(*FILE)) as golden:
        low, high = golden["rois_xyxy"][roi].astype(float).reshape(2, 2)
        side = np.maximum(high - low, 1)
        pixels = np.ceil(side).astype(int)
        place, value = enlarged_maximum(golden["decode_logits_14"][roi], (pixels[0], pixels[1]), literal=True)
        xy = (place + 0.5) * side / pixels + low
        for published, logit in (
            (golden["detectron2_xy_logit_score"][roi], golden["detectron2_xy_logit_score"][roi][:, 2]),
            (golden["torchvision_xyv"][roi], golden["torchvision_scores"][roi]),
        ):
            np.testing.assert_allclose(xy, published[:, :2], rtol=0, atol=2e-5)
            np.testing.assert_allclose(value, logit, rtol=0, atol=2e-3)


def test_several_people_in_a_sample_are_refused():
    xy = np.zeros((2, 1, 2))
    scene = make_scene(
        Skeleton.numbered(1), (56, 56), xy, np.full((2, 1), 2), sample=np.zeros(2, np.int64), samples=1
    )
    with pytest.raises(SpecError, match="one person"):
        CODECS["onehot"].encode(scene, LEVEL, np.float32)
