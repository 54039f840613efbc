"""The bytes of a file or of standard input."""

from __future__ import annotations

import gc
import mmap
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kp2heat.errors import InputError

HEAD = 1 << 16
"""Bytes of a file that detection looks at."""
BOM = b"\xef\xbb\xbf"
UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Content:
    """What stands in a file, as UTF-8 without a byte order mark.

    name    base name of the file; head: how it begins
    """

    def __init__(self, name: str, data: bytes | mmap.mmap) -> None:
        if data[:2] in UTF16:
            data = data[:].decode("utf-16", "replace").encode()
        self.name = name
        self._data = data[len(BOM) :] if data[:3] == BOM else data
        self.head = self._data[:HEAD]

    def contains(self, *marks: bytes) -> bool:
        """Return whether all of the marks occur in the file."""
        return all(mark in self.head or self._data.find(mark) >= 0 for mark in marks)

    def take(self) -> bytes | mmap.mmap:
        """The content, handed out once: a large file must not stay in memory beside what it is turned into."""
        data, self._data = self._data, b""
        return data


def read_content(path: str | Path) -> Content:
    """The content of a file; ``-`` is standard input. InputError where it cannot be read, or is empty."""
    if str(path) == "-":
        content = Content("standard input", sys.stdin.buffer.read())
    else:
        content = Content(Path(path).name, _mapped(Path(path)))
    if not content.head.strip():
        raise InputError(content.name, "is empty", "give an annotation file with content")
    return content


def _mapped(path: Path) -> bytes | mmap.mmap:
    """The file's bytes, mapped into memory where that is possible (not so for pipes)."""
    try:
        with path.open("rb") as file:
            regular = path.is_file() and path.stat().st_size > 0
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if regular else file.read()
    except FileNotFoundError:
        raise InputError(str(path), "there is no such file", "check the path") from None
    except IsADirectoryError:
        raise InputError(str(path), "is a folder", "name the annotation file inside it") from None
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror})", "check its permissions") from None


def release(data: mmap.mmap, start: int, end: int) -> None:
    """These bytes of a mapped file will not be read again soon: they need not stay in memory, where that can be said."""
    if hasattr(data, "madvise") and hasattr(mmap, "MADV_DONTNEED"):
        start -= start % mmap.ALLOCATIONGRANULARITY
        data.madvise(mmap.MADV_DONTNEED, start, end - start)


@contextmanager
def gc_paused() -> Iterator[None]:
    """No garbage collection: a parsed file is not cyclic, and walking its growing lists again and again halves the speed."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
