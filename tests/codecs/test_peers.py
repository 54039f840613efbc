"""Literal encoders against the maps and weights their publishers' own code drew (golden/peers)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.frame import alignment
from kp2heat.scene import make_scene
from kp2heat.skeleton import Skeleton
from tests.shared import TRIMMED, shared

ATOL = 1e-6
"""One float32 rounding of a value <= 1 is 6e-8; the references draw in float32, a few roundings deep."""

FILES = {
    "msra": "msra",
    "hrnet": "hrnet",
    "dark": "msra_unbiased",
    "darkpose": "darkpose",
    "udp": "udp_gaussian",
}
CONFIGS = {
    "A192x256_48x64_s2": ((192, 256), (48, 64), 2.0),
    "B256x256_64x64_s2": ((256, 256), (64, 64), 2.0),
    "C288x384_72x96_s3": ((288, 384), (72, 96), 3.0),
    "D224x224_28x28_s1.5": ((224, 224), (28, 28), 1.5),
    "E224x224_14x14_s1": ((224, 224), (14, 14), 1.0),
    "F224x224_7x7_s1": ((224, 224), (7, 7), 1.0),
}
TRIMMED_CONFIGS = ("D224x224_28x28_s1.5", "F224x224_7x7_s1")


def drawn(codec: str, config: str, golden: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    input_size, size, sigma = CONFIGS[config]
    record = CODECS[codec]
    if codec == "darkpose":
        grid, xy = alignment("stride", size, size), golden["keypoints_hm"]
    else:
        grid, xy = alignment(record.literal_align, input_size, size), golden["keypoints"]
    scene = make_scene(Skeleton.numbered(xy.shape[1]), input_size, xy, golden["visible"], outside="partial")
    return record.encode(scene, Level(size, sigma, grid), np.float32, literal=True)


def agree(codec: str, config: str, golden: Mapping[str, NDArray[Any]]) -> None:
    planes = drawn(codec, config, golden)
    np.testing.assert_allclose(planes["heatmaps"], golden["heatmaps"], rtol=0, atol=ATOL)
    np.testing.assert_array_equal(planes["weights"], golden["weights"])


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("codec", FILES)
def test_every_published_map(codec: str, config: str) -> None:
    with np.load(shared("golden", "peers", f"enc_{FILES[codec]}__{config}.npz")) as golden:
        agree(codec, config, golden)


@pytest.mark.parametrize("config", TRIMMED_CONFIGS)
@pytest.mark.parametrize("codec", FILES)
def test_a_few_published_maps(codec: str, config: str) -> None:
    head = f"{codec}/{config}/"
    with np.load(TRIMMED / "peers" / "encoders.npz") as golden:
        agree(codec, config, {k.removeprefix(head): golden[k] for k in golden if k.startswith(head)})


@pytest.mark.parametrize("codec", ["msra", "hrnet", "udp"])
def test_the_corrected_form_moves_no_peak_at_a_fractional_sigma(codec: str) -> None:
    """sigma 1.5: the published window is cut a cell off, so a joint near the top has its peak a cell lower."""
    size, record = (28, 28), CODECS[codec]
    xy = np.array([[[16.0, 16.0]]])
    scene = make_scene(Skeleton.numbered(1), (224, 224), xy, np.full((1, 1), 2))
    peaks = []
    for literal in (True, False):
        grid = alignment("stride", (224, 224), size)
        planes = record.encode(scene, Level(size, 1.5, grid), np.float32, literal=literal)
        peaks.append(np.unravel_index(planes["heatmaps"][0, 0].argmax(), (28, 28)))
    assert peaks == [(3, 3), (2, 2)]
