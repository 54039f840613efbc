"""One encoding at a time in a folder: a lock file that names its owner, held for as long as the owner lives.

The lock is the kernel's (``flock``), so that a killed run never blocks the next one. Its descriptor is handed
to the worker processes: while one of them still writes, the folder stays locked. Where the file system or the
platform has no such lock, or keeps it to one machine, the file itself decides: an owner on this machine whose
process lives holds the folder, and so does one elsewhere that touches the file while it is watched.
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
from threading import Event, Thread
from typing import Any

from kp2heat.errors import OutputError

LOCK = "encode.lock"
BEAT = 3.0
"""Seconds between two signs of life of an owner."""
WATCH = 4 * BEAT
"""Seconds that an owner elsewhere is watched before it is taken for dead."""
SILENCE = 600.0
"""Seconds since the last sign of life after which it need not be watched."""
PATIENCE = 5.0
"""Seconds to wait for the workers of a killed run to end."""


@dataclass
class Lock:
    """A folder held.

    left         what a killed run had written about itself, if one left the folder locked
    taken_over   that run's leavings are dealt with; until then its record is put back on release
    """

    descriptor: int
    left: Mapping[str, Any] | None
    taken_over: bool = False


@contextmanager
def locked(folder: Path, about: Mapping[str, Any], name: str = LOCK) -> Iterator[Lock]:
    """Hold the lock of this name; ``about`` is written into its file with the owner. OutputError if another does."""
    path = folder / name
    try:
        descriptor, left = _acquire(path)
        owner = {"host": socket.gethostname(), "pid": os.getpid(), "since": time.time(), "about": dict(about)}
        _write(descriptor, owner)
    except OSError as error:
        raise OutputError(
            str(folder), f"cannot be locked ({error.strerror})", "mend its rights, or choose another OUT"
        ) from error
    over = Event()
    Thread(target=_beat, args=(descriptor, over), daemon=True).start()
    lock = Lock(descriptor, left.get("about") if left else None)
    try:
        yield lock
    finally:
        over.set()
        with suppress(OSError):
            path.unlink() if left is None or lock.taken_over else _write(descriptor, left)
        with suppress(OSError):
            _flock(descriptor, release=True)
        os.close(descriptor)


def check_not_held(folder: Path, name: str = LOCK) -> None:
    """Raise an OutputError if a living process holds the lock of this name; the lock is left as it is."""
    try:
        descriptor = os.open(folder / name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        return
    try:
        owner, free = _record(descriptor), _flock(descriptor, shared=True)
        runs = owner is not None and owner["host"] == socket.gethostname() and _runs(owner)
        if free is False or (free is None and runs):
            raise OutputError(str(folder), _described(owner), "wait for it or stop it, or choose another OUT")
    finally:
        os.close(descriptor)


def _beat(descriptor: int, over: Event) -> None:
    while not over.wait(BEAT):
        with suppress(OSError):
            os.utime(descriptor)


def _acquire(path: Path) -> tuple[int, dict[str, Any] | None]:
    """An open descriptor that holds the lock, and the dead owner's record."""
    began = time.monotonic()
    beats: set[float] = set()
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
        free = _flock(descriptor)
        if free is False or _is_still(path, descriptor):
            owner = _record(descriptor)
            beats.add(os.fstat(descriptor).st_mtime)
            whose = _verdict(free, owner, beats, time.monotonic() - began)
            if whose == "ours":
                return descriptor, owner
            if whose == "theirs":
                os.close(descriptor)
                raise OutputError(
                    str(path.parent), _described(owner), "wait for it or stop it, or choose another OUT"
                )
        os.close(descriptor)
        time.sleep(0.02)


def _verdict(free: bool | None, owner: Mapping[str, Any] | None, beats: set[float], watched: float) -> str:
    """``ours``, ``theirs``, or ``wait`` and look again; beats: the signs of life seen in the seconds watched."""
    if owner is None or owner["host"] == socket.gethostname():
        runs = owner is not None and _runs(owner)
        if free is None:
            return "theirs" if runs else "ours"
        return "ours" if free else "theirs" if runs or watched > PATIENCE else "wait"
    if free is False or len(beats) > 1:
        return "theirs"
    return "ours" if watched > WATCH or time.time() - max(beats) > SILENCE else "wait"


def _flock(descriptor: int, *, release: bool = False, shared: bool = False) -> bool | None:
    """True: got (or released); False: another process has it; None: there are no such locks here."""
    try:
        import fcntl
    except ImportError:
        return None
    try:
        wanted = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB
        fcntl.flock(descriptor, fcntl.LOCK_UN if release else wanted)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether the path leads to the file that is open: the last owner may have removed it in between."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _write(descriptor: int, owner: Mapping[str, Any]) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(owner).encode(), 0)


def _record(descriptor: int) -> dict[str, Any] | None:
    try:
        found = json.loads(os.pread(descriptor, 1 << 20, 0))
        return found if isinstance(found, dict) and {"host", "pid", "since"} <= set(found) else None
    except (ValueError, RecursionError):
        return None


def _runs(owner: Mapping[str, Any]) -> bool:
    """Whether the process on record, of this machine, lives."""
    try:
        os.kill(int(owner["pid"]), 0)
    except PermissionError:
        return True
    except (OSError, ValueError, OverflowError):
        return False
    return True


def _described(owner: Mapping[str, Any] | None) -> str:
    if owner is None:
        return "is being written by another run"
    age = max(0, int(time.time() - float(owner["since"])))
    spoken = f"{age} s" if age < 120 else f"{age // 60} min" if age < 7200 else f"{age // 3600} h"
    return f"is being written by process {owner['pid']} on {owner['host']}, for {spoken}"
