"""Run jobs in this process or in several: results come in the order of the jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from kp2heat.contracts import Engine


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


ENGINES: Mapping[str, Engine] = {
    "serial": Engine("serial", run_serial),
    "processes": Engine("processes", run_processes),
}
