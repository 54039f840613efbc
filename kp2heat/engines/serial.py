"""One job after another in this process: the same code path, without a pool round it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any


def run_serial(
    work: Callable[[Any], Any],
    jobs: Iterable[Any],
    workers: int,  # noqa: ARG001 - the engines' common signature
    held: Sequence[int] = (),  # noqa: ARG001
) -> Generator[Any, None, None]:
    """Results in order."""
    for job in jobs:
        yield work(job)
