"""Ctrl-C and SIGTERM end a command alike: finished work is kept, and the exit code says which of them it was."""

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
_heard: list[int] = []
"""The signals of this process: what Python raises from a handler is lost when it strikes inside a finaliser."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn the first signal into KeyboardInterrupt and the exit into 128 + its number; the second ends at once."""
    if current_thread() is not main_thread():
        yield
        return
    _heard.clear()
    before = {number: signal.signal(number, _stop) for number in STOPPING}
    hook, sys.unraisablehook = sys.unraisablehook, _lost
    try:
        yield
    except (SystemExit, SystemError):  # the second is what h5py makes of the first signal, inside HDF5
        if _heard:
            sys.exit(128 + _heard[0])
        raise
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def stop_if_asked() -> None:
    """Raise the KeyboardInterrupt that was lost; called wherever work comes to a border."""
    if _heard:
        raise KeyboardInterrupt


def _stop(number: int, _frame: FrameType | None) -> None:
    if _heard:
        os._exit(128 + number)
    _heard.append(number)
    click.echo("kp2heat: stopping after the shards in hand; once more ends at once", err=True)
    raise KeyboardInterrupt


def _lost(unraisable: Any) -> None:
    if unraisable.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(unraisable)
