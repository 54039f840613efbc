"""One job after another in this process, each finished beside the next: the same code path, without a pool."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any


def run_serial(
    work: Callable[[Any], Callable[[], Any]],
    jobs: Iterable[Any],
    workers: int,  # noqa: ARG001 - the engines' common signature
    held: Sequence[int] = (),  # noqa: ARG001
) -> Generator[Any, None, None]:
    """Results in order. A thread finishes a job (it hashes, writes and waits for the disk) while the next is worked on."""
    from concurrent.futures import Future, ThreadPoolExecutor

    before: Future[Any] | None = None
    with ThreadPoolExecutor(1, thread_name_prefix="kp2heat-finish") as thread:
        for job in jobs:
            finish = work(job)
            if before is not None:
                yield before.result()
            before = thread.submit(finish)
        if before is not None:
            yield before.result()
