"""Write a large file past the system's page cache, where it can.

A shard is seldom read soon after it was written. Copying it into pages that the system has to find and clear first
takes longer than the disk does: tests/benchmarks/README.md has the figures.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
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


def write_pieces(path: Path, pieces: Iterable[Any], size: int) -> None:
    """Write bytes-like pieces, of ``size`` bytes together, one behind the other into a file that exists and is empty.

    Each is let go of before the next is asked for.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     write_pieces(Path(file.name), [b"kp2", b"heat"], 7)
    ...     file.read()
    b'kp2heat'
    """
    file = _opened(path, _direct() if size >= LARGE else 0)
    try:
        for block in _blocks(pieces) if size >= LARGE else pieces:
            _write_all(file, block)
            del block
        os.ftruncate(file, size)
    finally:
        os.close(file)


def _direct() -> int:
    """Return the flag of such writes; 0 where the system has none."""
    return getattr(os, "O_DIRECT", 0)


def _opened(path: Path, direct: int) -> int:
    plain = os.O_WRONLY | os.O_TRUNC | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        return os.open(path, plain | direct)
    except OSError:  # no such writes on this file system; or else a plain one says what is wrong
        return os.open(path, plain)


def _blocks(pieces: Iterable[Any]) -> Iterator[Bytes]:
    """Yield the pieces in whole pages, of memory that is used again: behind the last byte are some of earlier ones."""
    pages = np.frombuffer(mmap(-1, BUFFER), np.uint8)
    used = 0
    for piece in pieces:
        part, start = np.asarray(memoryview(piece).cast("B")), 0
        while start < len(part):
            count = min(len(part) - start, BUFFER - used)
            pages[used : used + count] = part[start : start + count]
            start, used = start + count, used + count
            if used == BUFFER:
                yield pages
                used = 0
        del piece, part
    yield pages[: -(-used // PAGESIZE) * PAGESIZE]


def _write_all(file: int, data: Any) -> None:
    """Write all of it; the system may take less at a time, and may refuse a write past the cache only when it comes."""
    rest = memoryview(data)
    while len(rest):
        try:
            rest = rest[os.write(file, rest) :]
        except OSError as error:
            if error.errno not in CANNOT or not _made_plain(file):
                raise


def _made_plain(file: int) -> bool:
    """Have further writes go through the cache; False where they already do."""
    if not _direct():
        return False
    from fcntl import F_GETFL, F_SETFL, fcntl  # where there is such a flag, there is this

    flags = fcntl(file, F_GETFL)
    fcntl(file, F_SETFL, flags & ~_direct())
    return bool(flags & _direct())
