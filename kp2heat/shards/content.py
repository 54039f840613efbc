"""What a shard holds, as one hash that does not depend on how HDF5 lays the file out.

The hash is a sha256 over one JSON line for every attribute and every dataset, in the order of their paths: an
attribute's dtype and value; a dataset's dtype, shape, chunk shape and the sha256 of its stored bytes. Of a
chunked dataset that is, chunk by chunk in the order of their rows, the chunk's first row and the length of its
compressed stream as little-endian 64-bit numbers and the stream's CRC-32 as one of 32 bits (the file's own
sha256 goes over every byte already); chunks that were never written do not count.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import numpy as np
from zlib_ng import zlib_ng

from kp2heat.shards.stretch import Stretch, joined

RECORD = np.dtype([("row", "<u8"), ("size", "<u8"), ("crc", "<u4")])


class StreamHash:
    """The sha256 of a dataset's chunks, fed as they are written."""

    def __init__(self) -> None:
        self._records = bytearray()

    def update(self, row: int, rows: int, streams: Stretch) -> None:
        """The chunks from this row on, of ``rows`` rows each."""
        records = np.empty(len(streams.sizes), RECORD)
        records["row"] = row + rows * np.arange(len(records))
        records["size"] = streams.sizes
        records["crc"] = [*map(zlib_ng.crc32, streams)]
        self._records += records.tobytes()

    def hexdigest(self) -> str:
        """Of the chunks so far."""
        return sha256(self._records).hexdigest()


def content_sha256(file: Any, written: Mapping[str, StreamHash] | None = None) -> str:
    """The content hash of an open h5py file; ``written``: chunk hashes known already, by dataset path."""
    digest = sha256()
    for line in _lines(file, "", written or {}):
        digest.update(json.dumps(line).encode() + b"\n")
    return digest.hexdigest()


def _lines(group: Any, path: str, written: Mapping[str, StreamHash]) -> Any:
    yield from _attributes(group, path)
    for name in sorted(group):
        item, place = group[name], f"{path}/{name}"
        if hasattr(item, "shape"):
            stored = written[place].hexdigest() if place in written else _stored(item)
            yield [place, item.dtype.str, list(item.shape), item.chunks and list(item.chunks), stored]
        else:
            yield from _lines(item, place, written)


def _attributes(item: Any, path: str) -> Any:
    for name in sorted(item.attrs):
        value = np.asarray(item.attrs[name])
        yield [path, name, "text" if value.dtype.kind in "UO" else value.dtype.str, value.tolist()]


def _stored(data: Any) -> str:
    if data.chunks is None:
        return sha256(np.ascontiguousarray(data[()]).tobytes()).hexdigest()
    hashed = StreamHash()
    for row in range(0, len(data), data.chunks[0]):
        place = (row, *(0,) * (data.ndim - 1))
        if data.id.get_chunk_info_by_coord(place).size:
            hashed.update(row, data.chunks[0], joined([data.id.read_direct_chunk(place)[1]]))
    return hashed.hexdigest()
