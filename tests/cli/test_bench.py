"""``kp2heat bench`` measures and says so; how fast is not asserted of a machine that others use."""

from __future__ import annotations

import json

from click.testing import CliRunner

from kp2heat.cli import group


def test_cases_are_measured_as_ratios() -> None:
    words = ["bench", "--people", "256", "--rounds", "1", "--only", "sigmoid"]
    found = json.loads(CliRunner().invoke(group, [*words, "--json"]).stdout)
    (case,) = found["cases"]
    assert case["ratio"] > 0
    assert case["ours_per_s"] > 0
    assert {"copy", "sum", "write", "write_fsync"} == set(found["machine_mb_per_s"])
    shown = CliRunner().invoke(group, words).stdout
    assert "encode sigmoid" in shown
    assert "MB/s" in shown
