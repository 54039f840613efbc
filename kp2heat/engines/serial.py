"""One job after another in this process: the same code path, without a pool round it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any


def run_serial(work: Callable[[Any], Any], jobs: Sequence[Any], workers: int) -> Iterator[Any]:  # noqa: ARG001 - the engines' common signature
    """Results in order."""
    return map(work, jobs)
