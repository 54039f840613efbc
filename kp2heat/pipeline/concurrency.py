"""Share work on arrays among the cores: NumPy, the compiled loops and zlib release Python's lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from typing import TypeVar

from kp2heat.machine.cores import cores, threads

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_in_threads(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield ``function(item)`` for each item, in order, computed by a thread per core.

    There are two threads or more, since one may wait for the disk. Pending items are cancelled on error or when
    the iterator is closed early.

    >>> list(map_in_threads(abs, [-1, 2, -3]))
    [1, 2, 3]
    """
    with threads(max(2, cores()), "work") as executor:
        context = copy_context()  # the choice of compiled loops holds in the threads too
        yield from executor.map(lambda item: context.copy().run(function, item), items)
