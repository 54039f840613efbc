"""ProbPose's maps against those of its own generate_probmaps (golden/systems/probmap), and what ours corrects."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kp2heat
from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.errors import SpecError
from kp2heat.frame import alignment
from kp2heat.scene import make_scene
from kp2heat.skeleton.named import SKELETONS
from tests.shared import TRIMMED

INPUT, SIZE = (192, 256), (48, 64)
COCO = SKELETONS["coco"]


def encode(xy: Any, visible: Any, **more: Any) -> dict[str, Any]:
    record = CODECS["probmap"]
    align = record.literal_align if more.get("literal") else record.align
    scene = make_scene(COCO, INPUT, xy, visible, outside="partial", bbox=more.pop("bbox", None))
    return record.encode(scene, Level(SIZE, np.sqrt(0.55), alignment(align, INPUT, SIZE)), np.float32, **more)


@pytest.mark.parametrize("spread", ["level", "oks"])
def test_literal_maps_are_the_published_ones(spread: str) -> None:
    """Drawn in float64 there and rounded to float32; values below the least normal float32 are 0 here."""
    with np.load(TRIMMED / "systems" / "probmap.npz") as golden:
        planes = encode(golden["keypoints"], golden["visible"], spread=spread, literal=True)
        np.testing.assert_allclose(
            planes["heatmaps"][:, ::3], golden[f"{spread}_heatmaps"], rtol=0, atol=2.0**-23
        )
        np.testing.assert_array_equal(planes["weights"], golden[f"{spread}_weights"])
        labelled = golden["annotated"]  # an unlabelled joint has no position here
        np.testing.assert_array_equal(planes["in_image"], golden["in_image"] & labelled)
        np.testing.assert_array_equal(planes["annotated"], golden["annotated"])


def test_blobs_are_as_wide_as_the_kernel_of_joint_and_box() -> None:
    """v = 2 (2 sigma_k)^2 sqrt(box area in cells), within 0.55 and 3."""
    xy = np.full((1, 17, 2), 96.0)
    bbox = np.array([[46.0, 56.0, 100.0, 80.0]])
    maps = encode(xy, np.full((1, 17), 2), spread="oks", bbox=bbox)["heatmaps"][0].astype(float)
    step = np.array([191 / 47, 255 / 63])
    v = np.clip(2 * (2 * np.array(COCO.sigmas)) ** 2 * np.sqrt(100 * 80 / step.prod()), 0.55, 3)
    at = 96 / step
    x, y = np.arange(48)[:, None], np.arange(64)[:, None]
    wanted = (
        np.exp(-((y - at[1]) ** 2) / (2 * v)).T[:, :, None] * np.exp(-((x - at[0]) ** 2) / (2 * v)).T[:, None]
    )
    np.testing.assert_allclose(maps, wanted, rtol=0, atol=2e-7)
    assert len(np.unique(v)) > 3


def test_a_joint_whose_map_is_empty_has_no_weight_by_default() -> None:
    xy = np.full((1, 17, 2), -80.0)
    assert encode(xy, np.ones((1, 17)), literal=True)["weights"].all()
    assert not encode(xy, np.ones((1, 17)))["weights"].any()


def test_a_skeleton_without_sigmas_is_refused() -> None:
    with pytest.raises(SpecError, match="no OKS sigmas"):
        kp2heat.encode(
            np.zeros((1, 2, 2)),
            codec="probmap",
            input_size=INPUT,
            size=SIZE,
            spread="oks",
        )


@pytest.mark.parametrize("spread", ["level", "oks"])
def test_labels_decode_whatever_the_width_of_the_blobs(spread: str) -> None:
    """Where lsq would need every joint's sigma, DARK's step reads it off the map."""
    xy = np.random.default_rng(2).uniform(30, 160, (50, 17, 2))
    settings = {"codec": "probmap", "input_size": INPUT}
    planes = kp2heat.encode(xy, size=SIZE, spread=spread, skeleton=COCO, **settings)
    np.testing.assert_allclose(kp2heat.decode(planes, **settings).xy, xy, rtol=0, atol=0.05)
