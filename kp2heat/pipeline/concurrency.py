"""Share work on arrays among the cores: NumPy, the compiled loops and zlib release Python's lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from kp2heat.cores import cores

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_in_threads(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield ``function(item)`` for each item, in order, computed by a thread per core.

    There are at least two threads, since one may wait for the disk. Pending items are cancelled on error or when
    the iterator is closed early.

    >>> list(map_in_threads(abs, [-1, 2, -3]))
    [1, 2, 3]
    """
    with ThreadPoolExecutor(max(2, cores()), thread_name_prefix="kp2heat-work") as threads:
        context = copy_context()  # the choice of compiled loops holds in the threads too
        yield from threads.map(lambda item: context.copy().run(function, item), items)
