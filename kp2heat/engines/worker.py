"""What a worker process does: one job after the other, until it is told to end or its parent is gone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection, resource_tracker
from threading import Lock, Thread
from typing import Any

from kp2heat.engines.limits import Limits, limit_process
from kp2heat.errors import Kp2heatError


@dataclass(frozen=True)
class Lost:
    """The result of a job whose worker died, or needed more memory than it may use.

    exitcode  of its process, minus the signal that ended it; None where it went on after a MemoryError
    """

    job: Any
    exitcode: int | None


def work(function: Callable[[Any], Any], pipe: Any, threads: int) -> None:
    """Report how many threads there are, and then for each (number, job, limits) that is received (number, outcome).

    An outcome is (result, None), (None, error) or ``Lost``. Each of the threads does one job at a time.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        with suppress(RuntimeError):  # where no thread can be started, it ends after the job in hand
            Thread(target=_end_with_parent, args=(parent.sentinel,), daemon=True).start()
    receiving, sending = Lock(), Lock()

    def serve() -> None:
        while True:
            with receiving:
                given = _received(pipe)
            if given is None:
                return
            number, job, limits = given
            outcome = _outcome(function, job, limits)
            with sending, suppress(OSError):  # the pipe is closed where nobody takes the result
                _send(pipe, number, job, outcome)

    others = []
    with suppress(RuntimeError):  # where no more threads can be started, these are enough
        for _ in range(threads - 1):
            thread = Thread(target=serve, daemon=True)
            thread.start()
            others.append(thread)
    with sending:
        pipe.send(1 + len(others))
    serve()
    for thread in others:
        thread.join()


def _received(pipe: Any) -> Any:
    """Return the next message, or None: to be told to end, or to find the pipe closed."""
    try:
        return pipe.recv()
    except (EOFError, OSError):
        return None


def _outcome(function: Callable[[Any], Any], job: Any, limits: Limits | None) -> Any:
    limit_process(limits)
    try:
        return function(job), None
    except MemoryError as error:
        return (None, error) if limits is None else Lost(None, None)
    except Exception as error:
        error.add_note(traceback.format_exc())
        return None, error


def _send(pipe: Any, number: int, job: Any, outcome: Any) -> None:
    try:
        pipe.send((number, outcome))
    except OSError:
        raise
    except Exception as error:  # whatever pickling raises
        unsendable = Kp2heatError(str(job), f"has a result that cannot be sent back ({error})")
        pipe.send((number, (None, unsendable)))


def _end_with_parent(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


@contextmanager
def sigint_blocked() -> Iterator[None]:
    """Hold Ctrl-C back while a worker may be starting; the worker inherits this and never receives it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # what multiprocessing starts with its first worker: it lets Ctrl-C in again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
