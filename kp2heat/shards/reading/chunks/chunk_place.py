"""Where a chunk lies in its file."""

from __future__ import annotations

from typing import NamedTuple


class ChunkPlace(NamedTuple):
    """A chunk: its first row, its byte in the file and its stored bytes, 0 where it was never written."""

    row: int
    offset: int
    size: int
