"""Run jobs in this process or in several: results come in the order of the jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from kp2heat.contracts import Engine

Mapper = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
"""Anything shaped like ``map``: a function and jobs -> results in the order of the jobs."""

MIN_BYTES_PER_WORKER = 200_000_000
"""Bytes of shards per worker process; below this, fewer processes finish first (measured: a worker takes 1 to 2 s
to start and to load the compiled loops, and then writes 100 to 200 MB per second)."""


def useful_workers(workers: int, jobs: int, size: int) -> int:
    """Return how many of ``workers`` processes finish ``size`` bytes of shards, in so many jobs, soonest.

    >>> useful_workers(8, jobs=100, size=900_000_000), useful_workers(8, jobs=1, size=10_000)
    (4, 1)
    """
    return max(1, min(workers, jobs, size // MIN_BYTES_PER_WORKER))


def run_serial(
    function: Callable[[Any], Any],
    jobs: Iterable[Any],
    workers: int = 1,  # noqa: ARG001 - the engines' common signature
) -> Iterator[Any]:
    """Yield the result of each job, computed in this process, in order.

    >>> list(run_serial(abs, [-1, 2, -3]))
    [1, 2, 3]
    """
    return map(function, jobs)


def run_processes(function: Callable[[Any], Any], jobs: Iterable[Any], workers: int) -> Iterator[Any]:
    """Yield the result of each job, computed in worker processes, in order (see ``engines/processes.py``)."""
    from kp2heat.engines import processes  # importing multiprocessing takes as long as a small job

    return processes.run_processes(function, jobs, workers)


def run_dask(
    function: Callable[[Any], Any], jobs: Iterable[Any], workers: int, scheduler: str | None = None
) -> Iterator[Any]:
    """Yield the result of each job, computed on a Dask cluster, in order (see ``engines/dask.py``)."""
    from kp2heat.engines import dask  # an extra

    return dask.run_dask(function, jobs, workers, scheduler)


ENGINES: Mapping[str, Engine] = {
    "serial": Engine("serial", run_serial),
    "processes": Engine("processes", run_processes),
    "dask": Engine("dask", run_dask),
}
