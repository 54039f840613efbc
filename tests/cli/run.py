"""Run the command line in this process, as a shell would see it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from kp2heat.cli import main

SAMPLE = Path(__file__).parents[2] / "sample_data"


@dataclass(frozen=True)
class Ran:
    """Exit code, and what was printed."""

    code: int
    out: str
    err: str


def run(capfd: pytest.CaptureFixture[str], *words: object) -> Ran:
    """``kp2heat WORDS``."""
    capfd.readouterr()
    with pytest.raises(SystemExit) as stopped:
        main([str(word) for word in words])
    out, err = capfd.readouterr()
    return Ran(int(stopped.value.code or 0), out, err)
