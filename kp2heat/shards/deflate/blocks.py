"""Deflate, by hand: what the streams of chunks are put together from (RFC 1950, RFC 1951).

A chunk's zlib stream is a row of pieces that end on byte boundaries, so that pieces made once can be joined
in any order. Adler-32 is two sums over the bytes; they add up over the parts, and the zeros between them
only multiply.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from kp2heat.arrays import Ints

HEADER = b"\x78\x01"
FINAL = b"\x03\x00"
"""The last block, empty."""
LONGEST = 258
SHORTEST = 3
"""Bytes of the longest and the shortest match."""
MODULUS = 65521

FAR = 32
DISTANCES = {1: (0, 5), 2: (1, 5), 4: (3, 5), FAR: (9, 8)}
"""Bytes back -> code of the distance, and its bits with the extra ones, which are all set here."""


def stored(count: int) -> bytes:
    """Return the length of a stored block, behind the three bits that open it."""
    return count.to_bytes(2, "little") + (count ^ 0xFFFF).to_bytes(2, "little")


HEAD = 3
"""Bytes of a long run that its first match reaches into."""
ALIKE = 3
"""Longest matches after which a run only repeats itself, two bytes a match."""


@lru_cache(maxsize=1 << 16)
def repeats(count: int, distance: int) -> bytes:
    """Return ``count`` more bytes, each equal to the one ``distance`` before it, and the opening of a stored block.

    One block of fixed codes: as many longest matches as fit, and the rest as one or two. count is 0 or at
    least 3. A long run goes on from FAR bytes back, a multiple of the distance: a reader that copies byte by
    byte then does not wait for the byte it has just written. A longest match from there is 16 bits, so all
    but a few of them repeat two bytes.
    """
    more = max(0, (count - FAR) // LONGEST - ALIKE)
    run = _few_repeats(count - more * LONGEST, distance)
    return run if more == 0 else run[:HEAD] + run[HEAD : HEAD + 2] * more + run[HEAD:]


def _few_repeats(count: int, distance: int) -> bytes:
    if count == 0:
        return b"\0"
    near = FAR if count > LONGEST else count
    full, rest = divmod(count - near, LONGEST)
    lengths = [near] + [LONGEST] * full + [rest] * (rest > 0)
    if 0 < rest < SHORTEST:
        lengths[-2:] = [LONGEST + rest - SHORTEST, SHORTEST]
    bits, size = 0b010, 3
    for place, length in enumerate(lengths):
        code, width = _length_code(length)
        back, more = _distance_code(FAR if place else distance)
        bits |= (code | back << width) << size
        size += width + more
    return bits.to_bytes((size + 7 + 3 + 7) // 8, "little")


def _length_code(length: int) -> tuple[int, int]:
    """Return the code of a match's length with its extra bits, as it is written, and how many bits that is."""
    above = length - SHORTEST
    extra = max(0, above.bit_length() - 3) if length < LONGEST else 0
    symbol = 285 if length == LONGEST else 257 + 4 * extra + (above >> extra)
    width = 7 if symbol < 280 else 8
    code = _reversed(symbol - 256 if symbol < 280 else symbol - 280 + 0b11000000, width)
    return code | (above & ((1 << extra) - 1)) << width, width + extra


def _distance_code(distance: int) -> tuple[int, int]:
    code, width = DISTANCES[distance]
    return _reversed(code, 5) | ((1 << width) - 1) >> 5 << 5, width


def _reversed(code: int, width: int) -> int:
    return int(f"{code:0{width}b}"[::-1], 2)


class Sums(NamedTuple):
    """Of M pieces of n bytes each: the sum of the bytes, and of the bytes times their distance from the end.

    Distances count from 1 at the last byte. (M,) int64, below the modulus.
    """

    plain: Ints
    weighted: Ints


def adler32(sums: Sums, size: int, pieces: int) -> list[bytes]:
    """Return the check of every ``pieces`` pieces of ``size`` bytes, as it ends a zlib stream."""
    plain, weighted = (column.reshape(-1, pieces) for column in sums)
    behind = np.arange(pieces - 1, -1, -1) * size % MODULUS
    low = (plain.sum(axis=1) + 1) % MODULUS
    high = ((weighted + plain * behind).sum(axis=1) + pieces * size) % MODULUS
    words = (high << 16 | low).astype(">u4").tobytes()
    return [words[i : i + 4] for i in range(0, len(words), 4)]
