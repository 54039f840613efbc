"""One encoding at a time in a folder: a lock file that names its owner, locked by the kernel (``flock``).

A killed run never blocks the next one, for its lock ends with it; what it was doing can be read from the file.
"""

from __future__ import annotations

import json
import os
import socket
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kp2heat.errors import OutputError

LOCK = "encode.lock"
NO_LOCKS = "this file system has no file locks; make sure that no other run writes into the same folder"


@dataclass
class Lock:
    """A folder that is held.

    left        what a killed run had written about itself, if one left its lock file
    taken_over  the files of that run are dealt with; until then its record is put back on release
    note        what the lock cannot promise, if anything
    """

    left: Mapping[str, Any] | None
    note: str | None
    taken_over: bool = False


@contextmanager
def locked(folder: Path, about: Mapping[str, Any], name: str = LOCK) -> Iterator[Lock]:
    """Hold the lock of this name; ``about`` is written into its file with the owner. OutputError if another run does."""
    path = folder / name
    try:
        descriptor, kernel = _open_locked(path, os.O_RDWR | os.O_CREAT)
        while not _is_at(descriptor, path):  # its last owner removed the file after it was opened here
            os.close(descriptor)
            descriptor, kernel = _open_locked(path, os.O_RDWR | os.O_CREAT)
        previous = _owner(descriptor)
        owner = {"host": socket.gethostname(), "pid": os.getpid(), "since": time.time(), "about": dict(about)}
        _write(descriptor, owner)
    except OSError as error:
        raise _cannot_lock(folder, error) from error
    lock = Lock(previous.get("about") if previous else None, None if kernel else NO_LOCKS)
    try:
        yield lock
    finally:
        with suppress(OSError):
            path.unlink() if previous is None or lock.taken_over else _write(descriptor, previous)
        os.close(descriptor)


def check_not_held(folder: Path, name: str = LOCK) -> None:
    """Raise an OutputError if another run holds the lock of this name; the lock is left as it is."""
    try:
        os.close(_open_locked(folder / name, os.O_RDONLY, shared=True)[0])
    except FileNotFoundError:
        return
    except OSError as error:
        raise _cannot_lock(folder, error) from error


def _open_locked(path: Path, flags: int, *, shared: bool = False) -> tuple[int, bool]:
    """Return a descriptor of the file, and whether the kernel locked it; OutputError if another run holds it."""
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(
        os, "O_NONBLOCK", 0
    )  # a pipe of this name is not waited for
    descriptor = os.open(path, flags, 0o644)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OutputError(str(path.parent), f"holds {path.name}, which is not a file", "remove it")
    try:
        import fcntl

        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = _owner(descriptor)
        os.close(descriptor)
        remedy = "wait for it or stop it, or choose another OUT"
        raise OutputError(str(path.parent), f"is being written by {_described(owner)}", remedy) from None
    except (ImportError, OSError):
        return descriptor, False
    return descriptor, True


def _cannot_lock(folder: Path, error: OSError) -> OutputError:
    found = f"cannot be locked ({error.strerror})"
    return OutputError(str(folder), found, "fix its permissions, or choose another OUT")


def _is_at(descriptor: int, path: Path) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    return False


def _write(descriptor: int, owner: Mapping[str, Any]) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(owner).encode(), 0)


def _owner(descriptor: int) -> dict[str, Any] | None:
    """Return what the lock file holds; None where it is not the record of an owner."""
    with suppress(ValueError, RecursionError):
        record = json.loads(os.pread(descriptor, 1 << 20, 0))
        if isinstance(record, dict) and {"host", "pid"} <= set(record):
            return record if isinstance(record.get("since"), int | float) else None
    return None


def _described(owner: Mapping[str, Any] | None) -> str:
    if owner is None:
        return "another run"
    age = max(0, int(time.time() - float(owner["since"])))
    shown = f"{age} s" if age < 120 else f"{age // 60} min" if age < 7200 else f"{age // 3600} h"
    return f"process {owner['pid']} on {owner['host']}, for {shown}"
