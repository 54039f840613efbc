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
    """Give a ``.part`` beside ``path``; rename it when the block ends well, remove it when it does not.

    The file and then its folder are flushed, so that what stands under its own name survives a power cut.
    OutputError says what the system refused. A link left under the part's name is not followed.
    """
    part = path.with_name(path.name + PART)
    if path.exists() and not path.is_file():  # renaming a file over /dev/null would replace the device
        raise OutputError(str(path), "exists and is not a file", "choose another name")
    try:
        part.unlink(missing_ok=True)
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except BaseException as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise OutputError(
                path.name,
                f"cannot be written ({error.strerror or error})",
                "free the disk or fix its permissions, then run the same command again; what is finished is kept",
            ) from error
        raise


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
