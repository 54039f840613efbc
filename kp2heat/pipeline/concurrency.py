"""Work on arrays shared among the cores: NumPy, compiled loops and inflation let go of Python's lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from kp2heat.shards.reading.chunk_reader import cores

Item = TypeVar("Item")
Done = TypeVar("Done")


def shared(work: Callable[[Item], Done], items: Iterable[Item]) -> Iterator[Done]:
    """``work`` of each, in order, by as many threads as there are cores, and at least two: one may wait for the disk.

    What has not begun when one fails, or when nobody asks on, is left.
    """
    with ThreadPoolExecutor(max(2, cores()), thread_name_prefix="kp2heat-work") as threads:
        yield from threads.map(work, items)
