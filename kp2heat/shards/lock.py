"""One encoding at a time in a folder: a lock file that names its owner, locked by the kernel (``flock``).

A killed run never blocks the next one, for its lock ends with it; what it was doing can be read from the file.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kp2heat.errors import OutputError
from kp2heat.files.atomic import is_file_at
from kp2heat.shards.lock_owner import LockOwner, read_owner, write_owner

LOCK = "encode.lock"
NO_LOCKS = "this file system has no file locks; make sure that no other run writes into the same folder"
OPEN = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""A lock is no link, and opening a pipe of its name must not wait."""


@dataclass
class Lock:
    """A folder that is held.

    left        what a killed run had written about itself, if one left its lock file
    note        what the lock cannot promise, if anything
    taken_over  the files of that run are dealt with; until then its record is put back on release
    """

    left: Mapping[str, Any] | None
    note: str | None
    taken_over: bool = False


@contextmanager
def locked(folder: Path, about: Mapping[str, Any], name: str = LOCK) -> Iterator[Lock]:
    """Hold the lock of this name; ``about`` is written into its file with the owner. OutputError if another run does."""
    path = folder / name
    with _refusals(folder):
        descriptor, note = _open_locked(path, os.O_RDWR | os.O_CREAT)
        while not is_file_at(descriptor, path):  # its last owner removed the file after it was opened here
            os.close(descriptor)
            descriptor, note = _open_locked(path, os.O_RDWR | os.O_CREAT)
    previous = read_owner(descriptor)
    lock = Lock(previous.about if previous else None, note)
    try:
        with _refusals(folder):
            write_owner(descriptor, LockOwner(socket.gethostname(), os.getpid(), time.time(), dict(about)))
        yield lock
    finally:
        with suppress(OSError):
            path.unlink() if previous is None or lock.taken_over else write_owner(descriptor, previous)
        os.close(descriptor)


def check_not_held(folder: Path, name: str = LOCK) -> None:
    """Raise an OutputError if another run holds the lock of this name; the lock is left as it is."""
    with _refusals(folder), suppress(FileNotFoundError):
        os.close(_open_locked(folder / name, os.O_RDONLY)[0])


def _open_locked(path: Path, flags: int) -> tuple[int, str | None]:
    """Return a descriptor of the file, locked, and what this cannot promise; OutputError if another run holds it."""
    if path.exists() and not path.is_file():
        raise OutputError(str(path.parent), f"holds {path.name}, which is not a file", "remove it")
    descriptor = os.open(path, flags | OPEN, 0o644)
    try:
        import fcntl

        # Two that only look, and cannot write, do not disturb each other.
        fcntl.flock(descriptor, (fcntl.LOCK_EX if flags & os.O_RDWR else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        found = f"is being written by {read_owner(descriptor) or 'another run'}"
        os.close(descriptor)
        raise OutputError(str(path.parent), found, "wait for it or stop it, or choose another OUT") from None
    except (ImportError, OSError):
        return descriptor, NO_LOCKS
    return descriptor, None


@contextmanager
def _refusals(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        found = f"cannot be locked ({error.strerror})"
        raise OutputError(str(folder), found, "fix its permissions, or choose another OUT") from error
