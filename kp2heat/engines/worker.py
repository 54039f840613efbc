"""What a worker process does: one job after the other, until it is told to end or its parent is gone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection
from threading import Thread
from typing import Any

from kp2heat.engines.limits import limit_process
from kp2heat.errors import Kp2heatError


@dataclass(frozen=True)
class Lost:
    """The result of a job whose worker died, or needed more memory than it may use.

    exitcode  of its process, minus the signal that ended it; None where it went on after a MemoryError
    """

    job: Any
    exitcode: int | None


def work(function: Callable[[Any], Any], pipe: Any) -> None:
    """Report readiness, and then for each (job, limits) that is received (result, None) or (None, error)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        with suppress(RuntimeError):  # where no thread can be started, it ends after the job in hand
            Thread(target=_end_with_parent, args=(parent.sentinel,), daemon=True).start()
    pipe.send(None)
    while (given := pipe.recv()) is not None:
        job, limits = given
        limit_process(limits)
        outcome: Any
        try:
            outcome = function(job), None
        except MemoryError as error:
            outcome = (None, error) if limits is None else Lost(None, None)
        except Exception as error:
            error.add_note(traceback.format_exc())
            outcome = None, error
        try:
            pipe.send(outcome)
        except OSError:
            raise
        except Exception as error:  # whatever pickling raises
            pipe.send((None, Kp2heatError(str(job), f"has a result that cannot be sent back ({error})")))


def _end_with_parent(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


@contextmanager
def sigint_blocked() -> Iterator[None]:
    """Hold Ctrl-C back while a worker may be starting; the worker inherits this and never receives it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
