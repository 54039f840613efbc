"""JSON lists of numbers, kept as text while a file is decoded -> one float64 matrix.

Some hundred lists at a time: what becomes of them on the way stays in the processor's cache, and its memory is
used again for the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import msgspec
import numpy as np

from kp2heat import compiled
from kp2heat.arrays import Floats
from kp2heat.formats.csv_decimal import EXACT, TENS, WORD

BLOCK = 256
"""Lists: of 17 joints some 100 kB of text."""
LISTS = msgspec.json.Decoder(list[list[float]])
END = b"]" * WORD


def matrix(texts: Sequence[msgspec.Raw]) -> Floats:
    """(N, L) float64, as ``float`` has the numbers; no texts at all are (0, 0).

    ValueError or msgspec's DecodeError where not all are lists of L numbers, L > 0. The texts are valid JSON: msgspec
    looks while it skips over them.
    """
    if not texts:
        return np.empty((0, 0))
    compiled.expect(sum(map(len, texts)))
    (first,) = LISTS.decode(_joined(texts[:1]))
    if not first:
        raise ValueError("a list of nothing")
    out = np.empty((len(texts), len(first)))
    for start in range(0, len(texts), BLOCK):
        _read(_joined(texts[start : start + BLOCK]), out[start : start + BLOCK])
    return out


def _joined(texts: Sequence[msgspec.Raw]) -> bytes:
    return b"[" + b",".join(texts) + b"]"


def _read(text: bytes, out: Floats) -> None:
    """Lists of numbers into (n, L)."""
    fast = compiled.loops()
    if fast is not None and fast.numbers(np.frombuffer(text + END, np.uint8), TENS, int(EXACT), out):
        return
    lists = LISTS.decode(text)
    if {*map(len, lists)} != {out.shape[1]}:
        raise ValueError("lists of different lengths")
    out[:] = np.fromiter(chain.from_iterable(lists), np.float64, out.size).reshape(out.shape)
