"""What is shown while something takes time."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from kp2heat.cli.output import console

ROOT = Path(__file__).parents[3]
SCRIPT = """
import time
from kp2heat.cli.output import console
console.PATIENCE = 0.05
with console.waiting("reading big.json"):
    time.sleep({seconds})
"""


def on_a_terminal(seconds: float) -> str:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    command = [sys.executable, "-c", SCRIPT.format(seconds=seconds)]
    subprocess.run(command, stderr=theirs, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    os.write(theirs, b"end")
    shown = os.read(ours, 1 << 16).decode()
    os.close(theirs)
    os.close(ours)
    return shown


def test_a_long_wait_is_shown_on_a_terminal_and_a_short_one_is_not() -> None:
    assert "reading big.json 00:0" in on_a_terminal(1.5)
    assert on_a_terminal(0) == "end"


def test_off_a_terminal_there_is_silence(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "PATIENCE", 0.0)
    with console.waiting("reading big.json"):
        pass
    assert capfd.readouterr().err == ""


def test_bytes_in_human_numbers() -> None:
    assert [console.human_bytes(n) for n in (0, 999, 12_340, 5e9, 2e15)] == [
        "0 B",
        "999 B",
        "12.3 kB",
        "5 GB",
        "2e+03 TB",
    ]
