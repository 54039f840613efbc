"""The zlib streams of consecutive chunks, one behind the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kp2heat.arrays import Ints


@dataclass(frozen=True, eq=False)
class ChunkStreams:
    """Zlib streams of consecutive chunks of one dataset.

    data   their bytes, a buffer
    sizes  (n,) int64: bytes of each

    >>> streams = join_streams([b"ab", b"cde"])
    >>> [bytes(stream) for stream in streams]
    [b'ab', b'cde']
    """

    data: Any
    sizes: Ints

    def __iter__(self) -> Iterator[memoryview]:
        ends = np.cumsum(self.sizes).tolist()
        return map(memoryview(self.data).__getitem__, map(slice, [0, *ends[:-1]], ends))


def join_streams(streams: Sequence[bytes]) -> ChunkStreams:
    """Return these streams as one record."""
    return ChunkStreams(b"".join(streams), np.fromiter(map(len, streams), np.int64, len(streams)))
