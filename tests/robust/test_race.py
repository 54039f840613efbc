"""Two runs on one folder at once: one does the work, the other says so, nothing is damaged."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.robust.sets import ROOT, SMALL, coco, command, kp2heat, sums


@pytest.mark.parametrize("times", [2, pytest.param(50, marks=pytest.mark.slow)])
def test_two_at_once(tmp_path: Path, times: int) -> None:
    rows, out = coco(tmp_path / "a.json", 20 * 64), tmp_path / "out"
    assert kp2heat("encode", rows, tmp_path / "whole", *SMALL).returncode == 0
    whole = sums(tmp_path / "whole")
    refused = 0
    for _ in range(times):
        shutil.rmtree(out, ignore_errors=True)
        runs = [
            subprocess.Popen(
                command("encode", rows, out, *SMALL), cwd=ROOT, stderr=subprocess.PIPE, text=True
            )
            for _ in range(2)
        ]
        said = [run.communicate()[1] for run in runs]
        for run, err in zip(runs, said, strict=True):
            assert run.returncode == 0 or "is being written by process" in err, err
        refused += sum(run.returncode != 0 for run in runs)
        assert 0 in [run.returncode for run in runs]
        assert sums(out) == whole
    print(f"{times} times two at once: {refused} were refused, every folder is whole")
    assert refused > times / 2, "they hardly ever met"
