"""``kp2heat decode``, ``inspect`` and ``presets`` as a user meets them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from kp2heat.cli import COMMANDS
from tests.cli.run import SAMPLE, run
from tests.cli.test_encode_refusals import assert_one_sentence

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def labels(tmp_path: Path, capfd: Capture) -> Path:
    out = tmp_path / "labels"
    assert run(capfd, "encode", SAMPLE / "annotations.json", out, "--preset", "people-28-14-7").code == 0
    return out


@pytest.mark.parametrize("method", ["auto", "lsq", "dark", "dark-udp", "quarter", "standard", "argmax"])
def test_every_method_reports(labels: Path, capfd: Capture, method: str) -> None:
    report = json.loads(run(capfd, "decode", labels, "--method", method, "--json").out)
    assert list(report["levels"]) == ["28x28", "14x14", "7x7"]
    assert "compared" not in report, "there is one method"
    for name, level in report["levels"].items():
        stride = 224 / int(name.split("x")[0])
        # The integer peak is the nearest cell, or a tie's other one: at most half a cell on each axis.
        assert level["cell"]["max"] <= np.sqrt(2) * (0.5 + 0.25 + 1e-3), method
        assert level["input"]["mean"] == pytest.approx(level["cell"]["mean"] * stride, rel=1e-6)
        assert level["states"]["scored"] == 804
        assert level["states"]["missed"] == 0
        if method in ("auto", "lsq"):
            assert level["input"]["mean"] < 0.01
        if method == "dark":
            assert level["input"]["max"] < 0.15


def test_the_tables_say_what_the_json_says(labels: Path, capfd: Capture) -> None:
    text = run(capfd, "decode", labels, "--method", "dark", "--per-joint").out
    report = json.loads(run(capfd, "decode", labels, "--method", "dark", "--json").out)
    row = next(line.split() for line in text.splitlines() if line.startswith("14x14") and "input px" in line)
    level = report["levels"]["14x14"]
    assert row[:5] == ["14x14", "dark", "input", "px", str(level["input"]["count"])]
    assert [float(v) for v in row[5:]] == pytest.approx(
        [level["input"][k] for k in ("mean", "median", "p95", "p99", "max", "dx", "dy")], abs=5.1e-5
    )
    for joint in report["joints"]:
        assert text.count(joint) == 3, "once a level"


def test_results_go_back_to_the_annotated_pixels(labels: Path, tmp_path: Path, capfd: Capture) -> None:
    run(capfd, "decode", labels, "-o", tmp_path / "r.json")
    run(capfd, "decode", labels, "-o", tmp_path / "r.csv")
    results = {row["id"]: row for row in json.loads((tmp_path / "r.json").read_text())}
    truth = json.loads((SAMPLE / "annotations.json").read_text())["annotations"]
    people = [a for a in truth if a["num_keypoints"]]
    assert len(results) == len(people) == 50
    for person in people:
        said = np.array(results[person["id"]]["keypoints"]).reshape(-1, 3)
        true = np.array(person["keypoints"]).reshape(-1, 3)
        labelled = true[:, 2] > 0
        assert results[person["id"]]["image_id"] == person["image_id"]
        assert np.abs(said[labelled, :2] - true[labelled, :2]).max() < 0.01
        assert (said[~labelled] == 0).all()
    with (tmp_path / "r.csv").open() as file:
        rows = list(csv.DictReader(file))
    first = results[int(rows[0]["annotation_id"])]["keypoints"]
    assert float(rows[0]["nose_x"]) == first[0]
    assert run(capfd, "decode", labels, "-o", tmp_path / "r.txt").code == 2


def test_gate_and_usage(labels: Path, capfd: Capture) -> None:
    assert run(capfd, "decode", labels, "--fail-above", "0.05px").code == 0
    assert_one_sentence(run(capfd, "decode", labels, "--method", "argmax", "--fail-above", "1px"), 4, "28x28")
    assert_one_sentence(run(capfd, "decode", labels, "--method", "drak"), 2, "did you mean 'dark'")
    assert_one_sentence(run(capfd, "decode", labels, "--param", "top=3"), 2, "finds 3 peaks per map")
    assert_one_sentence(run(capfd, "decode", labels, "--level", "8x8"), 2, "they hold 28x28, 14x14, 7x7")
    assert_one_sentence(run(capfd, "decode", labels, "--method", "offset"), 2, "offset")


def test_the_parts_go_into_a_folder(labels: Path, tmp_path: Path, capfd: Capture) -> None:
    (tmp_path / "file").write_text("kept")
    ran = run(capfd, "decode", labels, "--part", "1/2", "--into", tmp_path / "file")
    assert ran.code == 2
    assert "is a file" in ran.err
    assert (tmp_path / "file").read_text() == "kept"


def test_foreign_and_broken_files(labels: Path, tmp_path: Path, capfd: Capture) -> None:
    shard = labels / "shard-00000.h5"
    text = tmp_path / "a.h5"
    text.write_text("no")
    assert_one_sentence(run(capfd, "decode", text), 1, "a.h5: is not an HDF5 file")
    foreign = tmp_path / "foreign.h5"
    with h5py.File(foreign, "w") as file:
        file["x"] = 1
    assert_one_sentence(run(capfd, "decode", foreign), 1, "not a kp2heat shard")
    assert_one_sentence(run(capfd, "decode", tmp_path / "none.h5"), 1, "no such file")
    (tmp_path / "empty").mkdir()
    assert_one_sentence(run(capfd, "decode", tmp_path / "empty"), 1, "no shards")
    newer = tmp_path / "newer.h5"
    newer.write_bytes(shard.read_bytes())
    with h5py.File(newer, "r+") as file:
        file.attrs["format_version"] = "2.0"
    assert_one_sentence(run(capfd, "decode", newer), 1, "format version 2.0 is newer")
    shard.write_bytes(shard.read_bytes()[:3000])
    assert_one_sentence(run(capfd, "decode", shard), 1, "shard-00000.h5")


def test_inspect_tells_what_things_are(labels: Path, capfd: Capture) -> None:
    shards = json.loads(run(capfd, "inspect", labels, "--json").out)
    assert (shards["samples"], shards["people"]) == (50, 50)
    assert shards["levels"]["7x7"]["planes"]["heatmaps"] == {"shape": [50, 17, 7, 7], "dtype": "float16"}
    found = json.loads(run(capfd, "inspect", SAMPLE / "annotations.json", "--json").out)
    assert (found["images"], found["annotations"], found["labelled"], found["crowd"]) == (24, 51, 804, 1)
    assert "kp2heat shards, format 1.1" in run(capfd, "inspect", labels / "shard-00000.h5").out


def test_presets_print_what_config_reads(tmp_path: Path, capfd: Capture) -> None:
    names = json.loads(run(capfd, "presets", "--json").out)
    assert {"coco-hrnet-w32-256x192", "coco-udp-256x192", "coco-dark-384x288", "landmarks-28-14-7"} <= set(
        names
    )
    assert all(names.values()), "one line each"
    for name in ("coco-udp-256x192", "landmarks-28-14-7"):
        (tmp_path / "p.toml").write_text(run(capfd, "presets", name).out)
        words = ("encode", SAMPLE / "annotations.json", "--dry-run", "--json")
        assert (
            run(capfd, *words, "--config", tmp_path / "p.toml").out
            == run(capfd, *words, "--preset", name).out
        )
    assert_one_sentence(run(capfd, "presets", "coco-upd-256x192"), 2, "coco-udp-256x192")


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_has_examples(capfd: Capture, command: str) -> None:
    ran = run(capfd, *([command] if command else []), "--help")
    assert ran.code == 0
    assert "\n  kp2heat " in ran.out, "an example on a line of its own"
    assert "\\b" not in ran.out, "a paragraph that is kept as it stands"
