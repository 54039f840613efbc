"""Rows of a chunked dataset, its chunks read as they are stored and inflated here.

HDF5 inflates with zlib, in one thread, holding the lock of all HDF5, and looks for a chunk by going through
them all. zlib-ng takes a quarter of the time, and half of that is left where the compiled loop fills the very array
that is asked for; HDF5 is asked once where the chunks of a dataset lie, and threads share the rest.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from zlib_ng import zlib_ng

from kp2heat import compiled
from kp2heat.arrays import Bytes, Ints

Place = tuple[int, int, int]
"""Of a chunk: its first row, its byte in the file and its stored bytes, 0 where it was never written."""
GZIP = 1
MOST_GROWTH = 1 << 10
"""Bytes that deflating may add to a chunk, beside doubling it; what claims to be longer is not read."""
ZlibError: Any = zlib_ng.error
KEPT = 1 << 20
"""Bytes of a chunk that a plane keeps, inflated; ours are of some 200 kB, or of one sample."""
SHARED = 4
"""Chunks from which on threads share the work: below, handing it out costs more."""
ASKED = 16
"""Chunks asked for one by one, before all are: finding one takes HDF5 as long as listing some ten."""


class Plane:
    """A dataset whose chunks hold whole rows, and are deflated and nothing else; open as long as its file.

    rows, size   of a chunk: how many, and how many bytes, inflated
    row, length  shape of a row; number of rows
    """

    def __init__(self, data: Any) -> None:
        self.rows: int = data.chunks[0]
        self.size = int(np.prod(data.chunks, dtype=np.int64)) * data.dtype.itemsize
        self.row: tuple[int, ...] = data.shape[1:]
        self.length: int = data.shape[0]
        self.dtype: np.dtype[Any] = data.dtype
        self._data = data.id
        self._descriptor = _descriptor(data)
        self._asked = 0
        self._places: dict[int, tuple[int, int, int]] | None = None
        self._kept: tuple[int, NDArray[Any]] = -1, np.empty(0, self.dtype)

    def find(self, first: int, stop: int) -> list[Place]:
        """Every chunk from row ``first`` to ``stop``. ValueError where one is not deflated."""
        rows = range(first, stop, self.rows)
        if self._places is None and self._asked + len(rows) > ASKED:
            self._places = self._listed()
        self._asked += len(rows)
        return [(row, *self._place(row)) for row in rows]

    def _listed(self) -> dict[int, tuple[int, int, int]]:
        """Where each chunk lies, by its first row; whole before another thread sees it."""
        places: dict[int, tuple[int, int, int]] = {}

        def note(chunk: Any) -> None:
            places[chunk.chunk_offset[0]] = chunk.byte_offset, chunk.size, chunk.filter_mask

        self._data.chunk_iter(note)
        return places

    def _place(self, row: int) -> tuple[int, int]:
        if self._places is None:
            found = self._data.get_chunk_info_by_coord(self._coordinates(row))
            offset, size, mask = found.byte_offset, found.size, found.filter_mask
        else:
            offset, size, mask = self._places.get(row, (0, 0, 0))
        if size and (mask or size > MOST_GROWTH + 2 * self.size):
            raise ValueError("a chunk is not deflated")
        return offset or 0, size

    def _coordinates(self, row: int) -> tuple[int, ...]:
        return row, *(0,) * len(self.row)

    def stream(self, row: int, offset: int, size: int) -> bytes:
        """What is stored of the chunk that ``find`` found."""
        compiled.read(size)
        if self._descriptor is not None:
            return os.pread(self._descriptor, size, offset)
        return bytes(self._data.read_direct_chunk(self._coordinates(row))[1])

    def streams(self, first: Ints, offset: Ints, size: Ints) -> tuple[Bytes, Ints]:
        """What is stored of these chunks (n,), and where each begins in it: read at once where they lie together."""
        begin, end = int(offset.min()), int((offset + size).max())
        if self._descriptor is not None and end - begin <= 2 * int(size.sum()):
            compiled.read(end - begin)
            return np.frombuffer(os.pread(self._descriptor, end - begin, begin), np.uint8), offset - begin
        apart = map(self.stream, first.tolist(), offset.tolist(), size.tolist())
        return np.frombuffer(b"".join(apart), np.uint8), np.cumsum(size) - size

    def chunk(self, row: int, offset: int, size: int) -> NDArray[Any]:
        """(rows, ...) to be read only: the chunk that ``find`` found. The last one is kept, for who asks row by row."""
        first, chunk = self._kept
        if first != row:
            data = _inflate(self.stream(row, offset, size), np.empty(self.size, np.uint8))
            chunk = data.view(self.dtype).reshape(self.rows, *self.row)
            if self.size <= KEPT:
                self._kept = row, chunk
        return chunk


def _descriptor(data: Any) -> int | None:
    """Of the file, where it can be read beside HDF5: nobody writes it, and offsets are those of the file."""
    file = data.file
    plain = file.mode == "r" and file.driver == "sec2" and not file.userblock_size and hasattr(os, "pread")
    return file.id.get_vfd_handle() if plain else None


def plane(data: Any) -> Plane | None:
    """The h5py dataset as a Plane; None where it must be read by HDF5."""
    properties = data.id.get_create_plist()
    filters = [properties.get_filter(n)[0] for n in range(properties.get_nfilters())]
    if data.chunks is None or data.chunks[1:] != data.shape[1:] or filters != [GZIP]:
        return None
    return Plane(data)


def read_rows(source: Plane, start: int, stop: int, alone: bool) -> NDArray[Any]:
    """Rows start..stop; ValueError where a stream does not inflate to its chunk. ``alone``: by this thread.

    A chunk that was never written is zeros, HDF5's fill value.
    """
    stop = min(stop, source.length)
    out = np.empty((max(0, stop - start), *source.row), source.dtype)
    found = source.find(start // source.rows * source.rows, stop)
    threads = _threads() if len(found) > SHARED and not alone else None
    if threads is None:
        _put(source, found, start, out)
    else:
        step = -(-len(found) // (2 * cores()))
        parts = [found[n : n + step] for n in range(0, len(found), step)]
        for done in [threads.submit(_put, source, part, start, out) for part in parts]:
            done.result()
    return out


def _put(source: Plane, found: Sequence[Place], start: int, out: NDArray[Any]) -> None:
    """The rows of these chunks into ``out``, which begins with row ``start``."""
    for first, offset, size in _left(source, found, start, out) if len(found) > SHARED else found:
        rows = out[max(first - start, 0) : first - start + source.rows]
        if size == 0:
            rows[...] = 0
        elif len(rows) == source.rows:
            out_bytes = rows.reshape(-1).view(np.uint8)
            data = _inflate(source.stream(first, offset, size), out_bytes)
            if data is not out_bytes:
                out_bytes[:] = data
        else:
            skipped = max(start - first, 0)
            rows[...] = source.chunk(first, offset, size)[skipped : skipped + len(rows)]


def _left(source: Plane, found: Sequence[Place], start: int, out: NDArray[Any]) -> Sequence[Place]:
    """The chunks that the compiled loop does not fill in: it takes whole ones that are streams of windows, all in one
    call, for threads that call often wait for each other.
    """
    fast = compiled.loops()
    if fast is None:
        return found
    taken = [
        n
        for n, (first, _, size) in enumerate(found)
        if size and start <= first <= start + len(out) - source.rows
    ]
    if not taken:
        return found
    first, offset, sizes = np.array([found[n] for n in taken]).T
    stored, starts = source.streams(first, offset, sizes)
    row, whole = source.size // source.rows, np.zeros(len(taken), bool)
    places = (first - start) * row
    fast.chunks(stored, starts, sizes, out.reshape(-1).view(np.uint8), places, source.size, whole)
    filled = {n for n, done in zip(taken, whole, strict=True) if done}
    return [place for n, place in enumerate(found) if n not in filled]


def _inflate(stream: bytes, out: Bytes) -> Bytes:
    """What the stream holds, in ``out`` (n,) or in memory of its own, to be read only; ValueError where that is not
    exactly n bytes, or fails its Adler-32.

    The compiled loop takes the streams of windows; any other, and what is wrong with one, is left to zlib-ng.
    """
    fast = compiled.loops()
    if fast is not None and fast.chunk(np.frombuffer(stream, np.uint8), out):
        return out
    inflating = zlib_ng.decompressobj()
    try:
        data = inflating.decompress(stream, len(out) + 1)  # what is longer is never held
    except ZlibError as error:
        raise ValueError(str(error)) from None
    if len(data) != len(out) or not inflating.eof:
        raise ValueError(f"a chunk holds other than {len(out)} bytes")
    return np.frombuffer(data, np.uint8)


@lru_cache(maxsize=1)
def _pool(_process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores(), thread_name_prefix="kp2heat-inflate")


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _threads() -> ThreadPoolExecutor | None:
    """The threads of this process (a fork has none of its parent's); None on one core."""
    return _pool(os.getpid()) if cores() > 1 else None
