"""Rotated and anisotropic blobs against landmarker's own generators (golden/systems/landmarker)."""

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
from kp2heat.skeleton import Skeleton
from tests.shared import TRIMMED

SIZE = (24, 20)
ATOL = 4e-6
"""The reference inverts a covariance and multiplies in float32: a few roundings of exponents up to 9 deep."""


def encode(codec: str, xy: Any, sigma: float, **more: Any) -> Any:
    scene = make_scene(
        Skeleton.numbered(xy.shape[1]),
        SIZE,
        xy.astype(float),
        np.full(xy.shape[:2], 2),
        outside="partial",
        sample=np.zeros(len(xy), np.int64),
        samples=1,
    )
    level = Level(SIZE, sigma, alignment("stride", SIZE, SIZE))
    return CODECS[codec].encode(scene, level, np.float32, **more)["heatmaps"][0]


@pytest.mark.parametrize("shape", ["gaussian", "laplace"])
@pytest.mark.parametrize("case", ["round", "turned"])
def test_literal_maps_are_the_published_ones(shape: str, case: str) -> None:
    with np.load(TRIMMED / "systems" / "landmarker.npz") as golden:
        sigma_y, sigma_x, rotation = (float(n) for n in golden[f"{case}_settings"])
        drawn = encode(
            f"landmarker-{shape}",
            golden["xy"],
            sigma_x,
            ratio=sigma_y / sigma_x,
            rotation=rotation,
            literal=True,
        )
        np.testing.assert_allclose(drawn, golden[f"{case}_{shape}"], rtol=0, atol=ATOL)


def test_two_people_are_merged_by_their_greatest_value() -> None:
    xy = np.array([[[8.0, 8.0]], [[10.0, 8.0]]])
    both, one, other = (encode("landmarker-gaussian", part, 2.0)[0] for part in (xy, xy[:1], xy[1:]))
    np.testing.assert_array_equal(both, np.maximum(one, other))
    assert encode("landmarker-gaussian", xy, 2.0, literal=True).max() > 1


def test_a_turned_blob_decodes_to_its_joint() -> None:
    xy = np.random.default_rng(6).uniform(12, 50, (20, 4, 2))
    settings = {"codec": "landmarker-gaussian", "input_size": (64, 64), "sigma": 3.0}
    planes = kp2heat.encode(xy, size=(64, 64), ratio=0.6, rotation=0.5, **settings)
    np.testing.assert_allclose(kp2heat.decode(planes, **settings).xy, xy, rtol=0, atol=0.02)


def test_a_ratio_that_is_not_positive_is_refused() -> None:
    with pytest.raises(SpecError, match="ratio"):
        encode("landmarker-gaussian", np.zeros((1, 1, 2)), 2.0, ratio=0.0)
