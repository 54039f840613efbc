"""Rows of a chunked dataset, its chunks read as they are stored and inflated here.

HDF5 inflates with zlib, in one thread, holding the lock of all HDF5. zlib-ng takes a quarter of the time, and
threads can share the work.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from zlib_ng import zlib_ng

GZIP = 1
MOST_GROWTH = 1 << 10
"""Bytes that deflating may add to a chunk, beside doubling it; what claims to be longer is not read."""
ZlibError: Any = zlib_ng.error
SHARED = 4
"""Chunks from which on threads share the work: below, handing it out costs more."""


class Plane(NamedTuple):
    """A dataset whose chunks hold whole rows, and are deflated and nothing else.

    rows, size   of a chunk: how many, and how many bytes, inflated
    row, length  shape of a row; number of rows
    """

    data: Any
    rows: int
    size: int
    row: tuple[int, ...]
    dtype: np.dtype[Any]
    length: int


def plane(data: Any) -> Plane | None:
    """The h5py dataset as a Plane; None where it must be read by HDF5."""
    properties = data.id.get_create_plist()
    filters = [properties.get_filter(n)[0] for n in range(properties.get_nfilters())]
    if data.chunks is None or data.chunks[1:] != data.shape[1:] or filters != [GZIP]:
        return None
    size = int(np.prod(data.chunks, dtype=np.int64)) * data.dtype.itemsize
    return Plane(data.id, data.chunks[0], size, data.shape[1:], data.dtype, data.shape[0])


def read_rows(source: Plane, start: int, stop: int) -> NDArray[Any]:
    """Rows start..stop; ValueError where a stream does not inflate to its chunk.

    A chunk that was never written is zeros, HDF5's fill value.
    """
    stop = min(stop, source.length)
    out = np.empty((max(0, stop - start), *source.row), source.dtype)

    def put(first: int, stream: bytes | None) -> None:
        a, b = max(first, start), min(first + source.rows, stop)
        if stream is None:
            out[a - start : b - start] = 0
        else:
            chunk = np.frombuffer(_inflated(stream, source.size), source.dtype).reshape(-1, *source.row)
            out[a - start : b - start] = chunk[a - first : b - first]

    first = start // source.rows * source.rows
    found = _streams(source, first, stop)
    threads = _threads() if stop - first > SHARED * source.rows else None
    if threads is None:
        for row, stream in found:
            put(row, stream)
    else:
        for done in [threads.submit(put, *chunk) for chunk in found]:
            done.result()
    return out


def _streams(source: Plane, first: int, stop: int) -> Iterator[tuple[int, bytes | None]]:
    behind = (0,) * len(source.row)
    for row in range(first, stop, source.rows):
        place = (row, *behind)
        found = source.data.get_chunk_info_by_coord(place)
        if found.size and (found.filter_mask or found.size > MOST_GROWTH + 2 * source.size):
            raise ValueError("a chunk is not deflated")
        yield row, source.data.read_direct_chunk(place)[1] if found.size else None


def _inflated(stream: bytes, size: int) -> bytes:
    """Of exactly ``size`` bytes: what is longer is never held, what fails its Adler-32 is refused."""
    inflating = zlib_ng.decompressobj()
    try:
        data: bytes = inflating.decompress(stream, size + 1)
    except ZlibError as error:
        raise ValueError(str(error)) from None
    if len(data) != size or not inflating.eof:
        raise ValueError(f"a chunk holds other than {size} bytes")
    return data


@lru_cache(maxsize=1)
def _pool(_process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_cores(), thread_name_prefix="kp2heat-inflate")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _threads() -> ThreadPoolExecutor | None:
    """The threads of this process (a fork has none of its parent's); None on one core."""
    return _pool(os.getpid()) if _cores() > 1 else None
