"""``kp2heat merge`` of decoded parts says what one ``kp2heat decode`` says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.run import SAMPLE, run

Capture = pytest.CaptureFixture[str]


def test_merged_parts_have_the_table_and_the_numbers_of_one_run(tmp_path: Path, capfd: Capture) -> None:
    labels, parts = tmp_path / "labels", tmp_path / "parts"
    size = ("--input-size", "96x128", "--size", "24x32,12x16")
    assert run(capfd, "encode", SAMPLE / "annotations.json", labels, *size).code == 0
    for part in ("1/2", "2/2"):
        assert run(capfd, "decode", labels, "--part", part, "--into", parts).code == 0
    at_once, merged = run(capfd, "decode", labels, "--no-per-joint"), run(capfd, "merge", parts)
    assert merged.code == 0, merged.err
    assert merged.out == at_once.out
    assert "24x32" in merged.out
    as_json = json.loads(run(capfd, "merge", parts, "--json").out)
    assert as_json["levels"] == json.loads(run(capfd, "decode", labels, "--json").out)["levels"]
