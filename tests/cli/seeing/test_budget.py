"""``kp2heat budget``: a table, advice, and files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.cli.run import SAMPLE, run

COMMON = (SAMPLE / "annotations.json", "--input-size", "96x128", "--stride", "8,16", "--samples", "10")


def test_the_table_says_what_was_measured_and_what_to_use(capfd: pytest.CaptureFixture[str]) -> None:
    ran = run(capfd, "budget", *COMMON, "--method", "auto,argmax", "--dtype", "f16,u8")
    assert ran.code == 0
    assert "of 50 samples, no noise: the labels alone" in ran.out
    assert ran.out.count("argmax") >= 4
    assert sum(line.startswith("> ") for line in ran.out.splitlines()) == 1
    assert "Use " in ran.out.splitlines()[-1]


def test_without_map_sizes_the_usual_strides_are_compared(capfd: pytest.CaptureFixture[str]) -> None:
    ran = run(capfd, "budget", *COMMON[:3], "--json", "--samples", "5", "--input-size", "224x224")
    assert [cost["size"] for cost in json.loads(ran.out)["costs"]] == ["56x56", "28x28", "14x14", "7x7"]


def test_json_csv_and_charts(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    files = [tmp_path / f"b.{suffix}" for suffix in ("csv", "json", "png", "svg")]
    named = [word for file in files for word in ("-o", file)]
    ran = run(capfd, "budget", *COMMON, "--noise", "0.02", "--json", *named)
    assert ran.code == 0
    costs = json.loads(ran.out)["costs"]
    assert len(costs) == 2
    with files[0].open() as file:
        assert (
            [row["size"] for row in csv.DictReader(file)]
            == [cost["size"] for cost in costs]
            == ["12x16", "6x8"]
        )
    assert json.loads(files[1].read_text())["costs"] == costs
    assert files[2].read_bytes().startswith(b"\x89PNG")
    assert "<svg" in files[3].read_text()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("-o", "b.txt"), 2, "end it in .csv"),
        (("--codec", "gausian"), 2, "did you mean 'gaussian'"),
        (("--method", "drak"), 2, "drak"),
        (("--size", "8x8"), 2, "not both"),
    ],
)
def test_mistakes_are_told(
    capfd: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, said: str
) -> None:
    ran = run(capfd, "budget", *COMMON, *words)
    assert ran.code == code
    assert said in ran.err
    assert "Traceback" not in ran.err
