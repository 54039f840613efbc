"""Run jobs in worker processes, and jobs on files from anywhere in processes that may die."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from typing import Any

from kp2heat.engines.limits import Limits
from kp2heat.engines.pool import run_pool
from kp2heat.engines.worker import Lost
from kp2heat.errors import Kp2heatError

XCPU = getattr(signal, "SIGXCPU", None)


def run_processes(
    function: Callable[[Any], Any], jobs: Iterable[Any], workers: int, threads: int = 1
) -> Generator[Any, None, None]:
    """Yield the result of each job in order; a killed worker raises a Kp2heatError that names its job.

    threads  jobs that a worker does at a time: with 2, the next is computed while one waits for the disk
    """
    with closing(run_pool(function, jobs, workers, threads=threads)) as results:
        for result in results:
            if isinstance(result, Lost):
                raise Kp2heatError(
                    str(result.job),
                    "a worker process was killed while it wrote this (most likely the machine was out of memory)",
                    "finished shards are kept; run the same command again, with fewer --workers or a smaller "
                    "--shard-rows",
                )
            yield result


def run_isolated(
    function: Callable[[Any], Any],
    jobs: Iterable[Any],
    workers: int,
    limits: Callable[[Any], Limits],
    lost: Callable[[Any, str], Any],
) -> Generator[Any, None, None]:
    """Yield the result of each job in order, and ``lost(job, reason)`` for one that ends its process.

    limits  of processor time and memory for a job
    """
    with closing(run_pool(function, jobs, workers, limits)) as results:
        for result in results:
            died = isinstance(result, Lost)
            yield lost(result.job, _reason(result, limits(result.job))) if died else result


def _reason(lost: Lost, limits: Limits) -> str:
    """Return in words why a job has no result."""
    if lost.exitcode is None:
        return f"needs more than {limits.memory >> 20} MiB of memory"
    if XCPU is not None and lost.exitcode == -XCPU:
        return f"takes more than {limits.seconds} s of processor time"
    if lost.exitcode >= 0:
        return f"ends the process that reads it (exit code {lost.exitcode})"
    return f"ends the process that reads it ({signal.Signals(-lost.exitcode).name})"
