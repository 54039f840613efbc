"""Run jobs on a Dask cluster: an existing one, or one of local processes.

What a job needs travels with it, so nothing is shipped twice; the cluster must see the output folder. A worker that
dies is replaced by another, since a job that is run again writes the same bytes.
"""

from __future__ import annotations

import logging
import platform
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

from kp2heat import __version__
from kp2heat.errors import DependencyError, Kp2heatError, OutputError
from kp2heat.libraries import library

AHEAD = 2
"""Jobs handed out per thread of the cluster: enough to keep it busy, few enough to bound what waits there."""
RETRIES = 2
"""Times that a job is run again after an error that is not kp2heat's own, such as a disk that is away for a moment."""
DECIDES = ("numpy", "h5py", "zlib-ng")
"""Packages whose version can change the bytes of a shard."""
SECONDS = 30
"""Time to wait for the scheduler, and for its first worker."""


def run_dask(
    function: Callable[[Any], Any],
    jobs: Iterable[Any],
    workers: int,
    scheduler: str | None = None,
    threads: int = 1,
) -> Generator[Any, None, None]:
    """Yield the result of each job in order; jobs are read as the cluster becomes free.

    scheduler  its address (``tcp://host:8786``), or its file; None starts ``workers`` local processes
    threads    jobs that a local process does at a time: with 2, the next is computed while one waits for the disk

    DependencyError where dask.distributed is missing or a worker has other versions; Kp2heatError for a job that
    kills its workers, and where the cluster is gone.
    """
    with _client(workers, scheduler, threads) as client:
        waiting: deque[tuple[str, Any]] = deque()
        run = uuid4().hex
        try:
            for number, job in enumerate(jobs):
                key = f"kp2heat-{run}-{number}"
                future = client.submit(_run, _versions(), function, job, key=key, pure=False, retries=RETRIES)
                waiting.append((str(job), future))
                room = AHEAD * sum(client.nthreads().values())  # a cluster may grow
                while len(waiting) >= max(AHEAD, room):
                    yield _result(*waiting.popleft())
            while waiting:
                yield _result(*waiting.popleft())
        finally:
            client.cancel([future for _, future in waiting])


@cache
def _versions() -> dict[str, str]:
    """Return the versions that have to agree between client and workers: they decide a shard's bytes."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, "kp2heat": __version__, **{name: version(name) for name in DECIDES}}


def _run(expected: dict[str, str], function: Callable[[Any], Any], job: Any) -> Any:
    """Run a job on a worker. An error of kp2heat's own is returned, so that it is not tried again."""
    try:
        versions = _versions()
        differing = [
            f"{name} {versions[name]}, not {expected[name]}"
            for name in expected
            if versions[name] != expected[name]
        ]
        if differing:
            raise DependencyError(
                f"Dask worker on {platform.node()}",
                f"has {'; '.join(differing)}",
                "install the same versions on workers and client",
            )
        return function(job)
    except Kp2heatError as error:
        return error


def _result(name: str, future: Any) -> Any:
    """Wait for a result; raise the error of the job, or say in one sentence why there is none."""
    distributed = library("distributed", "--engine dask")
    try:
        result = future.result()
    except distributed.KilledWorker as error:
        raise Kp2heatError(
            name,
            f"killed {error.args[2] if len(error.args) > 2 else 'its'} workers (most likely out of memory)",
            "finished shards are kept; run the same command again with more memory per worker or a smaller --shard-rows",
        ) from None
    except ModuleNotFoundError as error:
        raise DependencyError(
            "Dask worker", f"lacks {error.name}", "install kp2heat on the workers"
        ) from error
    except (distributed.CancelledError, OSError) as error:
        raise OutputError(
            name,
            f"failed on the Dask cluster ({error})",
            "finished shards are kept; run the same command again when the cluster is back",
        ) from error
    if isinstance(result, Kp2heatError):
        raise result
    return result


@contextmanager
def _client(workers: int, scheduler: str | None, threads: int) -> Iterator[Any]:
    """Connect to a scheduler, or start a local cluster; both are closed at the end."""
    distributed = library("distributed", "--engine dask")
    if scheduler is None:
        local = distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=threads,
            processes=True,
            dashboard_address=":0",
            silence_logs=logging.ERROR,
        )
        with local, distributed.Client(local) as client:
            yield client
        return
    where = {"scheduler_file": scheduler} if Path(scheduler).is_file() else {"address": scheduler}
    try:
        client = distributed.Client(**where, timeout=SECONDS)
        client.wait_for_workers(1, timeout=SECONDS)
    except (OSError, ValueError, TimeoutError) as error:
        raise DependencyError(
            f"--scheduler {scheduler}", f"cannot be reached, or has no worker ({error})", "check its address"
        ) from None
    with client:
        yield client
