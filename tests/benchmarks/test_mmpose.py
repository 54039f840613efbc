"""Labels of one person beside mmpose's own ``GenerateTarget``, in turns on one thread, where mmpose is installed.

The compiled masks of xtcocotools, which mmpose imports and labels do not need, are of NumPy 1 and are left out.
"""

from __future__ import annotations

import sys
import time
import warnings
from dataclasses import replace
from statistics import median
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest

import kp2heat
from kp2heat import compiled
from kp2heat.spec import Sigma, Spec

pytestmark = [pytest.mark.benchmark, pytest.mark.filterwarnings("ignore")]
INPUT, JOINTS, PEOPLE = (192, 256), 17, 100

Case = tuple[dict[str, Any], Spec, dict[str, str]]

HEATMAPS: dict[str, Any] = {"input_size": INPUT, "heatmap_size": (48, 64), "sigma": 2.0}
CASES: dict[str, Case] = {
    "MSRAHeatmap": (HEATMAPS, Spec(codec="msra", strides=(4,)), {"heatmaps": "heatmaps"}),
    "UDPHeatmap": (HEATMAPS, Spec(codec="udp", sizes=((48, 64),)), {"heatmaps": "heatmaps"}),
    "SimCCLabel": (
        {"input_size": INPUT, "sigma": (4.9, 5.66), "simcc_split_ratio": 2.0, "normalize": False},
        Spec(
            codec="simcc-gaussian",
            sizes=((384, 512),),
            sigma=(Sigma(4.9),),
            params={"sigma_y": 5.66, "normalize": False},
        ),
        {"keypoint_x_labels": "simcc_x", "keypoint_y_labels": "simcc_y"},
    ),
}
"""mmpose's codec: its settings, our spec, and the names of its planes and ours."""

OFF = 1e-6
"""Of a label: mmpose computes in float32."""


@pytest.mark.parametrize("codec", CASES)
def test_labels_of_one_person_beside_generate_target(codec: str) -> None:
    pytest.importorskip("mmpose", reason="mmpose is not installed")
    sys.modules.setdefault("xtcocotools._mask", MagicMock())
    warnings.simplefilter("ignore")
    from mmpose.datasets.transforms import GenerateTarget

    settings, spec, planes = CASES[codec]
    rng = np.random.default_rng(0)
    xy = rng.uniform((2, 2), (189, 253), (PEOPLE, JOINTS, 2)).astype(np.float32)
    visible = (rng.random((PEOPLE, JOINTS)) > 0.15).astype(np.float32)
    transform = GenerateTarget(encoder={"type": codec, **settings}).transform
    spec = replace(spec, input_size=INPUT, fit="crop", dtype="f32")
    published = replace(spec, params={**spec.params, "literal": True})
    draw, literal = (kp2heat.renderer(one, INPUT, JOINTS) for one in (spec, published))

    def theirs(i: int) -> Any:
        one = {"transformed_keypoints": xy[i : i + 1].copy(), "keypoints_visible": visible[i : i + 1].copy()}
        return transform(one)

    off, corrected = 0.0, 0.0
    for i in range(PEOPLE):
        target = theirs(i)
        (same,), (ours,) = literal(xy[i], visible[i]).values(), draw(xy[i], visible[i]).values()
        np.testing.assert_array_equal(target["keypoint_weights"][0], same["weights"])
        for their_name, name in planes.items():
            plane = target[their_name].reshape(same[name].shape)
            off = max(off, float(np.abs(plane - same[name]).max()))
            corrected = max(corrected, float(np.abs(plane - ours[name]).max()))
    times: list[list[float]] = [[], []]
    for _ in range(16):
        for work, taken in zip((theirs, lambda i: draw(xy[i], visible[i])), times, strict=True):
            start = time.thread_time()
            for i in range(PEOPLE):
                work(i)
            taken.append((time.thread_time() - start) / PEOPLE)
    mmpose, kp = (median(taken[1:]) for taken in times)
    print(
        f"{codec}: GenerateTarget {mmpose * 1e6:.0f} us, ours {kp * 1e6:.1f} us: {mmpose / kp:.1f}x; "
        f"greatest difference {off:.1g} of literal labels, {corrected:.2g} of corrected ones"
    )
    assert off < OFF
    assert mmpose / kp > (10 if compiled.available() else 2)
