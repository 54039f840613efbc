"""Rows of a chunked dataset, its chunks read as they are stored and inflated by zlib-ng.

HDF5 inflates with zlib, in one thread, holding the lock of all HDF5, and looks for a chunk by going through them
all. zlib-ng takes a quarter of the time; threads share the chunks that ``chunk_index.ChunkIndex`` finds.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Executor
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from zlib_ng import zlib_ng

from kp2heat.arrays import Bytes
from kp2heat.compiled import loops
from kp2heat.machine.cores import cores, threads
from kp2heat.shards.reading.chunks.chunk_index import ChunkIndex, ChunkPlace
from kp2heat.shards.reading.chunks.remote_file import RemoteFile

GZIP, SHUFFLE = 1, 2
PIPELINES = ([GZIP], [SHUFFLE, GZIP])
"""Filters of the datasets that are read here; HDF5 reads others."""
ZlibError: Any = zlib_ng.error
MOST_KEPT = 1 << 20
"""Bytes of the largest inflated chunk that a plane keeps; ours are of up to 256 kB, or of one sample."""
AT_ONCE = (1 << 27) // 1032
"""Bytes of a stream up to which it is inflated at once: deflate writes at most 1,032 bytes per byte, here 128 MB."""
LEAST_SHARED = 4
"""Chunks from which on threads share the work: below, handing it out costs more."""


class Plane:
    """A dataset whose chunks hold whole rows behind the filters of ``PIPELINES``; open as long as its file.

    rows, size   rows of a chunk, and its bytes, inflated
    row, length  shape of a row; number of rows
    """

    def __init__(self, data: Any, remote: RemoteFile | None, *, shuffled: bool) -> None:
        self.rows: int = data.chunks[0]
        self.size = int(np.prod(data.chunks, dtype=np.int64)) * data.dtype.itemsize
        self.row: tuple[int, ...] = data.shape[1:]
        self.length: int = data.shape[0]
        self.dtype: np.dtype[Any] = data.dtype
        self.fill = data.fillvalue
        self.index = ChunkIndex(data, self.size, remote)
        self.shuffled = shuffled
        self.forget_chunk()

    def forget_chunk(self) -> None:
        """Let go of the chunk that is kept."""
        self._kept: tuple[int, NDArray[Any]] = -1, np.empty(0, self.dtype)

    def chunk(self, place: ChunkPlace) -> NDArray[Any]:
        """Return a chunk (rows, ...), to be read only; ValueError where it is not what its checksum says."""
        return self.inflated(self.index.stream(place))

    def inflated(self, stream: bytes | memoryview) -> NDArray[Any]:
        """Return the chunk that a stream holds; ValueError likewise."""
        data = inflate(stream, self.size)
        if self.shuffled:
            data = np.ascontiguousarray(data.reshape(self.dtype.itemsize, -1).T)
        return data.view(self.dtype).reshape(self.rows, *self.row)

    @property
    def kept_row(self) -> int:
        """The first row of the chunk that is kept; -1 for none."""
        return self._kept[0]

    def kept_chunk(self, place: ChunkPlace) -> NDArray[Any]:
        """Return the same; a small chunk is kept until another is asked for, for callers that go row by row."""
        first, chunk = self._kept
        if first != place.row:
            chunk = self.chunk(place)
            if self.size <= MOST_KEPT:
                self._kept = place.row, chunk
        return chunk


def open_plane(data: Any, remote: RemoteFile | None = None) -> Plane | None:
    """Return the h5py dataset as a Plane; None where HDF5 has to read it."""
    properties = data.id.get_create_plist()
    filters = [properties.get_filter(n)[0] for n in range(properties.get_nfilters())]
    if data.chunks is None or data.chunks[1:] != data.shape[1:] or filters not in PIPELINES:
        return None
    return Plane(data, remote, shuffled=SHUFFLE in filters)


def read_rows(plane: Plane, start: int, stop: int, *, threads: bool = True) -> NDArray[Any]:
    """Return rows start..stop; ValueError where a stream does not inflate to its chunk.

    A chunk that was never written holds the dataset's fill value, as for HDF5. threads: large ranges are shared.
    """
    stop = min(stop, plane.length)
    out = np.empty((max(0, stop - start), *plane.row), plane.dtype)
    places = plane.index.find(range(start // plane.rows * plane.rows, stop, plane.rows))
    plane.index.fetch([place for place in places if place.row != plane.kept_row])
    pool = _threads() if threads and len(places) > LEAST_SHARED else None
    if pool is None:
        _copy(plane, places, start, out)
    else:
        step = -(-len(places) // (2 * cores()))
        parts = [places[n : n + step] for n in range(0, len(places), step)]
        for done in [pool.submit(_copy, plane, part, start, out) for part in parts]:
            done.result()
    return out


def _copy(plane: Plane, places: Sequence[ChunkPlace], start: int, out: NDArray[Any]) -> None:
    """Copy the rows of these chunks into ``out``, which begins with row ``start``."""
    whole = []
    for place in places:
        first = max(place.row - start, 0)
        rows = out[first : place.row - start + plane.rows]
        if place.size == 0:
            rows[...] = plane.fill
        elif len(rows) == plane.rows:
            whole.append(place)
        else:
            skipped = max(start - place.row, 0)
            rows[...] = plane.kept_chunk(place)[skipped : skipped + len(rows)]
    if len(whole) == 1:  # a sample alone: what follows takes as long as inflating it
        first = whole[0].row - start
        out[first : first + plane.rows] = plane.chunk(whole[0])
    elif whole:
        _copy_whole(plane, whole, out.reshape(-1).view(np.uint8), start)


def _copy_whole(plane: Plane, places: Sequence[ChunkPlace], out: Bytes, start: int) -> None:
    """Copy whole chunks into the bytes ``out``, which begin with row ``start``: by the compiled loop, or one by one.

    Where the loop stops at a damaged chunk, inflating it once more says what is wrong with it.
    """
    data, (rows, _, sizes) = plane.index.stored(places), np.array(places, np.int64).T
    starts, firsts = np.cumsum(sizes) - sizes, (rows - start) * (plane.size // plane.rows)
    done, compiled = 0, loops()
    if compiled is not None and compiled.every_inflated is not None and not plane.shuffled:
        stream = np.frombuffer(data, np.uint8)
        done = compiled.every_inflated(stream, starts, sizes, out, firsts, plane.size)
    view = memoryview(data)
    for at, size, first in zip(starts[done:], sizes[done:], firsts[done:], strict=True):
        chunk = plane.inflated(view[at : at + size])
        out[first : first + plane.size] = chunk.reshape(-1).view(np.uint8)


def inflate(stream: bytes | memoryview, size: int) -> NDArray[np.uint8]:
    """Return the ``size`` bytes that a zlib stream holds; ValueError where it does not, or fails its Adler-32."""
    try:
        if len(stream) <= AT_ONCE:
            data, ended = zlib_ng.decompress(stream, bufsize=max(1, size)), True  # raises where it has no end
        else:  # in pieces, which costs a copy: what a longer one holds is never in memory
            inflating = zlib_ng.decompressobj()
            data, ended = inflating.decompress(stream, size + 1), inflating.eof
    except ZlibError as error:
        raise ValueError(str(error)) from None
    if len(data) != size or not ended:
        raise ValueError(f"a chunk holds other than {size} bytes")
    return np.frombuffer(data, np.uint8)


@lru_cache(maxsize=1)
def _pool(_process: int) -> Executor:
    return threads(cores(), "inflate")


def _threads() -> Executor | None:
    """Return the threads of this process (a fork has none of its parent's); None on one core."""
    return _pool(os.getpid()) if cores() > 1 else None
