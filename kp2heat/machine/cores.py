"""The processor cores of this process, and threads for them."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from threading import Event, Lock, Thread
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def cores() -> int:
    """Return how many cores this process may use.

    >>> cores() >= 1
    True
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads(count: int, name: str) -> Executor:
    """Return an executor of at most so many threads.

    Where the system starts no thread (``ulimit -u``), a task is done by the caller as it is submitted.

    >>> with threads(2, "sum") as some:
    ...     some.submit(sum, [1, 2]).result()
    3
    """
    return _Threads(count, thread_name_prefix=f"kp2heat-{name}")


class _Threads(ThreadPoolExecutor):
    """Threads, or the caller where one cannot be started."""

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future result; it is computed once, by whoever comes first."""
        future: Future[T] = Future()
        first = Lock()

        def task() -> None:
            if not first.acquire(blocking=False) or not future.set_running_or_notify_cancel():
                return
            try:
                result = function(*args, **kwargs)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        try:
            super().submit(task)
        except RuntimeError as error:
            if not no_thread(error):
                raise
            task()  # it may be in the queue of other threads too
        return future


def no_thread(error: BaseException) -> bool:
    """Return whether an error of ``threading``, which has none of its own for it, says that no thread can start.

    >>> no_thread(RuntimeError("can't start new thread"))
    True
    """
    return isinstance(error, RuntimeError) and "start new thread" in str(error)


def threads_start() -> bool:
    """Return whether the system starts a thread per core for a library that ends the process where it does not.

    >>> threads_start()
    True
    """
    end, started = Event(), []
    try:
        for _ in range(cores()):
            thread = Thread(target=end.wait, daemon=True)
            thread.start()
            started.append(thread)
    except RuntimeError:
        return False
    finally:
        end.set()
        for thread in started:
            thread.join()
    return True
