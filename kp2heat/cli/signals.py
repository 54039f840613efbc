"""Handle Ctrl-C and SIGTERM alike: finished work is kept, and the exit code tells which of them it was."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType
from typing import Any

import click

STOPPING = (signal.SIGINT, signal.SIGTERM)
_received: list[int] = []
"""Signals that this process received: an exception raised by a handler is lost where it strikes inside a finaliser."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn the first signal into KeyboardInterrupt and exit code 128 + its number; end at once on the second."""
    if current_thread() is not main_thread():
        yield
        return
    _received.clear()
    before = {number: signal.signal(number, _stop) for number in STOPPING}
    hook, sys.unraisablehook = sys.unraisablehook, _ignore_lost_interrupt
    try:
        yield
    except (SystemExit, SystemError):  # h5py raises SystemError where a signal strikes inside HDF5
        if _received:
            sys.exit(128 + _received[0])
        raise
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def stop_if_asked() -> None:
    """Raise the KeyboardInterrupt that was lost, if one was; called between pieces of work."""
    if _received:
        raise KeyboardInterrupt


def _stop(number: int, _frame: FrameType | None) -> None:
    if _received:
        os._exit(128 + number)
    _received.append(number)
    click.echo("kp2heat: stopping after the current shards (press Ctrl-C again to abort)", err=True)
    raise KeyboardInterrupt


def _ignore_lost_interrupt(unraisable: Any) -> None:
    if unraisable.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(unraisable)
