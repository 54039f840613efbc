"""The bytes of a file or of standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from kp2heat.errors import InputError

BOM = b"\xef\xbb\xbf"


def load(path: str | Path) -> tuple[bytes, str]:
    """(content without a byte order mark, base name); ``-`` is standard input. InputError if it cannot be read."""
    if str(path) == "-":
        data, name = sys.stdin.buffer.read(), "standard input"
    else:
        file = Path(path)
        name = file.name
        try:
            data = file.read_bytes()
        except FileNotFoundError:
            raise InputError(str(path), "there is no such file", "check the path") from None
        except IsADirectoryError:
            raise InputError(str(path), "is a folder", "name the annotation file inside it") from None
        except OSError as error:
            raise InputError(
                str(path), f"cannot be read ({error.strerror})", "check its permissions"
            ) from None
    if not data.strip(b" \t\r\n\xef\xbb\xbf"):
        raise InputError(name, "is empty", "give an annotation file with content")
    return data.removeprefix(BOM), name
