"""What ``kp2heat decode`` says in addition to its numbers: useless maps, wrong activations, files that hold no maps."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.cli.run import SAMPLE, run
from tests.cli.test_encode_refusals import assert_one_sentence

Capture = pytest.CaptureFixture[str]
STATES = ("scored", "missed", "outside", "weightless", "unlabelled")


def encoded(out: Path, capfd: Capture, *words: object) -> np.ndarray:
    """Labels of the sample data, and their 24x32 maps."""
    size = ("--input-size", "96x128", "--size", "24x32", "--sigma", "1.5", "--dtype", "f32")
    assert run(capfd, "encode", SAMPLE / "annotations.json", out, *size, *words).code == 0
    with h5py.File(out / "shard-00000.h5") as file:
        return np.asarray(file["24x32"]["heatmaps"][:])


def test_useless_predictions_are_no_success(tmp_path: Path, capfd: Capture) -> None:
    """All NaN, all zero, logits taken for labels: a warning, the reason, exit 3; and states that add up."""
    maps = encoded(tmp_path / "labels", capfd)
    logits = 8 * maps - 9
    said = {
        "nan": (np.full_like(maps, np.nan), "hold NaN or infinite values"),
        "zero": (0 * maps, "have no value above 0; if these are logits"),
        "logits": (logits, "have no value above 0; if these are logits"),
    }
    for name, (values, reason) in said.items():
        np.save(tmp_path / f"{name}.npy", values)
        ran = run(capfd, "decode", tmp_path / "labels", "--predictions", tmp_path / f"{name}.npy", "--json")
        assert ran.code == 3, name
        assert "warning: most joints were missed" in ran.err
        report = json.loads(ran.out)
        assert any(reason in note for note in report["notes"]), report["notes"]
        states = report["levels"]["24x32"]["states"]
        assert sum(states[state] for state in STATES) == states["joints"]
    np.save(tmp_path / "high.npy", logits + 3)
    ran = run(capfd, "decode", tmp_path / "labels", "--predictions", tmp_path / "high.npy", "--json")
    assert ran.code == 0
    assert any("further below 0 than above it" in note for note in json.loads(ran.out)["notes"])


@pytest.mark.parametrize("kind", ["sigmoid", "softmax"])
def test_logits_of_labels_with_default_parameters(tmp_path: Path, capfd: Capture, kind: str) -> None:
    maps = encoded(tmp_path / "labels", capfd, "--normalize", kind).astype(float)
    np.save(
        tmp_path / "p.npy", (np.log(maps) if kind == "softmax" else np.log(maps / (1 - maps))).astype("f4")
    )
    words = ("--predictions", tmp_path / "p.npy", "--predicted-as", "logits", "--json")
    ran = run(capfd, "decode", tmp_path / "labels", *words)
    assert ran.code == 0, ran.err
    assert "if these are logits" not in ran.out
    assert json.loads(ran.out)["levels"]["24x32"]["input"]["mean"] < 0.01


def test_maps_that_sum_to_one_are_brought_back_to_peak_one(tmp_path: Path, capfd: Capture) -> None:
    """Else softargmax is a mean over the whole map, 30 px off, and --min-score 0.5 drops every joint."""
    encoded(tmp_path / "labels", capfd, "--normalize", "sum")
    ran = run(
        capfd, "decode", tmp_path / "labels", "--method", "softargmax,lsq", "--min-score", "0.5", "--json"
    )
    assert ran.code == 0, ran.err
    compared = json.loads(ran.out)["compared"]["24x32"]
    assert compared["softargmax"]["input"]["median"] < 1
    assert compared["lsq"]["states"]["missed"] == 0


@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_people_of_one_map_are_all_found(tmp_path: Path, capfd: Capture, dtype: str) -> None:
    """108 of 797 joints were missed at 7x7 before; those who own fewer than three cells stay at a cell."""
    out = tmp_path / "labels"
    words = ("--sample", "image", "--input-size", "224x224", "--stride", "8,16,32", "--dtype", dtype)
    assert run(capfd, "encode", SAMPLE / "annotations.json", out, *words).code == 0
    levels = json.loads(run(capfd, "decode", out, "--json").out)["levels"]
    for name, stayed in (("28x28", 0), ("14x14", 0), ("7x7", 2)):
        level = levels[name]
        assert level["method"] == "shared-maps"
        assert level["states"]["missed"] == 0
        assert level["states"]["unrefined"] <= stayed
        assert level["input"]["p99"] < (0.01 if dtype == "f32" else 0.02)
        assert level["input"]["mean"] < 0.005


def test_files_that_hold_no_maps_are_one_sentence(tmp_path: Path, capfd: Capture) -> None:
    encoded(tmp_path / "labels", capfd)
    for name, member, pattern in (
        ("model.pt", "archive/data.pkl", "is a file of torch.save"),
        ("maps.zip", "maps.txt", "is a zip file without arrays"),
    ):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(member, "x")
        ran = run(capfd, "decode", tmp_path / "labels", "--predictions", tmp_path / name)
        assert_one_sentence(ran, 1, pattern)


def test_weightless_joints_are_those_that_are_drawn_for_nothing(tmp_path: Path, capfd: Capture) -> None:
    """Hidden joints under --hidden zero: neither scored nor missed."""
    content = json.loads((SAMPLE / "annotations.json").read_text())
    for row in content["annotations"]:
        row["keypoints"][2::3] = [min(v, 2) for v in row["keypoints"][2::3]]
    first = next(row for row in content["annotations"] if row["keypoints"][2::3].count(2) > 3)
    content["annotations"] = [first]
    third = first["keypoints"][2::3]
    hidden = [k for k, v in enumerate(third) if v == 2][:2]
    third = [0 if v == 1 else 1 if k in hidden else v for k, v in enumerate(third)]
    first["keypoints"][2::3] = third
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content))
    words = ("--input-size", "96x128", "--size", "24x32", "--hidden", "zero")
    assert run(capfd, "encode", path, tmp_path / "out", *words).code == 0
    states = json.loads(run(capfd, "decode", tmp_path / "out", "--json").out)["levels"]["24x32"]["states"]
    assert states["weightless"] == 2
    assert states["scored"] + states["outside"] == third.count(2)
    assert states["missed"] == 0


@pytest.mark.parametrize(("rule", "other"), [("hrnet", "mmpose"), ("mmpose", "hrnet")])
def test_a_literal_quarter_step_says_whose_it_is(
    tmp_path: Path, capfd: Capture, rule: str, other: str
) -> None:
    encoded(tmp_path / "labels", capfd)
    words = ("decode", tmp_path / "labels", "--method", "quarter,lsq", "--param", f"rule={rule}")
    note = f"quarter --literal is {rule}'s; --param rule={other} gives {other}'s"
    assert note in run(capfd, *words, "--literal").err
    assert note not in run(capfd, *words).err
