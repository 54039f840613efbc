"""Shards whose metadata were changed and given valid checksums: no hang, no traceback, and HDF5 may crash alone.

1,000 of them: ``pytest -m slow -rP tests/robust/test_hostile_shards.py``.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from kp2heat.pipeline.verification.isolation import read_isolated
from kp2heat.pipeline.verification.run import verify_dataset
from tests.cli.run import run
from tests.robust.mutants import hostile_folder
from tests.robust.sets import ROOT

COUNTS = [8, pytest.param(1000, marks=pytest.mark.slow)]
SECONDS = 10
"""Processor time for one shard."""
PATIENCE = 120
"""Seconds of waiting for one shard on a busy machine: a worker's processor time is limited to some 8 s."""


@pytest.mark.parametrize("count", COUNTS)
def test_verify_looks_at_all_of_them(tmp_path: Path, count: int) -> None:
    out = hostile_folder(tmp_path, count)
    moments = [time.monotonic()]
    report = verify_dataset(out, isolate=True, progress=lambda _n: moments.append(time.monotonic()))
    slowest = max(after - before for before, after in pairwise(moments))
    ended = [defect for defect in report.defects if "process" in defect.found]
    print(
        f"{len(report.defects)} of {count} are defects, {len(ended)} ended a worker: {set(ended)}; {slowest:.1f} s"
    )
    assert report.shards == count
    assert count / 2 < len(report.broken) <= count
    assert all("\n" not in defect.found for defect in report.defects)
    assert slowest < PATIENCE


@pytest.mark.parametrize("count", COUNTS)
def test_decode_skips_what_cannot_be_read(
    tmp_path: Path, count: int, capfd: pytest.CaptureFixture[str]
) -> None:
    shards = sorted(hostile_folder(tmp_path, count).glob("*.h5"))
    readings = list(read_isolated(shards))
    assert [reading.path for reading in readings] == shards
    unreadable = [reading for reading in readings if reading.error is not None]
    assert count / 4 < len(unreadable) < count
    assert all("\n" not in str(reading.error) for reading in unreadable)
    few = [shards[0].parent.parent / "whole" / "shard-00000.h5", *[r.path for r in unreadable[:4]]]
    ran = run(capfd, "decode", *few, "--isolate")
    assert ran.code == 3, ran.err
    assert ran.err.count("skipped shard-") == 4
    alone = run(capfd, "decode", *few[1:], "--isolate")
    assert alone.code == 1
    assert alone.err.splitlines()[-1].startswith("kp2heat: shard-")


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("words", [["decode", "{}"], ["inspect", "{}"]], ids=" ".join)
def test_commands_on_one_of_them(tmp_path: Path, count: int, words: list[str]) -> None:
    out = hostile_folder(tmp_path, count)
    (out / "manifest.json").unlink()
    shards = sorted(map(str, out.glob("*.h5")))
    ran = subprocess.run(
        [sys.executable, "-m", "tests.robust.forks", str(SECONDS), *shards, "--", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    outcomes = Counter(line.split()[1] for line in ran.stdout.splitlines())
    print(outcomes)
    crashes = sum(number for outcome, number in outcomes.items() if outcome in ("-11", "-8", "-6", "-7"))
    assert crashes <= count / 100, "crashes of HDF5 itself"
    sentences = outcomes["1"] + outcomes["2"] + outcomes["3"]  # 2: no method reads a plane of another name
    assert outcomes["0"] + sentences + crashes == count
