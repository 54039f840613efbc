"""Check a user's files: pipes, devices and sockets are refused before they are opened, since they may never end."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kp2heat.errors import InputError, Kp2heatError

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
"""The first bytes of every HDF5 file."""

MOST_SETTINGS = 1 << 26
"""Bytes of the largest file of settings that is read."""
MOST_RECORDS = 1 << 32
"""Bytes of the largest JSON file that is read whole."""

MOST_PICTURE = 1 << 30
"""Bytes of the largest image file that is read."""

KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def check_regular(path: Path, most: int = MOST_RECORDS) -> None:
    """Raise an InputError where a path is no regular file, or one of more than ``most`` bytes; nothing is opened.

    A missing or unreachable path is not refused here: opening it gives the error.

    >>> check_regular(Path("/dev/zero"))
    Traceback (most recent call last):
    kp2heat.errors.InputError: /dev/zero: is a device; give a file
    """
    try:
        status = path.stat()
    except (OSError, ValueError):
        return
    for is_kind, words in KINDS:
        if is_kind(status.st_mode):
            raise InputError(str(path), f"is {words}", "give a file")
    if status.st_size > most:
        found = f"has {status.st_size} bytes, more than the {most} that are read"
        raise InputError(str(path), found, "check the path")


@contextmanager
def damage_reported(where: str, problem: str, todo: str) -> Iterator[None]:
    """Raise one InputError for whatever a library raises on a damaged file: zip, zlib, tar and NumPy differ in kind.

    >>> with damage_reported("a.npz", "cannot be read", "save it again"):
    ...     {}["json"]
    Traceback (most recent call last):
    kp2heat.errors.InputError: a.npz: cannot be read ('json'); save it again
    """
    try:
        yield
    except (Kp2heatError, MemoryError):
        raise
    except Exception as error:
        raise InputError(where, f"{problem} ({str(error)[:200] or type(error).__name__})", todo) from error
