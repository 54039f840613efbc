"""HDF5's layout of a shard: made by HDF5 once for all shards of one shape, kept, and filled in for each shard.

HDF5 takes chunks one by one, each copied into memory of its own, and takes as long to lay out a file as it takes
to draw a thousand people. So it lays out one file in which a placeholder stands for all chunks of a dataset; for
every shard the columns, the texts that vary and the addresses of the streams, which follow behind, are put into a
copy of it. Formats: HDF5 File Format Specification 3.0, II.A (superblock, version 3), IV.A.1.b (object header,
version 2), VII.C (the fixed array of filtered chunks, which ``libver`` v110 writes for more than one chunk).

Everything that is filled in was found and its checksum recomputed before; where HDF5 lays a file out in another
way, ``UnexpectedLayout`` is raised, and ``hdf5_file.write_chunk_by_chunk`` writes the same content.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Ints
from kp2heat.shards.schema import Place
from kp2heat.shards.writing.checksum import lookup3, seal
from kp2heat.shards.writing.hdf5_file import (
    END_OF_FILE,
    SUPERBLOCK_V3,
    Shape,
    create,
    end_at,
    image_of,
    new_file,
)

VARYING = {"fingerprint": "\x01", "tables_sha256": "\x02"}
"""Attributes that differ from shard to shard, and the placeholder of each of their letters; no other text holds it."""
PLACEHOLDER = b"\0"
"""Stored as the first chunk of a dataset until its stream has an address."""

ARRAY, BLOCK = b"FAHD", b"FADB"
ENTRY_SIZE, PAGE_BITS, COUNT, DATA, ARRAY_SIZE = 6, 7, 8, 16, 24
"""Where a fixed array's header holds these; ``DATA`` is the address of its data block, the last its own size."""
OWNER, PREFIX = 6, 14
"""Where a data block holds the address of its header; bytes before its bitmap of pages, or its entries."""


class UnexpectedLayout(Exception):
    """This version of HDF5 has not laid out the file in the way that can be filled in."""


@dataclass(frozen=True)
class Layout:
    """A file without its streams, and where in it the content of a shard goes.

    columns  the first byte of each; a column of no bytes is at 0
    indexes  the data block of the index of each plane that has more than one chunk
    texts    by attribute: its first byte, and the bounds of the block whose checksum covers it
    """

    image: bytes
    columns: Mapping[Place, int]
    indexes: Mapping[Place, int]
    texts: Mapping[str, tuple[int, int, int]]


def fill_in(
    shape: Shape,
    columns: Mapping[Place, NDArray[Any]],
    starts: Mapping[Place, Ints],
    sizes: Mapping[Place, Ints],
    length: int,
) -> bytearray:
    """Return the bytes of the file in front of the streams, which are ``length`` bytes.

    starts, sizes: of every chunk of a plane, in their order; starts count from the first stream. UnexpectedLayout
    where HDF5 has not laid the file out as this module knows it.
    """
    varying = {key: VARYING[key] * len(text) for key, text in shape.attrs.items() if key in VARYING}
    layout = _laid_out(pickle.dumps(replace(shape, attrs={**shape.attrs, **varying})))
    image = bytearray(layout.image)
    for place, start in layout.columns.items():
        data = columns[place].reshape(-1).view(np.uint8).data
        image[start : start + len(data)] = data
    for key, (start, first, stop) in layout.texts.items():
        image[start : start + len(shape.attrs[key])] = shape.attrs[key].encode()
        seal(image, first, stop)
    for place, block in layout.indexes.items():
        fill_index(image, block, len(image) + starts[place], sizes[place])
    end_at(image, len(image) + length)
    return image


@lru_cache(maxsize=2)
def _laid_out(pickled: bytes) -> Layout:
    """Return the layout of a pickled shape, for mappings cannot be hashed; two, for the last shard is shorter."""
    shape: Shape = pickle.loads(pickled)
    with new_file() as file:
        planes = [(level.name, key) for level in shape.levels for key in level.planes]
        chunks = create(file, shape, {place: shape.single.get(place, PLACEHOLDER) for place in planes})
        columns = {place: _offset(file["/".join(place)]) for place in shape.columns}
        image = bytes(image_of(file))
    if image[: len(SUPERBLOCK_V3)] != SUPERBLOCK_V3 or _number(image, END_OF_FILE) != len(image):
        raise UnexpectedLayout("the superblock is another")
    indexes = {place: find_index(image, at) for place, at in chunks.items() if place not in shape.single}
    texts = {key: _find_text(image, shape.attrs[key].encode()) for key in VARYING if key in shape.attrs}
    return Layout(image, columns, indexes, texts)


