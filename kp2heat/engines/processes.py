"""Run jobs in worker processes.

Workers are started afresh (spawn), so that they inherit no open file and no thread. They leave Ctrl-C to the
process that started them, and end as soon as that process is gone.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection
from threading import Thread
from typing import Any

from kp2heat.errors import Kp2heatError

AHEAD = 2
"""Jobs handed out per worker: enough to keep it busy, few enough to keep the queue small."""

Waiting = deque[tuple[Any, "Future[Any]"]]


def run_processes(
    function: Callable[[Any], Any], jobs: Iterable[Any], workers: int
) -> Generator[Any, None, None]:
    """Yield the result of each job in order; jobs are read as workers become free.

    ``function`` and the jobs must be picklable. A killed worker raises a Kp2heatError that names the jobs it may
    have been working on.
    """
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare_worker)
    waiting: Waiting = deque()
    try:
        for job in jobs:
            with sigint_blocked():
                waiting.append((job, pool.submit(function, job)))
            if len(waiting) >= AHEAD * workers:
                yield waiting[0][1].result()
                waiting.popleft()
        while waiting:
            yield waiting[0][1].result()
            waiting.popleft()
    except BrokenProcessPool:
        raise Kp2heatError(
            _lost_jobs(waiting, workers),
            "a worker process was killed while it wrote this (most likely the machine was out of memory)",
            "finished shards are kept; run the same command again, with fewer --workers or a smaller --shard-rows",
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _lost_jobs(waiting: Waiting, workers: int) -> str:
    """Return the names of the oldest jobs without a result: the killed worker was at one of them."""
    lost = [str(job) for job, future in waiting if future.done() and future.exception() is not None]
    return " or ".join(lost[:workers]) or "at the start"


@contextmanager
def sigint_blocked() -> Iterator[None]:
    """Hold Ctrl-C back while a worker may be starting; the worker inherits this and never receives it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _prepare_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_end_with_parent, args=(parent.sentinel,), daemon=True).start()


def _end_with_parent(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
