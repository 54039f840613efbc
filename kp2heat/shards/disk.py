"""A large file written past the page cache, where the system has that.

A shard is seldom read soon after it was written; copying it into pages that the system must first find takes
longer than the disk takes (measured, 134 kB a person: 60 us and hardly any of the processor, against 90 to 400).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kp2heat.arrays import Bytes

PAGE = 4096
"""Bytes on which such writes begin and end, in memory and in the file."""
LARGE = 1 << 22
"""Bytes of a file from which on it pays."""
CANNOT = (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS)
"""What systems say that have no such writes: tmpfs, some network file systems."""


def pages(size: int) -> Bytes:
    """New memory of whole pages for so many bytes."""
    whole = -(-size // PAGE) * PAGE
    memory = np.empty(whole + PAGE, np.uint8)
    start = -memory.ctypes.data % PAGE
    return memory[start : start + whole]


def write(path: Path, pieces: Sequence[Bytes], size: int) -> None:
    """Pieces of whole pages one behind the other as a new file, which ends after ``size`` bytes."""
    flag = getattr(os, "O_DIRECT", 0)
    if not (flag and size >= LARGE and _written(path, pieces, size, flag)):
        _written(path, pieces, size)


def _written(path: Path, pieces: Sequence[Bytes], size: int, direct: int = 0) -> bool:
    """Whether it was; False where the system cannot write ``direct``. Other OSErrors are raised."""
    try:
        file = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_CLOEXEC", 0) | direct, 0o666
        )
        try:
            for piece in pieces:
                rest = piece.data
                while len(rest):
                    count = os.write(file, rest)
                    rest = rest[count:]
                    if direct and count % PAGE:
                        return False
            os.ftruncate(file, size)
        finally:
            os.close(file)
    except OSError as error:
        if direct and error.errno in CANNOT:
            return False
        raise
    return True
