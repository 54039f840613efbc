"""The checksum of HDF5's metadata: Bob Jenkins' lookup3 (2006), ``hashlittle`` with initial value 0."""

from __future__ import annotations

import numpy as np

from kp2heat.compiled import loops

WORD = 0xFFFFFFFF


def lookup3(data: bytes | bytearray | memoryview) -> int:
    """Return the 32-bit checksum of these bytes.

    >>> hex(lookup3(b"Four score and seven years ago"))
    '0x17770551'
    """
    if not len(data):
        return 0xDEADBEEF
    padded = np.frombuffer(bytes(data) + bytes(-len(data) % 12), "<u4")
    compiled = loops()
    if compiled is not None:
        return int(compiled.lookup3(padded, len(data)))
    a = b = c = (0xDEADBEEF + len(data)) & WORD
    words: list[int] = padded.tolist()
    triples = [*zip(words[::3], words[1::3], words[2::3], strict=True)]
    for x, y, z in triples[:-1]:
        a, b, c = a + x, b + y, c + z & WORD
        a = (a - c ^ (c << 4 | c >> 28)) & WORD
        c = c + b & WORD
        b = (b - a ^ (a << 6 | a >> 26)) & WORD
        a = a + c & WORD
        c = (c - b ^ (b << 8 | b >> 24)) & WORD
        b = b + a & WORD
        a = (a - c ^ (c << 16 | c >> 16)) & WORD
        c = c + b & WORD
        b = (b - a ^ (a << 19 | a >> 13)) & WORD
        a = a + c & WORD
        c = (c - b ^ (b << 4 | b >> 28)) & WORD
        b = b + a & WORD
    x, y, z = triples[-1]
    a, b, c = a + x & WORD, b + y & WORD, c + z & WORD
    for turn in (14, 11, 25, 16, 4, 14, 24):
        c = ((c ^ b) - (b << turn | b >> 32 - turn)) & WORD
        a, b, c = b, c, a
    return b


def seal(image: bytearray, start: int, stop: int) -> None:
    """Write the checksum of these bytes of a file behind them."""
    image[stop : stop + 4] = lookup3(memoryview(image)[start:stop]).to_bytes(4, "little")
