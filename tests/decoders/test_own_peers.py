"""Literal ``megvii`` and ``offset`` against the coordinates mmpose's own decoders gave (golden/peers)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.decoders import decode
from kp2heat.decoders.refinement.published import modulated
from kp2heat.frame import alignment
from tests.codecs.test_megvii import CONFIGS
from tests.shared import shared

DRAWN = ("enc_megvii", "enc_msra", "enc_hrnet", "enc_udp_gaussian", "enc_darkpose", "dec_noisy")
SYMMETRIC = 1e-6
"""Relative to the peak: float32 sums of a dozen products differ by that from ours in float64, and Megvii's step is
the sign of such a difference, its maximum one among cells as close."""


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("name", DRAWN)
def test_megvii(name: str, config: str) -> None:
    """Exact but for ties, where OpenCV's rounding decides; those are within a cell, or between equal peaks."""
    (w, h), (width, height), _, taps = CONFIGS[config]
    with np.load(shared("golden", "peers", f"{name}__{config}.npz")) as golden:
        maps = golden["heatmaps_f16"].astype(np.float32) if name == "dec_noisy" else golden["heatmaps"]
        cells = golden["dec_megvii_in_xy"] / [w / width, h / height]
        score = golden["dec_megvii_in_score"]
    level = Level((width, height), 1.0, alignment("mmpose-stride", (w, h), (width, height)))
    found = decode("megvii", {"heatmaps": maps}, level, literal=True, kernel=taps)
    some = maps.max(axis=(2, 3)) > 0
    np.testing.assert_allclose(found.score[some], score[some], rtol=0, atol=1e-6)
    same = (np.abs(found.xy + CODECS["megvii"].shift - cells) < 1e-4).all(axis=-1)
    assert (same | tied(modulated(maps, taps)))[some].all()


def tied(blurred: Any) -> Any:
    """(N, K): the blurred maximum, or the comparison of its neighbours along an axis, is decided by rounding."""
    n, k, _, width = blurred.shape
    padded = np.pad(blurred, ((0, 0), (0, 0), (1, 1), (1, 1)))
    flat = blurred.reshape(n, k, -1)
    top = flat.max(axis=-1)
    y, x = np.divmod(flat.argmax(axis=-1), width)
    i, j = np.ogrid[:n, :k]
    dx = padded[i, j, y + 1, x + 2] - padded[i, j, y + 1, x]
    dy = padded[i, j, y + 2, x + 1] - padded[i, j, y, x + 1]
    least = SYMMETRIC * np.abs(top)
    rivals = (flat >= (top - least)[..., None]).sum(axis=-1) > 1
    return (np.abs(dx) <= least) | (np.abs(dy) <= least) | rivals


@pytest.mark.parametrize("config", CONFIGS)
def test_udp_combined(config: str) -> None:
    """The references cast to float32: 1e-4 px is 4 of its steps at 384. Empty discs, read there from other
    joints' planes, have no peak here.
    """
    input_size, size, _, _ = CONFIGS[config]
    with np.load(shared("golden", "peers", f"enc_udp_combined__{config}.npz")) as golden:
        planes = golden["heatmaps"].reshape(-1, 17, 3, size[1], size[0])
        xy, score = golden["dec_udpcombined_in_xy"], golden["dec_udpcombined_in_score"]
    level = Level(size, 1.0, alignment("mmpose-udp", input_size, size))
    offsets = planes[:, :, 1:].reshape(len(planes), 34, size[1], size[0])
    found = decode("offset", {"heatmaps": planes[:, :, 0], "offsets": offsets}, level, literal=True)
    some = planes[:, :, 0].any(axis=(2, 3))
    np.testing.assert_allclose(level.alignment.to_input(found.xy)[some], xy[some], rtol=0, atol=1e-4)
    np.testing.assert_allclose(found.score[some], score[some], rtol=0, atol=1e-6)
    assert np.isnan(found.xy[~some]).all()
