"""The example that trains: pictures, labels, maps and decoding fit each other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("torch")

from kp2heat.cli import main

pytestmark = [pytest.mark.torch, pytest.mark.slow]
SCRIPT = Path(__file__).parents[3] / "sample_data" / "train.py"


def test_sixty_epochs_bring_the_error_below_two_cells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, SCRIPT, tmp_path, "--epochs", "60"], check=True, env=one_thread)
    capsys.readouterr()
    with suppress(SystemExit):
        main(["decode", f"{tmp_path}/labels", "--predictions", f"{tmp_path}/predictions.npy", "--json"])
    errors = json.loads(capsys.readouterr().out)["levels"]["16x24"]["input"]
    # A cell is 4 px and the input 64x96 px: a network that has learned nothing is off by a quarter of that.
    assert errors["count"] > 700
    assert errors["mean"] < 8
    assert errors["median"] < 4
