"""kill -9 of a run with workers at any instant, then the same command again: the same bytes as an unbroken run.

Without workers it is one of three commands in ``test_kills``.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.robust.sets import ROOT, SMALL, coco, command, kp2heat, sums


@pytest.mark.parametrize(
    ("workers", "kills"),
    [
        (2, 2),
        pytest.param(1, 100, marks=pytest.mark.slow),
        pytest.param(2, 100, marks=pytest.mark.slow),
    ],
)
def test_a_killed_run_is_completed_to_the_same_bytes(tmp_path: Path, workers: int, kills: int) -> None:
    rows, out = coco(tmp_path / "a.json", (10 if kills < 10 else 40) * 64), tmp_path / "out"
    one_worker = ("encode", rows, out, *SMALL)
    words = (*one_worker, "--workers", workers)
    rerun = words if kills > 2 else one_worker  # in this process, which is faster: workers change no byte
    began = time.monotonic()
    assert kp2heat("encode", rows, tmp_path / "whole", *SMALL, "--workers", workers).returncode == 0
    length, whole = time.monotonic() - began, sums(tmp_path / "whole")
    instants = random.Random(workers)
    trial = struck = same = 0
    while struck < kills:
        shutil.rmtree(out, ignore_errors=True)
        with subprocess.Popen(
            command(*words), cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True
        ) as run:
            time.sleep(instants.uniform(0.2, 1.0) * length)
            if trial % 2:
                os.killpg(run.pid, signal.SIGKILL)
            else:
                run.kill()
        struck += run.returncode == -signal.SIGKILL
        trial += 1
        again = kp2heat(*rerun)
        assert again.returncode == 0, f"trial {trial}: {again.stderr}"
        same += sums(out) == whole
    print(
        f"{trial} kills with {workers} workers, {struck} of them of a running encode: {same} ended the same"
    )
    assert same == trial
