"""JSON lists of numbers, kept as text while a file is decoded, as one float64 matrix.

Some hundred lists are read at a time: so only their numbers become Python objects, and not those of the whole file.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import msgspec
import numpy as np

from kp2heat.arrays import Floats

BLOCK = 256
"""Lists read at a time."""
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
