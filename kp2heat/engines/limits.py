"""Limits of processor time and memory for one job of a worker process, kept by the operating system."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Limits:
    """Seconds of processor time that a job may take, and bytes of memory beyond what its process holds before it.

    Processor time and not time on the clock, so that a slow disk or a busy machine is no reason to end a job.

    >>> Limits(seconds=5, memory=1 << 30).seconds
    5
    """

    seconds: int
    memory: int


def limit_process(limits: Limits | None) -> None:
    """Set the limits of this process for its next job; None changes nothing, as does a system without limits.

    A process that takes too long is ended by SIGXCPU; one that asks for too much memory gets a MemoryError.
    """
    if limits is None:
        return
    try:
        import resource
    except ImportError:  # Windows
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime) + limits.seconds)
    _lower(resource.RLIMIT_CORE, 0)
    held = _data_bytes()
    if held is not None:
        _lower(resource.RLIMIT_DATA, held + limits.memory)


def _lower(kind: int, value: int) -> None:
    import resource

    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _data_bytes() -> int | None:
    """Return the bytes that Linux counts towards RLIMIT_DATA; None on other systems, which count otherwise or not."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return None
    sizes = [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData:")]
    return sizes[0] if sizes else None
