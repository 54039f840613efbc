"""The compiled loops of ``kernels``, and when they are used: numba is installed, and the work is worth loading it.

Loading takes half a second, and the first run ever compiles for some seconds; with and without, results are the same
bits. Whoever knows the size of the work, a command or a job, says so once with :func:`compiled_for`; outside such a
block NumPy does the work. ``KP2HEAT_NUMBA=0`` keeps to NumPy.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from importlib import import_module
from typing import Any

from kp2heat.machine.room import has_room

WORTH_LOADING = 150_000_000
"""Bytes of shards from which on a process is faster with the loading than without: 20,000 people in maps of 28x28,
14x14 and 7x7, 12,000 in 48x64, 1,000 uncut ones."""

ROOM_TO_COMPILE = 1_500_000_000
"""Bytes of address space without which LLVM, which compiles the loops, may end the process (1 GB was too little)."""

_wanted: ContextVar[bool] = ContextVar("kp2heat_compiled", default=False)
_NAME = "kp2heat.compiled.kernels"


@contextmanager
def compiled_for(size: int) -> Iterator[None]:
    """Use the compiled loops in this block if it is to write or read this many bytes of shards, or more.

    The choice holds for this thread (``contextvars``), and for blocks within this one.

    >>> with compiled_for(1000):
    ...     loops() is None
    True
    """
    token = _wanted.set(_wanted.get() or size >= WORTH_LOADING)
    try:
        yield
    finally:
        _wanted.reset(token)


def loops() -> Any | None:
    """Return the module of compiled loops, or None where NumPy is to do the work."""
    return _loaded() if _wanted.get() else None


def prepared_loops() -> Any | None:
    """Return the module of compiled loops for a caller that will use them many times; None where there is none."""
    return _loaded()


def available() -> bool:
    """Return whether there are loops to use: numba is installed, works with this NumPy, and is not switched off."""
    return _loaded() is not None


@lru_cache(maxsize=1)
def _loaded() -> Any | None:
    if os.environ.get("KP2HEAT_NUMBA") == "0" or not has_room(ROOM_TO_COMPILE):
        return None
    try:
        module = import_module(_NAME)
        import_module("kp2heat.compiled.jit").prepare()
        return module
    except (
        ImportError,
        OSError,
    ):  # OSError: a library that cannot be mapped, a working directory that is gone
        return None
