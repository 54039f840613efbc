"""``kp2heat bench`` measures and says so; how fast is not asserted of a machine that others use."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from kp2heat.bench.measure import Case, Side
from kp2heat.cli import group


def test_cases_are_measured_as_ratios(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kp2heat.compiled._loaded", lambda: None)  # compiling is not what is tested
    monkeypatch.setattr("kp2heat.bench.machine.BLOCK", 1 << 20)
    words = ["bench", "--people", "256", "--rounds", "1", "--only", "sigmoid"]
    found = json.loads(CliRunner().invoke(group, [*words, "--json"]).stdout)
    (case,) = found["cases"]
    assert case["ratio"] > 0
    assert case["ours_per_s"] > 0
    assert {"copy", "sum", "write", "write_fsync"} == set(found["machine_mb_per_s"])


def test_the_table_names_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    side = Side(lambda: None, 256)
    monkeypatch.setattr(
        "kp2heat.bench.cases.cases", lambda *_: [Case("encode sigmoid", "encode raw", 0.25, side, side)]
    )
    monkeypatch.setattr("kp2heat.bench.machine.BLOCK", 1 << 20)
    shown = CliRunner().invoke(group, ["bench", "--rounds", "1", "--only", "Sigmoid"]).stdout
    assert "encode sigmoid" in shown
    assert "MB/s" in shown
