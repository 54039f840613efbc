"""The room in memory that the system leaves this process, for libraries that crash where they get too little."""

from __future__ import annotations

from pathlib import Path


def has_room(size: int) -> bool:
    """Return whether this process may still take ``size`` bytes of address space (``ulimit -v`` bounds it).

    >>> has_room(0)
    True
    """
    try:
        import resource
    except ImportError:  # Windows
        return True
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return limit == resource.RLIM_INFINITY or limit - _held(resource.getpagesize()) >= size


def _held(page: int) -> int:
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * page
    except (OSError, ValueError, IndexError):  # a system other than Linux
        return 0
