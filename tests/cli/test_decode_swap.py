"""``decode --flipped`` where the names of the joints tell no mirror pairs: said, and mended by ``--swap``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import kp2heat
from tests.cli.run import run

Capture = pytest.CaptureFixture[str]


def encoded(tmp_path: Path, capfd: Capture, names: list[str]) -> Path:
    """Labels of two mirrored joints, and as predictions the labels and their mirror image, sides exchanged."""
    joints = [14, 20, 2, 50, 22, 2]
    row = {"id": 1, "image_id": 1, "category_id": 1, "keypoints": joints, "bbox": [0, 0, 64, 64]}
    images = [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 64}]
    category = {"id": 1, "name": "t", "keypoints": names}
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"images": images, "annotations": [row], "categories": [category]}))
    size = ("--fit", "stretch", "--input-size", "64x64", "--size", "16x16", "--dtype", "f32")
    ran = run(capfd, "encode", file, tmp_path / "out", *size)
    assert ran.code == 0
    assert ("no mirror partner for left_a, right_b" in ran.err) == (names == ["left_a", "right_b"])
    maps = kp2heat.open(tmp_path / "out")[0]["16x16"]["heatmaps"][None]
    np.save(tmp_path / "maps.npy", maps)
    np.save(tmp_path / "flipped.npy", maps[:, ::-1, :, ::-1])
    return tmp_path / "out"


def mean_error(tmp_path: Path, capfd: Capture, out: Path, *more: str) -> tuple[float, str]:
    flipped = ("--predictions", tmp_path / "maps.npy", "--flipped", tmp_path / "flipped.npy", "--json")
    ran = run(capfd, "decode", out, *flipped, *more)
    assert ran.code == 0, ran.err
    return json.loads(ran.out)["levels"]["16x16"]["input"]["mean"], ran.err


def test_unpaired_sides_are_noted_and_swapped_as_the_user_says(tmp_path: Path, capfd: Capture) -> None:
    out = encoded(tmp_path, capfd, ["left_a", "right_b"])
    wrong, words = mean_error(tmp_path, capfd, out)
    assert wrong > 10
    assert "--flipped exchanges no partner for left_a, right_b" in words
    right, words = mean_error(tmp_path, capfd, out, "--swap", "left_a:right_b")
    assert right < 0.01
    assert "no partner" not in words
    assert run(capfd, "decode", out, "--swap", "left_a", "--predictions", tmp_path / "maps.npy").code == 2


@pytest.mark.parametrize("names", [["Lforepaw", "Rforepaw"], ["LANK", "RANK"], ["mouth_lt", "mouth_rt"]])
def test_more_spellings_are_pairs(tmp_path: Path, capfd: Capture, names: list[str]) -> None:
    error, words = mean_error(tmp_path, capfd, encoded(tmp_path, capfd, names))
    assert error < 0.01
    assert "no partner" not in words
