"""The example that trains: pictures, labels, maps and decoding fit each other."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("torch")

from kp2heat.cli import main

pytestmark = [pytest.mark.torch, pytest.mark.slow]
SCRIPT = Path(__file__).parents[2] / "sample_data" / "train.py"


def mean_error(folder: Path, epochs: int, capsys: pytest.CaptureFixture[str]) -> float:
    """Train for so many epochs, decode the network's maps, and return the mean error in input px."""
    subprocess.run([sys.executable, SCRIPT, folder, "--epochs", str(epochs)], check=True)
    capsys.readouterr()
    with suppress(SystemExit):
        main(["decode", f"{folder}/labels", "--predictions", f"{folder}/predictions.npy", "--json"])
    report = json.loads(capsys.readouterr().out)
    return float(report["levels"]["16x24"]["input"]["mean"])


def test_forty_epochs_bring_the_error_below_two_cells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A cell is 4 px. After one epoch the error is that of guessing; the crop is 64 px wide.
    assert mean_error(tmp_path / "begun", 1, capsys) > 16
    assert mean_error(tmp_path / "trained", 40, capsys) < 8
