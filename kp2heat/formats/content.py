"""The bytes of an annotation file or of standard input."""

from __future__ import annotations

import gc
import gzip
import io
import mmap
import stat
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO

from kp2heat.annotations import SourceFile
from kp2heat.errors import InputError
from kp2heat.files.storage import is_remote, read_url
from kp2heat.machine.cores import threads

HEAD = 1 << 16
"""Bytes of a file that detection looks at."""
BOM = b"\xef\xbb\xbf"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
GZIP = b"\x1f\x8b"
PIECE = 1 << 24
"""Bytes of a stream read at a time."""
LONGEST = 1 << 32
"""Most bytes read from a pipe or unpacked: both may go on for ever, and the size of neither is known ahead."""


class Content:
    """What a file holds, as UTF-8 without a byte order mark.

    name    base name of the file; head: how it begins; file: its name, bytes and hash as it lies on the disk
    """

    def __init__(
        self, name: str, data: bytes | mmap.mmap, file: Callable[[], SourceFile] | None = None
    ) -> None:
        self._file = file or _hashed(name, data)
        if data[:2] in UTF16:
            data = data[:].decode("utf-16", "replace").encode()
        self.name = name
        self._data = data[len(BOM) :] if data[:3] == BOM else data
        self.head = self._data[:HEAD]

    @property
    def file(self) -> SourceFile:
        """Return the file's name, bytes and hash."""
        return self._file()

    def contains(self, *marks: bytes) -> bool:
        """Return whether all of the marks occur in the file."""
        return all(mark in self.head or self._data.find(mark) >= 0 for mark in marks)

    @property
    def data(self) -> bytes | mmap.mmap:
        """Return the bytes."""
        return self._data

    def take(self) -> bytes | mmap.mmap:
        """Return the bytes and drop the reference to them, so that they can be freed while they are parsed."""
        data, self._data = self._data, b""
        return data


def read_content(path: str | Path) -> Content:
    """Return the content of a file, unpacked where it is gzip; ``-`` is standard input.

    InputError where it cannot be read, is empty, or is a device, which may never end.
    """
    piped = str(path) == "-"
    name = "standard input" if piped else Path(path).name
    if is_remote(path):
        data: bytes | mmap.mmap = read_url(str(path))
    else:
        data = _read_stream(sys.stdin.buffer, name) if piped else _read_path(Path(path))
    file = _hashed(name, data)
    content = Content(name, _unpacked(data, name) if data[:2] == GZIP else data, file)
    if not content.head.strip():
        raise InputError(content.name, "is empty", "give an annotation file with content")
    return content


def _hashed(name: str, data: bytes | mmap.mmap) -> Callable[[], SourceFile]:
    """Return a function that returns the hash of a file; a large one is hashed by a thread while it is parsed."""

    def hashed() -> SourceFile:
        digest = sha256()
        for start in range(0, len(data), PIECE):
            digest.update(data[start : start + PIECE])
            release(data, start, min(start + PIECE, len(data)))
        return SourceFile(name, len(data), digest.hexdigest())

    if len(data) < PIECE:
        file = hashed()
        return lambda: file
    thread = threads(1, "hash")
    future = thread.submit(hashed)
    thread.shutdown(wait=False)
    return future.result


def _read_path(path: Path) -> bytes | mmap.mmap:
    """Return the file's bytes, mapped into memory where that is possible (not so for pipes)."""
    try:
        kind = path.stat().st_mode
        if stat.S_ISCHR(kind) or stat.S_ISBLK(kind) or stat.S_ISSOCK(kind):
            raise InputError(
                str(path), "is a device or a socket", "give a file, a pipe, or - for standard input"
            )
        with path.open("rb") as file:
            if stat.S_ISREG(kind) and path.stat().st_size > 0:
                return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            return _read_stream(file, str(path))
    except FileNotFoundError:
        raise InputError(str(path), "there is no such file", "check the path") from None
    except IsADirectoryError:
        raise InputError(str(path), "is a folder", "name the annotation file inside it") from None
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror})", "check its permissions") from None


def _read_stream(file: IO[bytes] | gzip.GzipFile, name: str) -> bytes:
    """Return all bytes of a stream; InputError where it is longer than ``LONGEST``.

    Only the first bytes of one that is binary: it will be refused, and it may never end.
    """
    parts = [file.read(HEAD)]
    if b"\0" in parts[0] and parts[0][:2] not in (*UTF16, GZIP):
        return parts[0]
    left = LONGEST
    while part := file.read(PIECE):
        parts.append(part)
        left -= len(part)
        if left < 0:
            raise InputError(
                name, f"is longer than {LONGEST >> 30} GiB", "give it as a plain file, or in parts"
            )
    return b"".join(parts)


def _unpacked(data: bytes | mmap.mmap, name: str) -> bytes:
    """Return what a gzip file holds; InputError where it is damaged."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            return _read_stream(file, name)
    except (EOFError, OSError, zlib.error) as problem:
        raise InputError(name, f"is damaged or truncated gzip ({problem})", "copy it again") from None


def release(data: bytes | mmap.mmap, start: int, end: int) -> None:
    """Tell the system that these bytes of a mapped file are not needed in memory any more."""
    if isinstance(data, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        start -= start % mmap.ALLOCATIONGRANULARITY
        data.madvise(mmap.MADV_DONTNEED, start, end - start)


@contextmanager
def gc_paused() -> Iterator[None]:
    """Pause garbage collection: walking the growing lists of a parsed file again and again halves the speed."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
