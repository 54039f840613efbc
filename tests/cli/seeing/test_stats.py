"""``kp2heat stats``: tables, JSON and a chart, of annotations and of shards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.run import SAMPLE, run


def test_annotations_and_their_shards_agree(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out, maps = tmp_path / "labels", ("--input-size", "64x64", "--size", "8x8")
    assert run(capfd, "encode", SAMPLE / "annotations.json", out, *maps, "-q").code == 0
    first = json.loads(run(capfd, "stats", SAMPLE / "annotations.json", *maps, "--json").out)
    second = json.loads(run(capfd, "stats", out, "--json").out)
    for name in ("per_joint", "box", "joints_per_person", "together", "limbs_in_sigmas", "duplicates"):
        assert first[name] == second[name]
    assert first["crowd_regions"] == 1


def test_the_text_names_every_joint(capfd: pytest.CaptureFixture[str]) -> None:
    ran = run(capfd, "stats", SAMPLE / "annotations.json")
    assert ran.code == 0
    assert "people 50" in ran.out
    assert "right_ankle " in ran.out
    assert "sigmas" not in ran.out, "no settings of an encoding were given"


def test_the_numbers_and_their_chart_go_into_files(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    for name in ("stats.json", "stats.png"):
        ran = run(capfd, "stats", SAMPLE / "annotations.json", "-o", tmp_path / name, "--json")
        assert f"{name}: 50 people" in ran.err
    assert json.loads((tmp_path / "stats.json").read_text()) == json.loads(ran.out)
    assert (tmp_path / "stats.png").read_bytes().startswith(b"\x89PNG")


def test_a_wrong_name_is_told_before_anything_is_read(capfd: pytest.CaptureFixture[str]) -> None:
    ran = run(capfd, "stats", "nowhere.json", "-o", "stats.bmp")
    assert ran.code == 2
    assert "end it in .json" in ran.err
