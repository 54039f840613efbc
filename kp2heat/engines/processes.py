"""Jobs in worker processes: nothing open is inherited, nothing dense crosses.

A worker is started afresh (spawn), or forked from a process that has opened nothing and that ``get_ready`` had
load what jobs need. It leaves Ctrl-C to the process that asked for it, and ends as soon as that one is gone.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection, forkserver, reduction
from threading import Thread
from typing import Any

from kp2heat.errors import Kp2heatError

AHEAD = 2
"""Jobs handed out per worker: enough to keep it busy, few enough to keep the queue small."""

Waiting = deque[tuple[Any, "Future[Any]"]]


def get_ready(modules: Sequence[str]) -> None:
    """Workers will be wanted later by this process, which is all ours: these modules are loaded for them meanwhile.

    They are loaded once, in a process that workers are then forked from; a worker that is started afresh takes as
    long to load as 20,000 people to encode. Only Linux forks safely: elsewhere, and where there is no place for the
    socket that this process would listen at, nothing happens.
    """
    if sys.platform != "linux":
        return
    multiprocessing.set_forkserver_preload(["kp2heat.engines.origin", *modules])
    try:
        with _deaf():
            forkserver.ensure_running()
    except OSError:
        return
    multiprocessing.set_start_method("forkserver", force=True)


def _method() -> str:
    """How workers start: as they were got ready or the program chose, but never by forking one that may have threads."""
    return "forkserver" if multiprocessing.get_start_method(allow_none=True) == "forkserver" else "spawn"


def run_processes(
    work: Callable[[Any], Callable[[], Any]], jobs: Iterable[Any], workers: int, held: Sequence[int] = ()
) -> Generator[Any, None, None]:
    """Results in order; a worker that dies becomes an error naming the jobs that may have been in its hands.

    ``held``: descriptors that stay open until the last worker ends.
    """
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context(_method()),
        initializer=_begin,
        initargs=(tuple(map(Handed, held)),),
    )
    waiting: Waiting = deque()
    try:
        for job in jobs:
            with _deaf():
                waiting.append((job, pool.submit(_finished, work, job)))
            if len(waiting) >= AHEAD * workers:
                yield waiting[0][1].result()
                waiting.popleft()
        while waiting:
            yield waiting[0][1].result()
            waiting.popleft()
    except BrokenProcessPool:
        raise Kp2heatError(
            _in_hand(waiting, workers),
            "a worker process was killed while it wrote this (most likely the machine was out of memory)",
            "finished shards are kept; run the same command again, with fewer --workers or a smaller --shard-rows",
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _finished(work: Callable[[Any], Callable[[], Any]], job: Any) -> Any:
    return work(job)()


def _in_hand(waiting: Waiting, workers: int) -> str:
    """The oldest jobs without a result: one of them was the killed worker's."""
    lost = [str(job) for job, future in waiting if future.done() and future.exception() is not None]
    return " or ".join(lost[:workers]) or "at the start"


@contextmanager
def _deaf() -> Iterator[None]:
    """Hold Ctrl-C back while a worker may be starting, which inherits that and so never hears it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Handed:
    """A descriptor on its way to a worker that is being started."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, (reduction.DupFd(self.descriptor),)  # type: ignore[attr-defined,unused-ignore]


def _received(handle: Any) -> Handed:
    return Handed(handle.detach())


def _begin(held: tuple[Handed, ...]) -> None:  # noqa: ARG001 - receiving the descriptors is what keeps them open
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)
