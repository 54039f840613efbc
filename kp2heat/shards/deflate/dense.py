"""Chunks of an array as zlib streams that HDF5's built-in gzip filter inflates.

Compressed by zlib-ng, whose streams are the same in every process (isal's are not), at several times zlib's speed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from zlib_ng import zlib_ng

from kp2heat.shards.deflate.streams import ChunkStreams, join_streams

LEVEL = 1
"""Heatmaps are zeros and a few dense windows: higher levels cost 3 to 10 times as much for 15 % fewer bytes."""
SMALL_LEVEL = 4
"""Of chunks of 16 shuffled samples, measured: level 2 takes up to 3 % more bytes; level 6 takes 1 to 5 % fewer bytes
and up to twice the time; level 9 takes 10 times as long and is no smaller than 6."""
WINDOW_BITS, MEMORY_LEVEL = 15, 9
"""Of a zlib stream: matches reach 32 kB back, and tables are the largest."""
MOSTLY = 0.75
"""Share of values that are not 0 below which matches are runs of one byte alone: 7x7 float16 maps take 15 % fewer
bytes in 30 % less time. Backgrounds other than 0 repeat in longer steps."""
MOST_KEPT = 1 << 13
"""Bytes of a chunk whose stream is kept in case the chunk comes again: the weights of all levels are mostly equal."""


def compress(block: NDArray[Any], rows: int, *, small: bool = False, shuffle: bool = False) -> ChunkStreams:
    """Return the zlib stream of every ``rows`` rows; the last chunk is filled up with zeros.

    small: deflated for size rather than for speed; shuffle: the first bytes of all values, then the second ones, and
    so on, as HDF5's filter of that name writes them.

    >>> streams = compress(np.zeros((5, 100), "f4"), 2)
    >>> [len(zlib_ng.decompress(bytes(stream))) for stream in streams]
    [800, 800, 800]
    """
    streams = []
    for start in range(0, len(block), rows):
        chunk = np.ascontiguousarray(block[start : start + rows])
        if len(chunk) < rows:
            chunk = np.concatenate([chunk, np.zeros((rows - len(chunk), *chunk.shape[1:]), chunk.dtype)])
        if shuffle:
            chunk = np.ascontiguousarray(chunk.reshape(-1).view(np.uint8).reshape(-1, chunk.itemsize).T)
        if small:
            streams.append(bytes(zlib_ng.compress(chunk.tobytes(), SMALL_LEVEL)))
        elif chunk.nbytes <= MOST_KEPT:
            streams.append(_kept_stream(chunk.tobytes()))
        else:
            streams.append(_stream(chunk))
    return join_streams(streams)


@lru_cache(maxsize=256)
def _kept_stream(data: bytes) -> bytes:
    return bytes(zlib_ng.compress(data, LEVEL))


def _stream(chunk: NDArray[Any]) -> bytes:
    sparse = np.count_nonzero(chunk.view(f"u{chunk.itemsize}")) < MOSTLY * chunk.size
    if not sparse:
        return bytes(zlib_ng.compress(chunk.data, LEVEL))
    coder = zlib_ng.compressobj(LEVEL, zlib_ng.DEFLATED, WINDOW_BITS, MEMORY_LEVEL, zlib_ng.Z_RLE)
    return bytes(coder.compress(chunk.data) + coder.flush())
