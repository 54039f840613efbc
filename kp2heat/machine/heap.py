"""Memory that this process does not need: what was let go of, and code that has been run once."""

from __future__ import annotations

import ctypes
import re
from contextlib import suppress
from pathlib import Path

MADV_DONTNEED = 4
MAPPING = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) r-\S* \S+ \S+ \d+ +(\S+)\n((?:\w+: .*\n)+)", re.MULTILINE)
"""What Linux says of memory that cannot be written to: from, to, the file that it is of, and lines of counts (proc(5))."""


def give_back() -> None:
    """Return freed memory to the system; nothing happens where the C library is not glibc.

    After much that was short-lived, glibc's malloc keeps every page below the last that is in use.

    >>> give_back()
    """
    with suppress(AttributeError, OSError, TypeError):  # no such function; no handle of the process (Windows)
        ctypes.CDLL(None).malloc_trim(0)


def let_go_of_code(library: str) -> None:
    """Take a library's pages, those that are as in its file, out of this process: what is run again is mapped anew.

    The system would do so itself where memory is short. LLVM takes 70 MB for what it does while compiled loops are
    loaded. Linux only.

    >>> let_go_of_code("no-such-library")
    """
    with suppress(OSError, AttributeError, TypeError):
        advise = ctypes.CDLL(None).madvise
        advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        for start, stop, file, counts in MAPPING.findall(
            Path("/proc/self/smaps").read_text(encoding="utf-8")
        ):
            changed = re.search(r"^(Anonymous|Swap): +[1-9]", counts, re.MULTILINE)
            if Path(file).name.startswith(library) and not changed:
                first = int(start, 16)
                advise(first, int(stop, 16) - first, MADV_DONTNEED)
