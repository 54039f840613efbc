"""What a lock file says of the run that holds it, or that was killed while it held it."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import Any

import msgspec


class LockOwner(msgspec.Struct):
    """A process on a host, since when it holds the lock (seconds since 1970), and what its run is about.

    >>> str(LockOwner("node7", 4321, time.time() - 600))
    'process 4321 on node7, for 10 min'
    """

    host: str
    pid: int
    since: float
    about: dict[str, Any] | None = None

    def __str__(self) -> str:
        age = max(0, int(time.time() - self.since))
        shown = f"{age} s" if age < 120 else f"{age // 60} min" if age < 7200 else f"{age // 3600} h"
        return f"process {self.pid} on {self.host}, for {shown}"


def read_owner(descriptor: int) -> LockOwner | None:
    """Return what an open lock file holds; None where it is not the record of an owner."""
    with suppress(ValueError, RecursionError):
        return msgspec.json.decode(os.pread(descriptor, 1 << 20, 0), type=LockOwner)
    return None


def write_owner(descriptor: int, owner: LockOwner) -> None:
    """Replace what an open lock file holds."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, msgspec.json.encode(owner), 0)
