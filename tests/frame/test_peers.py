"""Crops against the warps of mmpose and HRNet (golden/peers), as their own code made them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kp2heat.frame import Frame, Size, crop
from tests.shared import TRIMMED, shared

CONFIGS: Mapping[str, Size] = {
    "A192x256_48x64_s2": (192, 256),
    "B256x256_64x64_s2": (256, 256),
    "C288x384_72x96_s3": (288, 384),
    "D224x224_28x28_s1.5": (224, 224),
    "E224x224_14x14_s1": (224, 224),
    "F224x224_7x7_s1": (224, 224),
}
TRIMMED_CONFIGS = ("A192x256_48x64_s2", "F224x224_7x7_s1")


def agree(config: str, golden: Mapping[str, NDArray[Any]]) -> None:
    """mmpose's two warps and HRNet's, on the joints and on the corners of the boxes.

    They hold centre, scale and the points that fix the warp in float32: a handful of roundings, 2^-24 each,
    of image coordinates, which the warp multiplies by its slope.
    """
    box, joints = golden["bbox_xywh"], golden["keypoints_image"]
    corners = np.stack([box[:, :2], box[:, :2] + box[:, 2:]], axis=1)
    for peer, align in (("mm", "stride"), ("mmudp", "align-corners"), ("hrnet", "stride")):
        frame = crop(box, CONFIGS[config], 1.25, align)
        bound = 6 * 2.0**-24 * corners.max() * frame.matrix[:, 0, 0].max()
        moved = frame.to_input(joints)
        np.testing.assert_allclose(moved, golden[f"{peer}_keypoints_input"], rtol=0, atol=bound)
        if f"{peer}_warp" in golden:
            warp = Frame(golden[f"{peer}_warp"].astype(float), CONFIGS[config])
            np.testing.assert_allclose(frame.to_input(corners), warp.to_input(corners), rtol=0, atol=bound)


@pytest.mark.parametrize("config", CONFIGS)
def test_every_published_warp(config: str) -> None:
    with np.load(shared("golden", "peers", f"crop__{config}.npz")) as golden:
        agree(config, golden)


@pytest.mark.parametrize("config", TRIMMED_CONFIGS)
def test_a_few_published_warps(config: str) -> None:
    with np.load(TRIMMED / "peers" / "crops.npz") as golden:
        agree(config, {k.removeprefix(f"{config}/"): golden[k] for k in golden if k.startswith(config)})
