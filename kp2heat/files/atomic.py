"""Files that are whole or absent: written into ``NAME.part``, flushed to the disk, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kp2heat.errors import OutputError

PART = ".part"


@contextmanager
def whole_or_absent(path: Path) -> Iterator[Path]:
    """Yield a ``.part`` next to ``path``; rename it when the block ends well, remove it when it does not.

    The file and then its folder are flushed, so that a renamed file survives a power cut.
    OutputError says what the system refused. A link left under the part's name is not followed. Where another run
    has taken the ``.part`` over, as a worker that outlived its killed run may find, nothing is renamed or removed.
    """
    part = path.with_name(path.name + PART)
    if path.exists() and not path.is_file():  # renaming a file over /dev/null would replace the device
        raise OutputError(str(path), "exists and is not a file", "choose another name")
    try:
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except OSError as error:
        raise _refused(path, error) from error
    try:
        yield part
        os.fsync(descriptor)
        if not is_file_at(descriptor, part):
            raise OutputError(
                path.name, "is being written by another run", "wait for it, or choose another OUT"
            )
        part.replace(path)
        sync_folder(path.parent)
    except BaseException as error:
        with suppress(OSError):
            if is_file_at(descriptor, part):
                part.unlink()
        if isinstance(error, OSError):
            raise _refused(path, error) from error
        raise
    finally:
        os.close(descriptor)


def write_whole(path: Path, content: bytes | str) -> None:
    """Write a file, whole or not at all; text as UTF-8."""
    with whole_or_absent(path) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)


def is_file_at(descriptor: int, path: Path) -> bool:
    """Return whether a path still leads to the file that a descriptor is of."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def _refused(path: Path, error: OSError) -> OutputError:
    if not path.parent.exists():
        return OutputError(str(path), f"folder '{path.parent}' does not exist", "create it first")
    return OutputError(
        path.name,
        f"cannot be written ({error.strerror or error})",
        "free the disk or fix its permissions, then run the same command again; what is finished is kept",
    )


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a power cut (no-op where folders cannot be opened)."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
