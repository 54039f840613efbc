"""Standard streams that are closed, full, or cannot show a letter: messages are best effort, results are not."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO, cast

from kp2heat.errors import OutputError


class Guarded:
    """A stream whose faults are dealt with as it is written; everything else is the stream's own."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Messages(Guarded):
    """Standard error whose faults are ignored: that nobody can read a message is no reason not to do the work."""

    def write(self, text: str) -> int:
        """Write what can be written."""
        with suppress(OSError, ValueError):
            _write(self._stream, text)
        return len(text)

    def flush(self) -> None:
        """Flush what can be flushed."""
        with suppress(OSError, ValueError):
            self._stream.flush()


class Results(Guarded):
    """Standard output whose faults are OutputErrors; a reader that has gone is left to click, which is silent."""

    @property
    def buffer(self) -> Any:
        """The stream of bytes below, with the same faults."""
        return Results(self._stream.buffer)

    def write(self, text: Any) -> int:
        """Write text, or bytes to a stream of bytes."""
        with self._faults():
            _write(self._stream, text)
        return len(text)

    def flush(self) -> None:
        """Flush what was written."""
        with self._faults():
            self._stream.flush()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            reason = "it is closed" if error.errno == errno.EBADF else error.strerror
            raise OutputError(
                "standard output", f"cannot be written ({reason})", "redirect it to where there is room"
            ) from None


def _write(stream: Any, text: Any) -> None:
    """Write text, letters that the stream's encoding lacks as escapes."""
    try:
        stream.write(text)
    except UnicodeEncodeError:
        stream.write(text.encode(stream.encoding, "backslashreplace").decode(stream.encoding))


@contextmanager
def guarded_streams() -> Iterator[None]:
    """Guard the standard streams for a command.

    Descriptors that are closed are opened first, so that no file of ours, nor what a library prints, comes to lie
    in the place of a stream: writing to a closed standard output fails.
    """
    for number, mode in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        _open_closed(number, mode)
    before = sys.stdin, sys.stdout, sys.stderr
    sys.stdin = before[0] or _stream(0, "r")
    sys.stdout = cast("TextIO", Results(before[1] or _stream(1, "w")))
    sys.stderr = cast("TextIO", Messages(before[2] or _stream(2, "w")))
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
        for name in ("stdout", "stderr"):
            try:
                getattr(sys, name).flush()
            except (AttributeError, OSError, ValueError):  # else Python would fail once more as it ends
                setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115


def _stream(number: int, mode: str) -> TextIO:
    return cast("TextIO", open(number, mode, encoding="utf-8", closefd=False))


def _open_closed(number: int, mode: int) -> None:
    try:
        os.fstat(number)
    except OSError:
        opened = os.open(os.devnull, mode)
        if opened != number:  # a lower one was closed too, and could not be opened
            os.dup2(opened, number)
            os.close(opened)
