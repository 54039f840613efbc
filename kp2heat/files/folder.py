"""Folders that are written into."""

from __future__ import annotations

from pathlib import Path

from kp2heat.errors import OutputError


def make_folder(path: Path, todo: str = "choose another folder for OUT") -> None:
    """Make a folder and its parents, if they do not exist; OutputError, with what to do, where that is impossible.

    >>> make_folder(Path("/dev/null"))
    Traceback (most recent call last):
    kp2heat.errors.OutputError: /dev/null: cannot be created (File exists); choose another folder for OUT
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        found = "is a file" if path.is_file() else f"cannot be created ({error.strerror})"
        raise OutputError(str(path), found, todo) from None
