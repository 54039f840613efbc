"""DEKR's and SPR's people: found by their centres, with the joints that the vectors there give."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import kp2heat
from tests.cli.run import SAMPLE, run

MORE = {"input_size": (256, 256)}
XY = np.random.default_rng(0).uniform(60, 200, (5, 6, 2))
BOTH = pytest.mark.parametrize(("method", "codec"), [("dekr", "dekr"), ("spr", "spr-displacements")])


@BOTH
def test_joints_come_back_from_vectors_alone(method: str, codec: str) -> None:
    """They are no longer than 40 cells, float32: the joints' maps are not read."""
    planes = kp2heat.encode(XY, size=(64, 64), codec=codec, **MORE)
    planes["heatmaps"][:, :-1] = 0
    peaks = kp2heat.decode(planes, method=method, codec=codec, top=1, **MORE)
    np.testing.assert_allclose(peaks.xy, XY, atol=1e-4)
    assert peaks.refined.all()


@BOTH
def test_unlabelled_joints_and_absent_people_are_missing(method: str, codec: str) -> None:
    xy = XY.copy()
    xy[0, 2] = np.nan
    planes = kp2heat.encode(xy, size=(64, 64), codec=codec, **MORE)
    peaks = kp2heat.decode(planes, method=method, codec=codec, top=3, **MORE)
    assert peaks.xy.shape == (5, 6, 3, 2)
    assert np.isnan(peaks.xy[0, 2, 0]).all()
    assert peaks.score[0, 2, 0] == 0
    assert np.isnan(peaks.xy[:, :, 1:]).all()


@pytest.mark.slow
@BOTH
def test_people_of_an_image_come_back_from_shards(
    method: str, codec: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "labels"
    words = (
        "--sample",
        "image",
        "--input-size",
        "512x512",
        "--stride",
        "4",
        "--codec",
        codec,
        "--dtype",
        "f32",
    )
    assert run(capfd, "encode", SAMPLE / "annotations.json", out, *words).code == 0
    ran = run(capfd, "decode", out, "--method", method, "--json")
    assert ran.code == 0, ran.err
    (level,) = json.loads(ran.out)["levels"].values()
    assert level["states"]["missed"] < 0.02 * level["states"]["scored"]
    assert level["input"]["median"] < 1e-3
