"""Workers: results in order, a killed one named, none outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Barrier

import pytest

from kp2heat.engines import ENGINES, useful_workers
from kp2heat.engines.limits import Limits
from kp2heat.engines.processes import run_isolated
from kp2heat.errors import Kp2heatError
from tests.robust.sets import ROOT

ENGINES_HERE = [pytest.param(name, marks=[pytest.mark.dask] if name == "dask" else []) for name in ENGINES]


def square(job: int) -> int:
    time.sleep(0.02 * (job % 2))
    return job * job


PAIR = Barrier(2, timeout=60)


def meet(_job: int) -> int:
    """Wait for another job of the same process."""
    PAIR.wait()
    return os.getpid()


def die_at_five(job: int) -> int:
    if job == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return job


def divide(job: int) -> float:
    return 1 / (job - 1)


@pytest.mark.parametrize("name", ENGINES_HERE)
def test_a_job_that_fails_fails_the_run(name: str) -> None:
    results = iter(ENGINES[name].run(divide, iter(range(4)), 2))
    assert next(results) == -1
    with pytest.raises(ZeroDivisionError):
        next(results)


@pytest.mark.parametrize("name", ENGINES_HERE)
def test_results_come_in_the_order_of_the_jobs(name: str) -> None:
    jobs = (n for n in range(9))
    assert list(ENGINES[name].run(square, jobs, 2)) == [n * n for n in range(9)]


def test_a_worker_of_two_threads_does_two_jobs_at_a_time() -> None:
    assert len(set(ENGINES["processes"].run(meet, range(4), 1, threads=2))) == 1


@pytest.mark.parametrize(
    ("workers", "jobs", "gigabytes", "threads", "cores", "expected"),
    [
        (2, 100, 3.0, True, 2, 1),  # one process uses both cores
        (2, 100, 8.0, True, 2, 2),
        (2, 100, 3.0, False, 2, 2),
        (8, 100, 3.0, True, 8, 8),
        (8, 100, 3.0, True, 4, 4),
        (8, 3, 3.0, True, 8, 3),
        (8, 100, 0.2, True, 8, 1),
        (8, 0, 0.0, True, 8, 1),
        (8, 100, 100.0, True, 1, 1),
    ],
)
def test_workers_are_used_where_they_gain(
    monkeypatch: pytest.MonkeyPatch,
    workers: int,
    jobs: int,
    gigabytes: float,
    threads: bool,
    cores: int,
    expected: int,
) -> None:
    monkeypatch.setattr("kp2heat.engines.cores", lambda: cores)
    assert useful_workers(workers, jobs, int(gigabytes * 1e9), threads=threads) == expected


def test_a_killed_worker_is_an_error_that_names_its_job() -> None:
    done: list[int] = []
    with pytest.raises(Kp2heatError, match="out of memory") as broken:
        done.extend(ENGINES["processes"].run(die_at_five, iter(range(12)), 1))
    assert done == list(range(len(done)))
    assert len(done) <= 5
    assert "5" in broken.value.where.split(" or ")


def misbehave(job: str) -> str:
    """Do what HDF5 does with some files."""
    import ctypes

    if job == "crash":
        ctypes.string_at(0)
    if job == "swell":
        bytearray(1 << 30)
    while job == "hang":
        pass
    return job


def test_a_crash_a_hang_and_a_swelling_are_findings() -> None:
    jobs = ["a", "crash", "b", "hang", "swell", "c"]
    results = run_isolated(
        misbehave, jobs, 2, lambda _job: Limits(1, 1 << 29), lambda job, reason: f"{job}: {reason}"
    )
    assert list(results) == [
        "a",
        "crash: ends the process that reads it (SIGSEGV)",
        "b",
        "hang: takes more than 1 s of processor time",
        "swell: needs more than 512 MiB of memory",
        "c",
    ]


ORPHANS = """
import sys
from kp2heat.engines import ENGINES
from tests.engines.test_processes import report_and_sleep
if __name__ == "__main__":
    list(ENGINES["processes"].run(report_and_sleep, [sys.argv[1]] * 2, 2))
"""


def report_and_sleep(folder: str) -> None:
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(60)


def test_workers_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    script = tmp_path / "orphans.py"
    script.write_text(ORPHANS)
    seen = tmp_path / "seen"
    seen.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, script, seen]
    with subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL) as parent:
        deadline = time.monotonic() + 20
        while len(list(seen.iterdir())) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        parent.kill()
    workers = [int(f.name) for f in seen.iterdir()]
    assert len(workers) == 2
    while any(runs(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(runs(pid) for pid in workers)


BROKEN_OFF = """
import os
from multiprocessing import connection

from kp2heat.engines.pool import run_pool

SEND = connection.Connection._send

def broken_off(self, buf):
    connection.Connection._send = SEND
    os.write(self._handle, bytes(buf[:4]))
    raise KeyboardInterrupt

if __name__ == "__main__":
    connection.Connection._send = broken_off
    try:
        list(run_pool(len, [b"a long message" * 10_000], 1, threads=2))
    except KeyboardInterrupt:
        print("stopped")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="its pipes are of POSIX")
def test_a_signal_within_a_message_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "broken_off.py").write_text(BROKEN_OFF)
    command = [sys.executable, str(tmp_path / "broken_off.py")]
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "stopped\n", "")


def runs(pid: int) -> bool:
    """Alive, and not merely waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="this system has no signal masks")
def test_the_first_worker_never_receives_ctrl_c_either() -> None:
    """As it starts, before it could ignore it: a traceback of multiprocessing would be shown."""
    script = (
        "import signal; from functools import partial; from kp2heat.engines.processes import run_processes\n"
        "held = run_processes(partial(signal.pthread_sigmask, signal.SIG_BLOCK), [[], []], 2)\n"
        "print([signal.SIGINT in signals for signals in held])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[True, True]"
