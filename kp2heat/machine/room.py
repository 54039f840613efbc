"""What the system leaves this process: memory, for libraries that crash where they get too little, and open files."""

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


def open_files() -> int:
    """Return how many files may be kept open: a quarter of what this process may open, from 64 to 256.

    >>> 64 <= open_files() <= 256
    True
    """
    try:
        import resource
    except ImportError:  # Windows
        return 64
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(64, min(256, limit // 4)) if limit != resource.RLIM_INFINITY else 256


def _held(page: int) -> int:
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * page
    except (OSError, ValueError, IndexError):  # a system other than Linux
        return 0
