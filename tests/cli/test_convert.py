"""``kp2heat convert`` and ``kp2heat validate`` from the outside: output, streams, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.run import SAMPLE, run


def test_convert_says_what_it_read_and_lost(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ran = run(capfd, "convert", SAMPLE / "annotations.json", tmp_path / "a.csv", "--to", "dlc")
    assert ran.code == 0
    assert ran.out == ""
    assert "COCO keypoints JSON, 17 joints" in ran.err
    assert "not held by" in ran.err
    assert (tmp_path / "a.csv").read_text().startswith("scorer,")


def test_convert_to_stdout(capfd: pytest.CaptureFixture[str]) -> None:
    ran = run(capfd, "convert", SAMPLE / "annotations_wide.csv", "-", "--to", "coco")
    assert len(json.loads(ran.out)["categories"][0]["keypoints"]) == 17


def test_reading_options_reach_the_reader(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a.png,0.5,0.25,0.75,0.5\n")
    words = (
        "--columns",
        "image,left_x,left_y,right_x,right_y",
        "--image-size",
        "100x200",
        "--swap",
        "left:right",
    )
    ran = run(capfd, "convert", file, "-", "--to", "coco", *words)
    found = json.loads(ran.out)
    assert found["annotations"][0]["keypoints"] == [49.5, 49.5, 2, 74.5, 99.5, 2]
    assert found["images"][0]["width"] == 100


def test_errors_are_one_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ran = run(capfd, "convert", SAMPLE / "annotations.json", tmp_path / "a.txt")
    assert ran.code == 2
    assert ran.err.count("\n") == 1


def test_validate_exit_codes(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(capfd, "validate", SAMPLE / "annotations.json").code == 0
    file = json.loads((SAMPLE / "annotations.json").read_text())
    file["annotations"][0]["area"] = 0
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(file))
    ran = run(capfd, "validate", bad)
    assert ran.code == 0
    assert "zero-area x1" in ran.out
    assert run(capfd, "validate", bad, "--strict").code == 3
    file["annotations"][0]["id"] = file["annotations"][1]["id"]
    bad.write_text(json.dumps(file))
    ran = run(capfd, "validate", bad, "--json")
    assert ran.code == 1
    assert "duplicate-id" in [f["code"] for f in json.loads(ran.out)["findings"]]


def test_validate_what_cannot_be_parsed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text('{"images": [')
    ran = run(capfd, "validate", tmp_path / "a.json")
    assert ran.code == 1
    assert "unexpected end of file" in ran.err
