"""Jobs in worker processes, started afresh (spawn): nothing open is inherited, nothing dense crosses."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from kp2heat.errors import Kp2heatError

AHEAD = 2
"""Jobs handed out per worker: enough to keep it busy, few enough to keep the queue small."""


def run_processes(work: Callable[[Any], Any], jobs: Sequence[Any], workers: int) -> Iterator[Any]:
    """Results in order; a worker that dies becomes an error naming the job it may have held."""
    context = multiprocessing.get_context("spawn")
    waiting: deque[tuple[Any, Future[Any]]] = deque()
    pool = ProcessPoolExecutor(min(workers, max(1, len(jobs))), mp_context=context)
    try:
        todo = iter(jobs)
        for job in todo:
            waiting.append((job, pool.submit(work, job)))
            if len(waiting) >= AHEAD * workers:
                yield waiting[0][1].result()
                waiting.popleft()
        while waiting:
            yield waiting[0][1].result()
            waiting.popleft()
    except BrokenProcessPool:
        name = getattr(waiting[0][0] if waiting else None, "name", "a job")
        raise Kp2heatError(
            f"{name}",
            "a worker process was killed while it was being written (most likely out of memory)",
            "finished shards are kept; run the same command again with fewer --workers or smaller --shard-rows",
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
