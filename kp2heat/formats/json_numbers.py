"""JSON lists of numbers, kept as text while a file is decoded -> one float64 matrix.

Some hundred lists at a time: what becomes of them on the way stays in the processor's cache, and its memory is
used again for the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import msgspec
import numpy as np
from numpy.typing import NDArray

from kp2heat import compiled
from kp2heat.formats.csv_decimal import EXACT, TENS, WORD

Floats = NDArray[np.float64]
BLOCK = 256
"""Lists: of 17 joints some 100 kB of text."""
LISTS = msgspec.json.Decoder(list[list[float]])
END = b"]" * WORD


def matrix(texts: Sequence[msgspec.Raw]) -> Floats | None:
    """(N, L) float64, as ``float`` has the numbers; None where not all texts are lists of L numbers, L > 0.

    The texts are valid JSON: msgspec looks while it skips over them. Of no texts at all L is 0.
    """
    if not texts:
        return np.empty((0, 0))
    compiled.expect(sum(map(len, texts)))
    try:
        (first,) = LISTS.decode(_joined(texts[:1]))
        out = np.empty((len(texts), len(first)))
        starts = range(0, len(texts), BLOCK)
        read = all(_read(_joined(texts[n : n + BLOCK]), out[n : n + BLOCK]) for n in starts)
    except msgspec.DecodeError:
        return None
    return out if read and first else None


def _joined(texts: Sequence[msgspec.Raw]) -> bytes:
    return b"[" + b",".join(texts) + b"]"


def _read(text: bytes, out: Floats) -> bool:
    """Lists of numbers into (n, L); False where they are of other lengths."""
    fast = compiled.loops()
    if fast is not None and fast.numbers(np.frombuffer(text + END, np.uint8), TENS, int(EXACT), out):
        return True
    lists = LISTS.decode(text)
    if not all(map(out.shape[1].__eq__, map(len, lists))):
        return False
    out[:] = np.fromiter(chain.from_iterable(lists), np.float64, out.size).reshape(out.shape)
    return True
