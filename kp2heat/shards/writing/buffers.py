"""The streams of consecutive chunks, one behind the other, and the memory that a shard's are gathered in."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kp2heat.arrays import Bytes, Ints
from kp2heat.shards.disk import PAGE, pages

LEAST = 1 << 26
"""Bytes that an arena has at first."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """Zlib streams of consecutive chunks.

    data   their bytes, a buffer
    sizes  (n,) int64: bytes of each
    """

    data: Any
    sizes: Ints

    def __iter__(self) -> Iterator[memoryview]:
        """Stream by stream."""
        ends = np.cumsum(self.sizes).tolist()
        return map(memoryview(self.data).__getitem__, map(slice, [0, *ends[:-1]], ends))


def joined(streams: Sequence[bytes]) -> Stretch:
    """These streams."""
    return Stretch(b"".join(streams), np.fromiter(map(len, streams), np.int64, len(streams)))


class Arena:
    """Bytes gathered one behind the other."""

    def __init__(self) -> None:
        self._memory = pages(LEAST)
        self.size = 0

    def append(self, data: Any) -> int:
        """Where these bytes begin, now that they stand here."""
        start, self.size = self.size, self.size + len(data)
        if self.size > len(self._memory):
            larger = pages(max(self.size, 2 * len(self._memory)))
            larger[:start] = self._memory[:start]
            self._memory = larger
        self._memory[start : self.size] = np.frombuffer(data, np.uint8)
        return start

    @property
    def data(self) -> memoryview:
        """What it holds."""
        return self._memory.data[: self.size]

    @property
    def pages(self) -> Bytes:
        """The same, to the end of its last page."""
        return self._memory[: -(-self.size // PAGE) * PAGE]

    def free(self) -> None:
        """Its memory is for another shard now."""
        self.size = 0
        _IDLE.append(self)


def arena() -> Arena:
    """An empty one, in memory kept from earlier shards: memory that is new costs more than filling it."""
    try:
        return _IDLE.pop()
    except IndexError:
        return Arena()


_IDLE: deque[Arena] = deque(maxlen=2)
"""One shard is written while the next is made."""
