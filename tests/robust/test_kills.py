"""kill -9 of encode, merge and repair at random instants, then the same command: the bytes of an unbroken run.

2,000 of them: ``pytest -m slow -rP tests/robust/test_kills.py``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.robust.sets import ROOT


@pytest.mark.parametrize("kind", ["encode", "merge", "repair"])
@pytest.mark.parametrize("kills", [3, pytest.param(700, marks=pytest.mark.slow)])
def test_killed_and_run_again(tmp_path: Path, kind: str, kills: int) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.robust.kills", kind, str(tmp_path), str(kills), "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    print(ran.stdout)
    assert ran.returncode == 0, ran.stderr
