"""What a shard holds, as one hash that does not depend on how HDF5 lays the file out.

The hash is a sha256 over one JSON line for every attribute and every dataset, in the order of their paths: an
attribute's dtype and value; a dataset's dtype, shape, chunk shape and the sha256 of its stored bytes. Of a
chunked dataset that is, chunk by chunk in the order of their rows, the chunk's first row and the length of its
compressed stream as little-endian 64-bit numbers and the stream's CRC-32 as one of 32 bits (the file's own
sha256 goes over every byte already); chunks that were never written do not count.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray
from zlib_ng import zlib_ng

from kp2heat.compiled import loops
from kp2heat.shards.deflate.streams import ChunkStreams, join_streams

RECORD = np.dtype([("row", "<u8"), ("size", "<u8"), ("crc", "<u4")])


class StreamHash:
    """The sha256 of a dataset's chunks, fed as they are written."""

    def __init__(self) -> None:
        self._records = bytearray()

    def update(self, row: int, rows: int, streams: ChunkStreams) -> None:
        """Take the chunks from this row on, of ``rows`` rows each."""
        records = np.empty(len(streams.sizes), RECORD)
        records["row"] = row + rows * np.arange(len(records))
        records["size"] = streams.sizes
        records["crc"] = _crc32(streams)
        self._records += records.tobytes()

    def hexdigest(self) -> str:
        """Return the hash of the chunks so far."""
        return sha256(self._records).hexdigest()


def _crc32(streams: ChunkStreams) -> Sequence[int] | NDArray[np.uint32]:
    """Return the CRC-32 of each stream."""
    compiled = loops()
    if compiled is None or compiled.every_crc32 is None:
        return [*map(zlib_ng.crc32, streams)]
    crc32: NDArray[np.uint32] = compiled.every_crc32(np.frombuffer(streams.data, np.uint8), streams.sizes)
    return crc32


@dataclass(frozen=True)
class Dataset:
    """What the hash is of in a dataset: dtype and shape as NumPy writes them, shape of a chunk, hash of what is stored."""

    dtype: str
    shape: Sequence[int]
    chunks: Sequence[int] | None
    stored: str


@dataclass(frozen=True)
class Group:
    """Its attributes, and the groups and datasets in it by name."""

    attrs: Mapping[str, Any]
    members: Mapping[str, Group | Dataset]


def content_sha256(file: Group) -> str:
    """Return the content hash of a file."""
    digest = sha256()
    for line in _lines(file, ""):
        digest.update(json.dumps(line).encode() + b"\n")
    return digest.hexdigest()


def content_of(group: Any) -> Group:
    """Return the content of an open h5py file, or of a group of it."""
    members = {
        name: _dataset(item) if hasattr(item, "shape") else content_of(item) for name, item in group.items()
    }
    attrs = {k: v.decode() if isinstance(v, bytes) else v for k, v in group.attrs.items()}
    return Group(attrs, members)


def array_sha256(values: NDArray[Any]) -> str:
    """Return the hash of what is stored of an array that is not chunked."""
    return sha256(np.ascontiguousarray(values).reshape(-1).view(np.uint8).data).hexdigest()


def _lines(group: Group, path: str) -> Iterator[list[Any]]:
    for name in sorted(group.attrs):
        value = np.asarray(group.attrs[name])
        yield [path, name, "text" if value.dtype.kind in "UO" else value.dtype.str, value.tolist()]
    for name in sorted(group.members):
        item, place = group.members[name], f"{path}/{name}"
        if isinstance(item, Dataset):
            yield [place, item.dtype, list(item.shape), item.chunks and list(item.chunks), item.stored]
        else:
            yield from _lines(item, place)


def _dataset(data: Any) -> Dataset:
    stored = array_sha256(data[()]) if data.chunks is None else _chunks_sha256(data)
    return Dataset(data.dtype.str, data.shape, data.chunks, stored)


def _chunks_sha256(data: Any) -> str:
    hashed = StreamHash()
    for row in range(0, len(data), data.chunks[0]):
        place = (row, *(0,) * (data.ndim - 1))
        if data.id.get_chunk_info_by_coord(place).size:
            hashed.update(row, data.chunks[0], join_streams([data.id.read_direct_chunk(place)[1]]))
    return hashed.hexdigest()
