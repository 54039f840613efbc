"""What a network's last layer did, and how its flipped maps lie, is undone by ``kp2heat decode``."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

import kp2heat
from tests.cli.predicted import SWAP, Capture, report, stored
from tests.cli.run import SAMPLE, of_images, run


@pytest.mark.parametrize(
    ("normalize", "read_as"),
    [
        ("none", "raw"),
        ("none", "labels"),
        ("none", "logits"),
        ("none", "sigmoid"),
        ("sigmoid,gain=4,bias=-2", "labels"),
        ("sigmoid,gain=4,bias=-2", "logits"),
        ("softmax,beta=5", "softmax"),
        ("softmax,beta=5", "logits"),
        ("sum", "softmax"),
        ("sum", "logits"),
    ],
)
def test_activations_are_undone(tmp_path: Path, capfd: Capture, normalize: str, read_as: str) -> None:
    out = tmp_path / "labels"
    words = ("--preset", "coco-256x192", "--dtype", "f32", "--normalize", normalize)
    rows = of_images(tmp_path / "a.json", 12)
    assert run(capfd, "encode", rows, out, *words).code == 0
    maps = stored(out)[0].astype(float)
    name = normalize.split(",")[0]
    if read_as == "logits":
        clipped = np.clip(maps, 1e-12, 1 - 1e-12)
        maps = np.log(clipped) if name in ("softmax", "sum") else np.log(clipped / (1 - clipped))
    np.save(tmp_path / "p.npy", maps.astype("f4"))
    level = report(
        capfd, out, "--predictions", tmp_path / "p.npy", "--predicted-as", read_as, "--method", "lsq"
    )
    assert level["input"]["mean"] < 0.01
    assert level["input"]["count"] == 347


def test_the_shift_of_hrnet_is_three_quarters_of_a_cell_and_a_quarter(tmp_path: Path, capfd: Capture) -> None:
    out = tmp_path / "labels"
    words = ("--preset", "coco-256x192", "--dtype", "f32", "--align", "stride")
    assert run(capfd, "encode", SAMPLE / "annotations.json", out, *words).code == 0
    maps, _ = stored(out)
    with h5py.File(out / "shard-00000.h5") as file:
        frame, xy = file["samples/frame"][:], file["samples/xy"][:]
    points = np.einsum("nij,nkj->nki", frame[:, :, :2], xy) + frame[:, None, :, 2]
    mirrored = points[:, SWAP] * [-1, 1] + [191, 0]
    flipped = kp2heat.encode(mirrored, input_size=(192, 256), size=(48, 64), sigma=2, align="stride")[
        "heatmaps"
    ]
    np.save(tmp_path / "p.npy", flipped)
    np.save(tmp_path / "maps.npy", maps)
    words = ("--predictions", tmp_path / "maps.npy", "--flipped", tmp_path / "p.npy", "--method", "dark")
    exact = report(capfd, out, *words)["input"]
    shifted = report(capfd, out, *words, "--flip-shift")["input"]
    assert abs(exact["dx"]) < 0.05, "interpolated"
    assert shifted["dx"] == pytest.approx(0.5, abs=0.05), (
        "a whole cell for 3/4 of one, in half of the mean, of 4 px"
    )
