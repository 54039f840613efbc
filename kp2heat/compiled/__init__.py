"""When the compiled loops of ``kernels`` are used: numba is installed, and the work is worth loading it.

Loading takes half a second, and the first run ever compiles for some seconds; both sides of the choice
write the same bytes. ``KP2HEAT_NUMBA=0`` keeps to NumPy.
"""

from __future__ import annotations

import os
from functools import lru_cache
from importlib import import_module
from typing import Any

WORTH = 150_000_000
"""Bytes of shards from which on a process is faster with the loading than without: 20,000 people in maps of 28x28,
14x14 and 7x7, 12,000 in 48x64, 1,000 uncut ones. As many of numbers as text: the lists of 400,000 people."""

asked = False
"""Whether this process has work that is worth it."""

_NAME = "kp2heat.compiled.kernels"

_read = 0
"""Bytes that ``read`` was told of."""


def expect(size: int) -> None:
    """So many bytes of shards, or of numbers as text, are about to be written or read by this process."""
    global asked
    asked = asked or size >= WORTH


def read(size: int) -> None:
    """So many bytes of shards were read by this process, on request: nobody knows how many more will be asked for.

    Loading waits until as much was read as it is worth. So no process spends more than twice what it would have, had
    it known, be it a worker of one epoch or of a hundred; and one that looks at three samples of a large data set
    does not wait.
    """
    global _read
    _read += size
    expect(_read)


def loops() -> Any | None:
    """The module of compiled loops, or None."""
    return _loaded() if asked else None


def prepared_loops() -> Any | None:
    """Return the module of compiled loops for a caller that will use them many times, whatever was asked for; or None."""
    return _loaded()


def modules() -> tuple[str, ...]:
    """What ``loops`` will import, if anything, for a process that loads it ahead of its work."""
    return (_NAME,) if asked and not _off() else ()


def available() -> bool:
    """Whether there are loops to use: numba is installed, works with this NumPy, and is not switched off."""
    return _loaded() is not None


@lru_cache(maxsize=1)
def _loaded() -> Any | None:
    if _off():
        return None
    try:
        return import_module(_NAME)
    except ImportError:
        return None


def _off() -> bool:
    return os.environ.get("KP2HEAT_NUMBA") == "0"
