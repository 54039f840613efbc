"""A pool of worker processes, renewed when one dies.

Workers are started afresh (spawn), so that they inherit no open file and no thread. Each is given a job for each of
its threads through a pipe: no semaphore and no shared memory is needed, and a dead worker takes only its own jobs with
it. They leave Ctrl-C to the process that started them, and end as soon as that process is gone.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain
from multiprocessing import connection
from typing import Any

from kp2heat.engines.limits import Limits
from kp2heat.engines.worker import Lost, sigint_blocked, work

NOTES = logging.getLogger("kp2heat")


@dataclass(eq=False)
class Worker:
    """A worker process, the pipe to it, its threads once it has started up, and the jobs in its hands by number.

    cut  whether a message to it or from it is incomplete, as after Ctrl-C: what follows in the pipe can't be read
    """

    process: Any
    pipe: Any
    threads: int = 0
    jobs: dict[int, Any] = field(default_factory=dict)
    cut: bool = False


@dataclass(eq=False)
class Pool:
    """The living workers; ``size`` is how many there should be, and becomes 0 where the system allows none.

    threads  of each worker: how many jobs it does at a time
    """

    function: Callable[[Any], Any]
    size: int
    threads: int
    workers: list[Worker] = field(default_factory=list)


def run_pool(
    function: Callable[[Any], Any],
    jobs: Iterable[Any],
    workers: int,
    limits: Callable[[Any], Limits | None] = lambda _job: None,
    threads: int = 1,
) -> Generator[Any, None, None]:
    """Yield the result of each job in order, a ``Lost`` among them; jobs are read as workers become free.

    ``function`` and the jobs must be picklable; what ``function`` raises is raised here in its turn. Closing the
    generator lets the jobs in hand finish. Where no worker can be started, a note is logged and the jobs run here.
    """
    pool = Pool(function, workers, threads)
    results: dict[int, Any] = {}
    following = 0
    numbered = enumerate(jobs)
    task = next(numbered, None)
    try:
        while task is not None or any(worker.jobs for worker in pool.workers):
            if task is not None:
                _fill(pool)
            while task is not None and (worker := _free_worker(pool)):
                _hand_out(worker, task, limits(task[1]))
                task = next(numbered, None)
            if not pool.workers:
                break
            results.update(_receive(pool))
            while following in results:
                yield _value(results.pop(following))
                following += 1
        if task is not None:
            yield from (function(job) for _, job in chain([task], numbered))
    finally:
        _end(pool)


def _fill(pool: Pool) -> None:
    """Start the workers that are missing; note where the system allows fewer."""
    while len(pool.workers) < pool.size:
        try:
            pool.workers.append(_start(pool.function, pool.threads))
        except (OSError, RuntimeError) as error:
            pool.size = len(pool.workers)
            instead = "this process does the work alone" if not pool.size else f"{pool.size} do the work"
            NOTES.warning("note: no more worker processes can be started (%s); %s", error, instead)


def _start(function: Callable[[Any], Any], threads: int) -> Worker:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # for the workers: it is read where NumPy is loaded
    context = multiprocessing.get_context("spawn")
    pipe, remote = context.Pipe()
    process = context.Process(target=work, args=(function, remote, threads), daemon=True)
    try:
        with sigint_blocked():
            process.start()
    except BaseException:
        pipe.close()
        raise
    finally:
        remote.close()
    return Worker(process, pipe)


def _free_worker(pool: Pool) -> Worker | None:
    """Return the worker to give the next job to; none gets a second one before each has its first."""
    if not pool.workers:
        return None
    worker = min(pool.workers, key=lambda worker: (len(worker.jobs), -worker.threads))
    return worker if len(worker.jobs) < worker.threads else None


def _hand_out(worker: Worker, task: tuple[int, Any], limits: Limits | None) -> None:
    """Give a job to a worker; where it is dead, receiving will tell."""
    number, job = task
    worker.jobs[number] = job
    with suppress(BrokenPipeError, ConnectionResetError), _whole_message(worker):
        worker.pipe.send((number, job, limits))


@contextmanager
def _whole_message(worker: Worker) -> Iterator[None]:
    """Note that the pipe is useless where the message within is not passed to its end."""
    worker.cut = True
    yield
    worker.cut = False


def _receive(pool: Pool) -> Iterator[tuple[int, Any]]:
    """Wait for the workers; yield the numbers and results of finished jobs, and let go of the dead."""
    arrived = connection.wait([worker.pipe for worker in pool.workers])
    for worker in [worker for worker in pool.workers if worker.pipe in arrived]:
        try:
            with _whole_message(worker):
                message = worker.pipe.recv()
        except (EOFError, OSError):
            yield from _lost(pool, worker)
            continue
        if isinstance(message, int):
            worker.threads = message
            continue
        number, outcome = message
        job = worker.jobs.pop(number)
        yield number, Lost(job, outcome.exitcode) if isinstance(outcome, Lost) else outcome


def _lost(pool: Pool, worker: Worker) -> Iterator[tuple[int, Lost]]:
    """Let go of a dead worker; yield the jobs that it took with it."""
    _join(worker)
    pool.workers.remove(worker)
    if not worker.threads:  # another would die as it started too
        pool.size -= 1
        NOTES.warning("note: a worker process ended as it started; %d are left", pool.size)
    for number, job in worker.jobs.items():
        yield number, Lost(job, worker.process.exitcode)


def _value(result: Any) -> Any:
    """Return a result of ``work``, or raise what it holds."""
    if isinstance(result, Lost):
        return result
    value, error = result
    if error is not None:
        raise error
    return value


def _end(pool: Pool) -> None:
    """Let the workers finish the jobs in hand, and wait for their end."""
    for worker in pool.workers:
        if worker.cut:  # it waits for the rest of a message: end that
            worker.pipe.close()
            continue
        with suppress(OSError):
            for _ in range(pool.threads):
                worker.pipe.send(None)
    for worker in pool.workers:
        _join(worker)


def _join(worker: Worker) -> None:
    with suppress(Exception):  # results that nobody takes, whole or not, must not keep it from ending
        while True:
            worker.pipe.recv()
    worker.process.join()
    worker.pipe.close()
