"""Workers: results in order, a killed one named, none outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from kp2heat.engines import ENGINES
from kp2heat.errors import Kp2heatError
from tests.robust.sets import ROOT


def square(job: int) -> partial[int]:
    time.sleep(0.02 * (job % 2))
    return partial(pow, job, 2)


def die_at_five(job: int) -> partial[int]:
    if job == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return partial(int, job)


def test_a_job_is_finished_while_the_next_is_worked_on() -> None:
    """Each job waits for the one before it to be finished: one after the other they would wait for ever."""
    finished = [threading.Event() for _ in range(4)]

    def work(job: int) -> Callable[[], int]:
        assert job < 2 or finished[job - 2].is_set()
        return lambda: finished[job].set() or job

    def waiting(job: int) -> Callable[[], int]:
        assert job == 0 or finished[job - 1].wait(10)
        return work(job)

    assert list(ENGINES["serial"].run(waiting, iter(range(4)), 1)) == [0, 1, 2, 3]


def test_what_fails_to_finish_fails_the_run() -> None:
    def work(job: int) -> Callable[[], float]:
        return lambda: 1 / (job - 1)

    run = ENGINES["serial"].run(work, iter(range(4)), 1)
    assert next(run) == -1
    with pytest.raises(ZeroDivisionError):
        next(run)


@pytest.mark.parametrize("name", list(ENGINES))
def test_results_come_in_the_order_of_the_jobs(name: str) -> None:
    jobs = (n for n in range(9))
    assert list(ENGINES[name].run(square, jobs, 2)) == [n * n for n in range(9)]


def test_a_killed_worker_is_an_error_that_names_its_job() -> None:
    done: list[int] = []
    with pytest.raises(Kp2heatError, match="out of memory") as broken:
        done.extend(ENGINES["processes"].run(die_at_five, iter(range(12)), 1))
    assert done == list(range(len(done)))
    assert len(done) <= 5
    assert "5" in broken.value.where.split(" or ")


ORPHANS = """
import sys
from kp2heat.engines import ENGINES
from kp2heat.engines.processes import get_ready
from tests.engines.test_processes import report_and_sleep
if __name__ == "__main__":
    if "ready" in sys.argv:
        get_ready([])
    list(ENGINES["processes"].run(report_and_sleep, [sys.argv[1]] * 2, 2))
"""


def report_and_sleep(folder: str) -> None:
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(60)


@pytest.mark.parametrize("how", ["spawned", "ready"])
def test_workers_end_with_the_process_that_wanted_them(tmp_path: Path, how: str) -> None:
    script = tmp_path / "orphans.py"
    script.write_text(ORPHANS)
    seen = tmp_path / "seen"
    seen.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, script, seen, how], env=environment, stderr=subprocess.DEVNULL
    ) as parent:
        deadline = time.monotonic() + 20
        while len(list(seen.iterdir())) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        parent.kill()
    workers = [int(f.name) for f in seen.iterdir()]
    assert len(workers) == 2
    while any(runs(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(runs(pid) for pid in workers)


def runs(pid: int) -> bool:
    """Alive, and not merely waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


READY = """
import sys, time
from kp2heat.engines import ENGINES
from kp2heat.engines.processes import get_ready
from tests.engines.test_processes import loaded
if __name__ == "__main__":
    get_ready(sys.argv[1:])
    print(*ENGINES["processes"].run(loaded, ["colorsys"], 1))
"""


def loaded(name: str) -> partial[bool]:
    """Whether this process has the module, though nothing here imports it."""
    return partial(bool, name in sys.modules)


def ready(tmp_path: Path, *modules: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A process that gets workers ready with these modules, and asks one for what it has."""
    script = tmp_path / "ready.py"
    script.write_text(READY)
    path = os.pathsep.join([str(ROOT), str(tmp_path)])
    return subprocess.run(
        [sys.executable, script, *modules],
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely: workers are started afresh")
def test_workers_have_what_was_loaded_for_them(tmp_path: Path) -> None:
    assert ready(tmp_path, "colorsys").stdout == "True\n"
    assert ready(tmp_path, "there_is_no_such_module").stdout == "False\n", "which is the workers' affair"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely: nothing is got ready")
def test_where_there_is_no_place_for_a_socket_workers_are_started_afresh(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 60) / ("b" * 60)
    deep.mkdir(parents=True)
    ran = ready(tmp_path, "colorsys", TMPDIR=str(deep))
    assert (ran.stdout, ran.stderr) == ("False\n", "")


ENDED = """
import time
from pathlib import Path
from kp2heat.engines.processes import get_ready
if __name__ == "__main__":
    get_ready(["sleeps"])
    while not Path("begun").exists():
        time.sleep(0.01)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely: nothing is got ready")
def test_what_is_being_got_ready_holds_nobody_up(tmp_path: Path) -> None:
    """It has the output open, and whoever reads that waits until all have closed it."""
    (tmp_path / "sleeps.py").write_text("import time\nopen('begun', 'w').close()\ntime.sleep(60)\n")
    script = tmp_path / "ended.py"
    script.write_text(ENDED)
    path = os.pathsep.join([str(ROOT), str(tmp_path)])
    began = time.monotonic()
    environment = {**os.environ, "PYTHONPATH": path}
    subprocess.run([sys.executable, script], cwd=tmp_path, env=environment, capture_output=True, check=True)
    assert time.monotonic() - began < 30
