"""Ctrl-C and SIGTERM: 130 and 143, what is finished kept, and how to go on said."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.robust.sets import ROOT, SMALL, coco, command, kp2heat, sums

SHARDS = 60
"""Of which the last is written a quarter of a second after the fourth, or later: time enough to send a signal."""


@pytest.mark.parametrize(
    ("number", "code", "workers"),
    [(signal.SIGINT, 130, 2), (signal.SIGTERM, 143, 1), (signal.SIGTERM, 143, 2)],
)
def test_a_stopped_run_can_be_continued(tmp_path: Path, number: int, code: int, workers: int) -> None:
    rows, out = coco(tmp_path / "a.json", SHARDS * 64), tmp_path / "out"
    words = ("encode", rows, out, *SMALL, "--workers", workers)
    with subprocess.Popen(
        command(*words), cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as running:
        deadline = time.monotonic() + 60
        while not list(out.glob("shard-00003.h5")) and time.monotonic() < deadline:
            time.sleep(0.005)
        os.killpg(running.pid, number)
        _, err = running.communicate()
    assert running.returncode == code, err
    assert "kp2heat: stopping (press Ctrl-C again to abort)" in err
    assert f"of {SHARDS} shards are finished and kept; run the same command again to continue" in err
    assert "Traceback" not in err
    kept = {name: value for name, value in sums(out).items() if name.endswith(".h5")}
    assert kept == sums(out), "neither parts nor a lock remain"
    assert 0 < len(kept) < SHARDS
    again = kp2heat("encode", rows, out, *SMALL)
    assert again.returncode == 0, again.stderr
    assert len(sums(out)) == SHARDS + 1
    assert kept.items() <= sums(out).items()


def test_a_signal_before_the_work_begins(tmp_path: Path) -> None:
    with subprocess.Popen(
        command("encode", "-", tmp_path / "out", *SMALL),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as waiting:
        deadline = time.monotonic() + 60
        while not handles(waiting.pid, "SigCgt", signal.SIGTERM) and time.monotonic() < deadline:
            time.sleep(0.01)
        waiting.send_signal(signal.SIGINT)
        _, err = waiting.communicate()
    assert waiting.returncode == 130, err
    assert b"Traceback" not in err


def test_a_killed_worker_is_named_with_its_samples(tmp_path: Path) -> None:
    rows, out = coco(tmp_path / "a.json", SHARDS * 64), tmp_path / "out"
    words = ("encode", rows, out, *SMALL, "--workers", 2)
    with subprocess.Popen(command(*words), cwd=ROOT, stderr=subprocess.PIPE, text=True) as running:
        deadline = time.monotonic() + 60
        while not list(out.glob("shard-00003.h5")) and time.monotonic() < deadline:
            time.sleep(0.005)
        os.kill(max(workers_of(running.pid), key=ticks), signal.SIGKILL)  # the other may only just have begun
        _, err = running.communicate()
    assert running.returncode == 1, err
    assert re.search(r"shard-000\d\d\.h5 \(samples \d+ to \d+\)", err)
    assert "out of memory" in err
    assert "Traceback" not in err
    kept = sums(out)
    assert {name[-3:] for name in kept} == {".h5"}
    assert kp2heat("encode", rows, out, *SMALL).returncode == 0
    assert kept.items() <= sums(out).items()


def workers_of(pid: int) -> list[int]:
    """The worker processes that it started, as far as they have begun to work."""
    workers = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            worker = parent == pid and b"spawn_main" in (folder / "cmdline").read_bytes()
            if worker and handles(int(folder.name), "SigIgn", signal.SIGINT):
                workers.append(int(folder.name))
    return workers


def ticks(pid: int) -> int:
    """The processor time of a process."""
    user, system = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[n] for n in (11, 12))
    return int(user) + int(system)


def handles(pid: int, how: str, number: signal.Signals) -> bool:
    """Whether a process has got so far that it catches (``SigCgt``) or ignores (``SigIgn``) a signal."""
    mask = re.search(rf"{how}:\s*(\w+)", Path(f"/proc/{pid}/status").read_text())
    return mask is not None and bool(int(mask[1], 16) >> (number - 1) & 1)


STUCK = """
import ctypes, sys, threading
from kp2heat.cli import signals
with signals.stoppable(sys.argv[1:]):
    print("ready", flush=True)
    library, mutex = ctypes.PyDLL(None), ctypes.create_string_buffer(100)
    library.pthread_mutex_lock(mutex)
    library.pthread_mutex_lock(mutex)  # waits for itself and holds the interpreter's lock, as a loop in HDF5 does
"""


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (("inspect", "x"), [signal.SIGTERM]),
        (("decode", "x"), [signal.SIGINT]),
        (("check-transform", "x.py:same"), [signal.SIGTERM]),
        (("export", "x"), [signal.SIGTERM, signal.SIGTERM]),
        (("encode", "x"), [signal.SIGTERM, signal.SIGTERM]),
        (("verify", "x", "--repair", "y"), [signal.SIGINT, signal.SIGINT]),
    ],
)
def test_a_signal_ends_a_command_even_inside_hdf5(words: tuple[str, ...], sent: list[signal.Signals]) -> None:
    call = [sys.executable, "-c", STUCK, *words]
    with subprocess.Popen(call, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        running.stdout.readline()
        time.sleep(0.5)
        began = time.monotonic()
        for number in sent:
            running.send_signal(number)
            time.sleep(0.2)
        running.wait(10)
        assert time.monotonic() - began < 5
    assert running.returncode in (-sent[-1], 128 + sent[-1])
