"""The index of a dataset's chunks, filled in all at once where HDF5 has laid it out.

HDF5 takes chunks one by one, each copied into memory of its own; for sparse maps that costs more than making
them. So HDF5 lays out the file with one chunk a dataset standing in for all, the streams follow behind what
it wrote, and their addresses are put into its index. Formats: HDF5 File Format Specification 3.0, II.A (the
superblock, version 3), VII.C (the fixed array of filtered chunks, which ``libver`` v110 writes for more than
one chunk); checksums are Bob Jenkins' lookup3 (2006).
"""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Ints
from kp2heat.compiled import loops

STAND_IN = b"\0"
"""Stored for the first chunk until its stream has an address."""
SUPERBLOCK, END_OF_FILE = 44, 28
"""Bytes of the superblock before its checksum; where the file's length stands in it."""
HEADER, BLOCK = b"FAHD", b"FADB"
ENTRY, PAGE_BITS, COUNT, DATA = 6, 7, 8, 16
"""Where these stand in the array's header; ``DATA`` is the address of its data block."""
OWNER, PREFIX = 6, 14
"""Where a data block names its header; bytes before its bitmap of pages, or its entries."""
WORD = 0xFFFFFFFF


def lookup3(data: bytes | bytearray | memoryview) -> int:
    """Jenkins' ``hashlittle`` with initial value 0."""
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


def _number(image: bytes | bytearray, at: int, size: int = 8) -> int:
    return int.from_bytes(image[at : at + size], "little")


def _seal(image: bytearray, start: int, stop: int) -> None:
    """The checksum of these bytes, behind them."""
    image[stop : stop + 4] = lookup3(memoryview(image)[start:stop]).to_bytes(4, "little")


def end_at(image: bytearray, length: int) -> None:
    """The file is ``length`` bytes long."""
    image[END_OF_FILE : END_OF_FILE + 8] = length.to_bytes(8, "little")
    _seal(image, 0, SUPERBLOCK)


def find(image: bytes, stand_in: int) -> int:
    """Where the index begins whose first chunk lies at ``stand_in``; ValueError where HDF5 laid out something else."""
    at = image.find(BLOCK)
    while at >= 0:
        header = _number(image, at + OWNER)
        if image[header : header + 4] == HEADER and _number(image, header + DATA) == at:
            bitmap = len(_bitmap(_number(image, header + COUNT), 1 << image[header + PAGE_BITS]))
            if _number(image, at + PREFIX + bitmap + 4 * (bitmap > 0)) == stand_in:
                return at
        at = image.find(BLOCK, at + 1)
    raise ValueError(f"no fixed array of chunks has one at {stand_in}")


def fill(image: bytearray, block: int, addresses: Ints, sizes: Ints) -> None:
    """Give every chunk of a dataset its stream; ``block``: where the dataset's index begins, as ``find`` says.

    addresses, sizes (n,): of all chunks in their order. ValueError where the index is of another number.
    """
    header = _number(image, block + OWNER)
    entry, page = image[header + ENTRY], 1 << image[header + PAGE_BITS]
    count = len(addresses)
    if _number(image, header + COUNT) != count:
        raise ValueError(f"the index is of {_number(image, header + COUNT)} chunks, not {count}")
    entries = np.zeros((count, entry), np.uint8)
    entries[:, :8] = addresses.astype("<u8")[:, None].view(np.uint8)
    entries[:, 8 : entry - 4] = sizes.astype("<u8")[:, None].view(np.uint8)[:, : entry - 12]
    start, at = block, block + PREFIX
    if bitmap := _bitmap(count, page):
        image[at : at + len(bitmap)] = bitmap
        _seal(image, block, at + len(bitmap))
        start = at = at + len(bitmap) + 4
    for first in range(0, count, page):
        data = entries[first : first + page].tobytes()
        image[at : at + len(data)] = data
        _seal(image, start, at + len(data))
        start = at = at + len(data) + 4


def _bitmap(count: int, page: int) -> bytes:
    """Which pages of ``page`` entries hold any: all of them, from the highest bit on; none where one is enough."""
    if count <= page:
        return b""
    pages = (count + page - 1) // page
    size = (pages + 7) // 8
    return ((1 << pages) - 1 << 8 * size - pages).to_bytes(size, "big")
