"""Options with values that nobody means: done, or a sentence and an exit code.

All of them: ``pytest -m slow -rP tests/robust/test_options.py``, half an hour.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.robust.sets import ROOT
from tests.robust.test_circumstances import make_place


@pytest.mark.parametrize("count", [60, pytest.param(0, marks=pytest.mark.slow)])
def test_each_value_is_taken_or_refused_in_a_sentence(tmp_path: Path, count: int) -> None:
    """In a folder of its own: some values are names of files that a command then writes."""
    place = make_place(tmp_path)
    command = [sys.executable, "-m", "tests.robust.option_cases", str(place), str(count), "0"]
    where = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, capture_output=True, text=True, cwd=place, env=where, check=True)
    *wrong, ends = ran.stdout.splitlines()
    print(ends)
    assert wrong == []
