"""Write a large file past the system's page cache, where it can.

A shard is seldom read soon after it was written. Copying it into pages that the system has to find and clear first
takes longer than the disk does: tests/benchmarks/README.md has the figures.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from mmap import PAGESIZE, mmap
from pathlib import Path
from typing import Any

import numpy as np

from kp2heat.arrays import Bytes

LARGE = 1 << 22
"""Bytes of a file from which on it pays."""
BUFFER = 1 << 22
"""Bytes that are written at a time: whole pages, from memory that begins on a page."""
CANNOT = (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS)
"""What systems say that have no such writes."""


def write_pieces(path: Path, pieces: Sequence[Any]) -> None:
    """Write bytes-like pieces one behind the other into a file that exists and is empty.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     write_pieces(Path(file.name), [b"kp2", b"heat"])
    ...     file.read()
    b'kp2heat'
    """
    parts = [np.frombuffer(piece, np.uint8) for piece in pieces if len(piece)]
    if sum(map(len, parts)) < LARGE or not _past_cache(path, parts):
        with path.open("wb", buffering=0) as file:
            for part in parts:
                _write_all(file.fileno(), part)


def _past_cache(path: Path, parts: Sequence[Bytes]) -> bool:
    """Return whether the file was written so; False where the system cannot. Other OSErrors are raised."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_TRUNC | getattr(os, "O_CLOEXEC", 0) | os.O_DIRECT)
    except (
        AttributeError,
        OSError,
    ):  # no such flag, or none on this file system; a plain write says what else
        return False
    try:
        pages = np.frombuffer(mmap(-1, BUFFER), np.uint8)
        used = 0
        for part in parts:
            start = 0
            while start < len(part):
                count = min(len(part) - start, BUFFER - used)
                pages[used : used + count] = part[start : start + count]
                start, used = start + count, used + count
                if used == BUFFER:
                    _write_all(file, pages)
                    used = 0
        _write_all(file, pages[: -(-used // PAGESIZE) * PAGESIZE])
        os.ftruncate(file, sum(map(len, parts)))
    except OSError as error:
        if error.errno in CANNOT:
            return False
        raise
    finally:
        os.close(file)
    return True


def _write_all(file: int, data: Bytes) -> None:
    """Write all of it; the system may take less at a time."""
    rest = data.data
    while len(rest):
        rest = rest[os.write(file, rest) :]
