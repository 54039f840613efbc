"""JSON lists of numbers, kept as text while a file is decoded, as one float64 matrix.

Some hundred lists are read at a time: so only their numbers become Python objects, and not those of the whole file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import msgspec
import numpy as np

from kp2heat.arrays import Floats

BLOCK = 256
"""Lists read at a time."""
BLOCK_BYTES = 1 << 26
"""Of numbers that are let go at once: the system takes back memory only in pieces as large as this, by glibc's malloc."""
LISTS = msgspec.json.Decoder(list[list[float]])


def matrix(texts: Sequence[msgspec.Raw]) -> Floats:
    """Return the lists as (N, L) float64; no texts at all give (0, 0).

    ValueError or msgspec's DecodeError where not all are lists of L numbers, L > 0.

    >>> matrix([msgspec.Raw(b"[1, 2.5]"), msgspec.Raw(b"[3, 4]")]).tolist()
    [[1.0, 2.5], [3.0, 4.0]]
    """
    blocks = []
    for start in range(0, len(texts), BLOCK):
        lists = LISTS.decode(b"[" + b",".join(texts[start : start + BLOCK]) + b"]")
        width = len(lists[0])
        if not width or {*map(len, lists)} != {width}:
            raise ValueError("lists of different lengths, or of nothing")
        numbers = np.fromiter(chain.from_iterable(lists), np.float64, len(lists) * width)
        blocks.append(numbers.reshape(-1, width))
    return np.concatenate(blocks) if blocks else np.empty((0, 0))


class NumberLists:
    """N lists of L numbers, in large blocks that are let go one after the other once they are drained.

    width   L, 0 where no list is stated
    blocks  (B, L) float64, NaN in lists that are not stated

    >>> lists = NumberLists()
    >>> lists.append(np.zeros((2, 3)))
    >>> lists.append(np.ones((1, 3)))
    >>> len(lists), [block.shape for _, block in lists.drain()], lists.blocks
    (3, [(2, 3), (1, 3)], [])
    """

    def __init__(self) -> None:
        self.blocks: list[Floats] = []
        self.width = 0
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __getstate__(self) -> dict[str, object]:
        """Return what a copy in another process needs, which nothing is added to."""
        return {name: value for name, value in vars(self).items() if name != "_space"}

    def append(self, lists: Floats) -> None:
        """Add lists (n, L), or (n, 0) where none is stated; ValueError where others have another length."""
        width = lists.shape[1]
        if width and not self.width:
            self.width = width
            self._add(np.full((self._count, width), np.nan))
        if width not in (0, self.width):
            raise ValueError("lists of different lengths")
        self._count += len(lists)
        if self.width:
            self._add(lists if width else np.full((len(lists), self.width), np.nan))

    def _add(self, lists: Floats) -> None:
        """Copy lists into blocks of ``BLOCK_BYTES``; the first are such a block, as they are."""
        most = max(1, BLOCK_BYTES // (8 * self.width))
        if not self.blocks and len(lists):
            self._space = lists
            self.blocks.append(lists)
            return
        while len(lists):
            if len(self.blocks[-1]) == len(self._space):
                self._space = np.empty((most, self.width))
                self.blocks.append(self._space[:0])
            filled = len(self.blocks[-1])
            part, lists = lists[: most - filled], lists[most - filled :]
            self._space[filled : filled + len(part)] = part
            self.blocks[-1] = self._space[: filled + len(part)]

    def drain(self) -> Iterator[tuple[slice, Floats]]:
        """Yield the blocks and the rows that each is, and let go of them."""
        if not self.width:
            yield slice(0, len(self)), np.empty((len(self), 0))
        self._space = np.empty((0, 0))
        start = 0
        while self.blocks:
            block = self.blocks.pop(0)
            yield slice(start, start + len(block)), block
            start += len(block)

    def whole(self) -> Floats:
        """Return (N, L), and let go of the blocks."""
        if len(self.blocks) == 1:
            return self.blocks.pop()
        out = np.empty((len(self), self.width))
        for rows, block in self.drain():
            out[rows] = block
        return out

    def take(self, rows: Sequence[int]) -> NumberLists:
        """Return these lists only, which are in ascending order, and let go of the others."""
        taken = NumberLists()
        for here, block in self.drain():
            a, b = np.searchsorted(rows, (here.start, here.start + len(block)))
            taken.append(block[np.asarray(rows[a:b], np.int64) - here.start])
        return taken
