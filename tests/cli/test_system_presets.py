"""A preset for every system of the field: it encodes the sample data, and what it draws can be found again."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.cli.run import SAMPLE, of_images, run

COCO = SAMPLE / "annotations.json"
Capture = pytest.CaptureFixture[str]

DECODED = (
    "cid-instances-512",
    "cpm-full-368",
    "cpm-pytorch-368",
    "deeplabcut-disc-512",
    "hourglass-256",
    "kornia-256",
    "matlab-sigmoid-28-14-7",
    "matlab-softmax-28-14-7",
    "openpose-maps-368",
    "pytorch-pose-cauchy-256",
)
PLANNED = (
    "associative-embedding-512",
    "centernet-joints-512",
    "centernet-msra-512",
    "cid-512",
    "cpm-368",
    "cpm-center-pooled-368",
    "cpm-tf-368",
    "deeplabcut-maps-512",
    "deepposekit-256",
    "dsnt-256",
    "lightning-pose-256",
    "openpose-plus-368",
    "pytorch-pose-256",
    "sleap-maps-512",
    "spr-512",
    "tf-pose-maps-368",
    "tfod-centernet-512",
)


@pytest.mark.parametrize("preset", DECODED)
def test_joints_are_found_where_they_were(tmp_path: Path, capfd: Capture, preset: str) -> None:
    """Half of them within half a cell's diagonal: what rounding costs at most; people of one image overlap."""
    rows = of_images(tmp_path / "eight.json", 8)
    ran = run(capfd, "encode", rows, tmp_path / "out", "--preset", preset, "--check", "--json")
    assert ran.code == 0, ran.err
    for level in json.loads(ran.out)["check"]["levels"].values():
        assert level["cell"]["median"] <= (1.5 if "disc" in preset else 0.71)


@pytest.mark.parametrize("preset", PLANNED)
def test_the_others_are_planned(tmp_path: Path, capfd: Capture, preset: str) -> None:
    rows = of_images(tmp_path / "four.json", 4)
    ran = run(capfd, "encode", rows, "--preset", preset, "--dry-run", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["samples"] in (4, 5), "images, or their people"


@pytest.mark.parametrize(
    "preset", ["center-label-heatmap-368", "center-gaussian-heatmap-368", "cpm-center-368"]
)
def test_full_size_maps_are_planned(tmp_path: Path, capfd: Capture, preset: str) -> None:
    words = ("encode", of_images(tmp_path / "one.json", 1), "--preset", preset, "--dry-run", "--json")
    planned = json.loads(run(capfd, *words).out)
    assert planned["levels"]["368x368"]["sigma"] == 21


def test_groups_of_a_config_name_their_maps(tmp_path: Path, capfd: Capture) -> None:
    config = tmp_path / "eyes.toml"
    config.write_text(
        'input_size = "224x224"\nstrides = [8]\nsample = "image"\nfit = "stretch"\ncodec = "matlab-group"\n'
        'normalize = "softmax"\nparams = { groups = [["left_eye", "right_eye"], [0]] }\n'
    )
    ran = run(capfd, "encode", COCO, tmp_path / "out", "--config", config)
    assert ran.code == 0, ran.err
    with h5py.File(tmp_path / "out" / "shard-00000.h5") as file:
        assert json.loads(file["28x28"].attrs["channels"]) == ["left_eye+right_eye", "nose"]


def test_openpose_writes_its_mask_where_asked(tmp_path: Path, capfd: Capture) -> None:
    words = ("encode", COCO, tmp_path / "out", "--preset", "openpose-maps-368", "--dtype", "f32")
    ran = run(capfd, *words, "--param", "mask=true")
    assert ran.code == 0, ran.err
    with h5py.File(tmp_path / "out" / "shard-00000.h5") as file:
        level = file["46x46"]
        np.testing.assert_array_equal(level["mask"][:], level["heatmaps"][:, :17] > 0)


def test_a_centre_map_has_no_joint_to_decode(tmp_path: Path, capfd: Capture) -> None:
    assert run(capfd, "encode", COCO, tmp_path / "out", "--preset", "cpm-center-pooled-368").code == 0
    ran = run(capfd, "decode", tmp_path / "out")
    assert ran.code == 2
    assert "no joint has a map of its own" in ran.err
