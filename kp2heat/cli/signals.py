"""Handle Ctrl-C and SIGTERM alike: finished work is kept, and the exit code tells which of them it was."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType
from typing import Any

import click

STOPPING = (signal.SIGINT, signal.SIGTERM)
_received: list[int] = []
"""Signals that this process received: an exception raised by a handler is lost where it strikes inside a finaliser."""


READ_ONLY = (
    *("inspect", "decode", "verify", "evaluate", "validate", "stats", "budget", "sigmas", "bench"),
    *("check-transform", "presets", "codecs", "decoders"),
)
"""Commands that leave nothing half-written wherever they end; ``verify --repair`` is none of them."""


@contextmanager
def stoppable(words: Sequence[str]) -> Iterator[None]:
    """Handle signals during the command of these words.

    A command that writes nothing ends at once, even inside HDF5. Others turn the first signal into KeyboardInterrupt
    and exit code 128 + its number, and end at once on the second, even inside HDF5.
    """
    if current_thread() is not main_thread():
        yield
        return
    _received.clear()
    at_once = bool(words) and words[0] in READ_ONLY and "--repair" not in words
    before = {number: _handle(number, at_once=at_once) for number in STOPPING}
    hook, sys.unraisablehook = sys.unraisablehook, _ignore_lost_interrupt
    try:
        yield
    except (SystemExit, SystemError):  # h5py raises SystemError where a signal strikes inside HDF5
        if _received:
            # `python -m` ends by SIGINT after one inside exec (dataclasses) unless more is executed.
            eval("None")
            sys.exit(128 + _received[0])
        raise
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def _handle(number: int, *, at_once: bool) -> Any:
    """Install the handler of a signal; return the one before."""
    if at_once:
        return signal.signal(number, signal.SIG_DFL)
    before = signal.signal(number, _stop)
    # Python runs a handler only between two steps of its own: until HDF5 returns, the second signal would be lost
    # too. The C library can restore the default by itself when the first one arrives (System V semantics).
    install = getattr(ctypes.CDLL(None), "sysv_signal", None) if sys.platform == "linux" else None
    if install is not None:
        install.restype, install.argtypes = ctypes.c_void_p, (ctypes.c_int, ctypes.c_void_p)
        install(number, install(number, None))
    return before


def stop_if_asked() -> None:
    """Raise the KeyboardInterrupt that was lost, if one was; called between pieces of work."""
    if _received:
        raise KeyboardInterrupt


def _stop(number: int, _frame: FrameType | None) -> None:
    if _received:
        os._exit(128 + number)
    _received.append(number)
    for other in STOPPING:
        signal.signal(other, signal.SIG_DFL)
    click.echo("kp2heat: stopping (press Ctrl-C again to abort)", err=True)
    raise KeyboardInterrupt


def _ignore_lost_interrupt(unraisable: Any) -> None:
    if unraisable.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(unraisable)
