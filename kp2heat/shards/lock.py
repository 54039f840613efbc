"""One encoding at a time in a folder: a lock file that names its owner, locked by the kernel (``flock``).

A killed run never blocks the next one, for its lock ends with it; what it was doing can be read from the file.
"""

from __future__ import annotations

import json
import os
import socket
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

    descriptor: int
    left: Mapping[str, Any] | None
    taken_over: bool = False
    note: str | None = None


@contextmanager
def locked(folder: Path, about: Mapping[str, Any], name: str = LOCK) -> Iterator[Lock]:
    """Hold the lock of this name; ``about`` is written into its file with the owner. OutputError if another run does."""
    path = folder / name
    try:
        descriptor, kernel = _acquire(path)
        previous = _record(descriptor)
        owner = {"host": socket.gethostname(), "pid": os.getpid(), "since": time.time(), "about": dict(about)}
        _write(descriptor, owner)
    except OSError as error:
        raise OutputError(
            str(folder), f"cannot be locked ({error.strerror})", "fix its permissions, or choose another OUT"
        ) from error
    lock = Lock(descriptor, previous.get("about") if previous else None, note=None if kernel else NO_LOCKS)
    try:
        yield lock
    finally:
        with suppress(OSError):
            path.unlink() if previous is None or lock.taken_over else _write(descriptor, previous)
        os.close(descriptor)


def check_not_held(folder: Path, name: str = LOCK) -> None:
    """Raise an OutputError if another run holds the lock of this name; the lock is left as it is."""
    try:
        descriptor = os.open(folder / name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        return
    try:
        _flock(descriptor, shared=True)
    except BlockingIOError:
        raise _held(folder, descriptor) from None
    finally:
        os.close(descriptor)


def _held(folder: Path, descriptor: int) -> OutputError:
    """Return what to say of a folder that another run holds."""
    found = _described(_record(descriptor))
    return OutputError(str(folder), found, "wait for it or stop it, or choose another OUT")


def _acquire(path: Path) -> tuple[int, bool]:
    """Return an open descriptor of the lock file, and whether the kernel locked it; OutputError if another run did."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
        try:
            kernel = _flock(descriptor)
        except BlockingIOError:
            error = _held(path.parent, descriptor)
            os.close(descriptor)
            raise error from None
        with suppress(FileNotFoundError):  # the last owner may have removed the file after it was opened here
            if os.path.samestat(path.stat(), os.fstat(descriptor)):
                return descriptor, kernel
        os.close(descriptor)


def _flock(descriptor: int, *, shared: bool = False) -> bool:
    """Lock an open file; return False where there are no such locks. BlockingIOError if another process has it."""
    try:
        import fcntl

        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except (ImportError, OSError):
        return False
    return True


def _write(descriptor: int, owner: Mapping[str, Any]) -> None:
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, json.dumps(owner).encode())


def _record(descriptor: int) -> dict[str, Any] | None:
    """Return what the lock file holds; None where it is not the record of an owner."""
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        record = json.loads(os.read(descriptor, 1 << 20))
        return record if isinstance(record, dict) and {"host", "pid", "since"} <= set(record) else None
    except (ValueError, RecursionError):
        return None


def _described(owner: Mapping[str, Any] | None) -> str:
    if owner is None:
        return "is being written by another run"
    age = max(0, int(time.time() - float(owner["since"])))
    shown = f"{age} s" if age < 120 else f"{age // 60} min" if age < 7200 else f"{age // 3600} h"
    return f"is being written by process {owner['pid']} on {owner['host']}, for {shown}"
