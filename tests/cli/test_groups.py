"""Groups of landmarks from the command line, a settings file, a preset and a skeleton file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import kp2heat
from kp2heat.codecs.gaussian.table import ROWS
from tests.cli.run import SAMPLE, run

COCO = SAMPLE / "annotations.json"
Capture = pytest.CaptureFixture[str]
MAPS = ("--size", "28x28", "--input-size", "224x224", "--fit", "stretch", "--dtype", "f32")
EYES = "eyes=2,3;arms=left_elbow,right_elbow,10-11"


def channels(folder: Path) -> list[str]:
    return list(kp2heat.open(folder).levels["28x28"].channels)


def test_the_option_and_a_settings_file_say_the_same(tmp_path: Path, capfd: Capture) -> None:
    words = ("encode", COCO, tmp_path / "a", "--codec", "gaussian", *MAPS, "--groups", EYES, "--json")
    ran = run(capfd, *words)
    assert ran.code == 0, ran.err
    assert "11 of 17 joints are in no group and have no map" in ran.err
    assert channels(tmp_path / "a") == ["eyes", "arms"]
    joints = json.loads(ran.out)["per_joint"]
    assert joints["nose"]["labelled"] > 0
    assert joints["nose"]["drawn"] == 0
    assert joints["left_eye"]["drawn"] > 0
    config = tmp_path / "mine.toml"
    config.write_text(
        'input_size = "224x224"\nfit = "stretch"\nsizes = ["28x28"]\ndtype = "f32"\n'
        '[groups]\neyes = [2, 3]\narms = ["left_elbow", "right_elbow", "10-11"]\n'
    )
    assert run(capfd, "encode", COCO, tmp_path / "b", "--config", config).code == 0
    one, other = kp2heat.open(tmp_path / "a"), kp2heat.open(tmp_path / "b")
    np.testing.assert_array_equal(one[3]["28x28"]["heatmaps"], other[3]["28x28"]["heatmaps"])


def test_a_preset_of_groups_without_any_says_so(capfd: Capture) -> None:
    words = ("encode", COCO, "--preset", "matlab-softmax-28-14-7", "--dry-run")
    assert "none are given: every joint has a map of its own; use --groups" in run(capfd, *words).err
    assert "note: codec matlab-group" not in run(capfd, *words, "--groups", EYES).err


def test_groups_of_a_skeleton_file(tmp_path: Path, capfd: Capture) -> None:
    names = json.loads(COCO.read_text())["categories"][0]["keypoints"]
    skeleton = tmp_path / "face.toml"
    skeleton.write_text(f"names = {json.dumps(names)}\n[groups]\neyes = [2, 'right_eye']\n")
    words = ("encode", COCO, tmp_path / "out", "--skeleton", skeleton, *MAPS, "--codec", "matlab-group")
    ran = run(capfd, *words)
    assert ran.code == 0, ran.err
    assert channels(tmp_path / "out") == ["eyes"]


@pytest.mark.parametrize("groups", ["eyes", "eyes=2,99", "nose=2,3", " ", ";"])
def test_a_mistake_is_one_sentence(capfd: Capture, groups: str) -> None:
    ran = run(capfd, "encode", COCO, *MAPS, "--groups", groups, "--dry-run")
    assert ran.code == 2
    assert "kp2heat: groups: " in ran.err


@pytest.mark.parametrize("codec", [row.name for row in ROWS if row.maps_of != "center"])
def test_every_gaussian_codec_draws_groups(codec: str) -> None:
    """The map of two joints is that of one person with both joints, merged as two people's would be."""
    xy = np.array([[[40.0, 40.0], [80.0, 44.0], [20.0, 90.0]]])
    box = np.array([[10.0, 20.0, 90.0, 90.0]])
    more = {"input_size": (112, 112), "size": (28, 28), "codec": codec, "bbox": box}
    planes = kp2heat.encode(xy, groups="pair=1,2", **more)
    single = kp2heat.encode(xy, **more)
    channel = 1 if codec == "cpm-pytorch" else 0
    peaks = [single["heatmaps"][0, channel + k] for k in (0, 1)]
    map_of_both = planes["heatmaps"][0, channel]
    assert (map_of_both > 0).sum() == ((peaks[0] > 0) | (peaks[1] > 0)).sum()
    np.testing.assert_array_equal(planes["weights"][0], single["weights"][0] * [1, 1, 0])


def test_a_blob_too_narrow_for_its_map_is_not_drawn(tmp_path: Path, capfd: Capture) -> None:
    words = ("encode", COCO, tmp_path / "out", "--sigma", "0.01", *MAPS, "--json")
    joints = json.loads(run(capfd, *words).out)["per_joint"]
    drawn = sum(of["drawn"] for of in joints.values())
    maps = sum(int(s["28x28"]["heatmaps"].any(axis=(1, 2)).sum()) for s in kp2heat.open(tmp_path / "out"))
    assert drawn == maps < 20


def test_predictions_of_group_maps_are_named_after_the_groups(tmp_path: Path, capfd: Capture) -> None:
    """Maps as the labels have them decode as those do, but for blobs that touch: half of them to float32's error."""
    labels, other = tmp_path / "labels", tmp_path / "other.npy"
    apart = ("--fit", "crop", "--groups", "one=left_wrist,right_ankle;other=right_wrist,left_ankle")
    assert run(capfd, "encode", COCO, labels, "--codec", "gaussian", *MAPS, *apart).code == 0
    maps = np.stack([sample["28x28"]["heatmaps"] for sample in kp2heat.open(labels)])
    np.save(tmp_path / "out.npy", maps)
    np.save(other, maps[:, ::-1])
    ran = run(capfd, "decode", labels, "--predictions", tmp_path / "out.npy", "--json")
    assert ran.code == 0, ran.err
    numbers = json.loads(ran.out)["levels"]["28x28"]
    assert numbers["method"] == "shared-peaks"
    assert numbers["input"]["median"] < 0.1
    assert numbers["per_joint"]["nose"]["input"]["count"] == 0
    named = run(
        capfd,
        "decode",
        labels,
        "--predictions",
        other,
        "--channels",
        "other,one",
        "--json",
        "--method",
        "lsq",
    )
    straight = run(
        capfd, "decode", labels, "--predictions", tmp_path / "out.npy", "--json", "--method", "lsq"
    )
    assert json.loads(named.out)["levels"] == json.loads(straight.out)["levels"]
    wrong = run(capfd, "decode", labels, "--predictions", other, "--channels", "other,legs")
    assert "has no map of one; name every channel" in wrong.err