def _offset(data: Any) -> int:
    return int(data.id.get_offset()) if data.size else 0


def _number(image: bytes | bytearray, at: int, size: int = 8) -> int:
    return int.from_bytes(image[at : at + size], "little")


def _check_seal(image: bytes, start: int, stop: int) -> None:
    if lookup3(memoryview(image)[start:stop]) != _number(image, stop, 4):
        raise UnexpectedLayout(f"no checksum of bytes {start} to {stop} follows them")


def _find_text(image: bytes, text: bytes) -> tuple[int, int, int]:
    """Return where a text begins, and the bounds of the part of an object header that it is in."""
    at = image.find(text)
    start = max(image.rfind(b"OHDR", 0, at), image.rfind(b"OCHK", 0, at))
    if min(at, start) < 0 or image.count(text) != 1:
        raise UnexpectedLayout("a text is not in an object header")
    if image[start : start + 4] == b"OHDR":
        flags = image[start + 5]
        size = start + 6 + 16 * (flags >> 5 & 1) + 4 * (flags >> 4 & 1)
        width = 1 << (flags & 3)
        stop = size + width + _number(image, size, width)
    else:
        pointer = image.find(start.to_bytes(8, "little"))
        stop = start + _number(image, pointer + 8) - 4
    if at + len(text) > stop:  # all attributes lie in a heap, because one of them is longer than 64 kB
        raise UnexpectedLayout("a text is not in the object header in front of it")
    _check_seal(image, start, stop)
    return at, start, stop


def find_index(image: bytes, placeholder: int) -> int:
    """Return where the data block of the fixed array begins whose first chunk lies at ``placeholder``."""
    at = image.find(BLOCK)
    while at >= 0:
        header = _number(image, at + OWNER)
        if image[header : header + 4] == ARRAY and _number(image, header + DATA) == at:
            bitmap = len(_bitmap(_number(image, header + COUNT), 1 << image[header + PAGE_BITS]))
            if _number(image, at + PREFIX + bitmap + 4 * (bitmap > 0)) == placeholder:
                _check_seal(image, header, header + ARRAY_SIZE)
                return at
        at = image.find(BLOCK, at + 1)
    raise UnexpectedLayout(f"no fixed array of chunks has one at {placeholder}")


def fill_index(image: bytearray, block: int, addresses: Ints, sizes: Ints) -> None:
    """Give every chunk of a dataset its stream; addresses, sizes (n,): of all chunks in their order.

    block: where the dataset's index begins, as ``find_index`` says. UnexpectedLayout where it is of another number.
    """
    header = _number(image, block + OWNER)
    entry, page = image[header + ENTRY_SIZE], 1 << image[header + PAGE_BITS]
    count = len(addresses)
    if _number(image, header + COUNT) != count:
        raise UnexpectedLayout(f"the index is of {_number(image, header + COUNT)} chunks, not {count}")
    entries = np.zeros((count, entry), np.uint8)
    entries[:, :8] = addresses.astype("<u8")[:, None].view(np.uint8)
    entries[:, 8 : entry - 4] = sizes.astype("<u8")[:, None].view(np.uint8)[:, : entry - 12]
    start, at = block, block + PREFIX
    if bitmap := _bitmap(count, page):
        image[at : at + len(bitmap)] = bitmap
        seal(image, block, at + len(bitmap))
        start = at = at + len(bitmap) + 4
    for first in range(0, count, page):
        data = entries[first : first + page].tobytes()
        image[at : at + len(data)] = data
        seal(image, start, at + len(data))
        start = at = at + len(data) + 4


def _bitmap(count: int, page: int) -> bytes:
    """Return which pages of ``page`` entries hold any: all, from the highest bit on; none where one page is enough."""
    if count <= page:
        return b""
    pages = (count + page - 1) // page
    size = (pages + 7) // 8
    return ((1 << pages) - 1 << 8 * size - pages).to_bytes(size, "big")
