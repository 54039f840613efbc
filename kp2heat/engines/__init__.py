"""Run jobs in this process or in several: results come in the order of the jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib import import_module
from typing import Any

from kp2heat.contracts import Engine, Mapper
from kp2heat.machine.cores import cores

START_SECONDS = 2.5
"""Until workers have started, loaded the compiled loops and got their jobs."""
SECONDS_PER_GB = 4.4
"""Of shards, drawn and written by one process on more than one core: it writes one shard while it draws the next."""
WORKER_SECONDS_PER_GB = 8.0
"""The same for a worker that has a core for itself. All three were measured on two cores (tests/benchmarks)."""


def useful_workers(workers: int, jobs: int, size: int, *, threads: bool = True) -> int:
    """Return how many of ``workers`` processes finish ``size`` bytes of shards soonest: as many as have work, or one.

    More workers than cores gain nothing, and each has to start.

    threads  a process that works alone uses more than one core

    >>> useful_workers(8, jobs=1, size=10_000_000_000), useful_workers(8, jobs=100, size=10_000)
    (1, 1)
    """
    most = min(workers, jobs, cores())
    alone = SECONDS_PER_GB if threads else WORKER_SECONDS_PER_GB
    gain = size / 1e9 * (alone - WORKER_SECONDS_PER_GB / max(most, 1))
    return most if gain > START_SECONDS else 1


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


def run_loaded(name: str, *given: Any, **policy: Any) -> Iterator[Any]:
    """Yield the result of each job as ``run_NAME`` of ``engines/NAME.py`` does, which is loaded when it is used.

    Importing multiprocessing takes as long as a small job, and Dask is an extra.
    """
    run: Callable[..., Iterator[Any]] = getattr(import_module(f"kp2heat.engines.{name}"), f"run_{name}")
    return run(*given, **policy)


ENGINES: Mapping[str, Engine] = {
    "serial": Engine("serial", run_serial),
    "processes": Engine("processes", partial(run_loaded, "processes")),
    "dask": Engine("dask", partial(run_loaded, "dask")),
}


def local(workers: int) -> Mapper:
    """Return the engine of this machine: worker processes, or this process where there is one worker."""
    return partial(ENGINES["processes" if workers > 1 else "serial"].run, workers=workers)
