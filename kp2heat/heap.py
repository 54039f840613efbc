"""Memory that was let go of, and that the C library still keeps for the next who asks."""

from __future__ import annotations

import ctypes
from contextlib import suppress


def give_back() -> None:
    """Return freed memory to the system; nothing happens where the C library is not glibc.

    After much that was short-lived, glibc's malloc keeps every page below the last that is in use.

    >>> give_back()
    """
    with suppress(AttributeError, OSError, TypeError):  # no such function; no handle of the process (Windows)
        ctypes.CDLL(None).malloc_trim(0)
