"""Chunks of an array as zlib streams that HDF5's built-in gzip filter inflates.

zlib-ng, because its streams are the same in every process (isal's are not) at several times zlib's speed.
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


WINDOW, MEMORY = 15, 9
"""Of a zlib stream: 32 kB looked back, the largest tables."""
MOSTLY = 0.75
"""Share of values that are not 0 below which matches are runs of one byte alone: 7x7 float16 maps take 15 % fewer
bytes in 30 % less time. Backgrounds other than 0 repeat in longer steps."""


SMALL = 1 << 13
"""Bytes of a chunk that is kept for the case that it comes again: the weights of all levels are mostly the same."""


def chunk_streams(block: NDArray[Any], rows: int) -> ChunkStreams:
    """The zlib stream of every ``rows`` rows; the last chunk is filled up with zeros."""
    streams = []
    for start in range(0, len(block), rows):
        chunk = np.ascontiguousarray(block[start : start + rows])
        if len(chunk) < rows:
            chunk = np.concatenate([chunk, np.zeros((rows - len(chunk), *chunk.shape[1:]), chunk.dtype)])
        streams.append(_small(chunk.tobytes()) if chunk.nbytes <= SMALL else _stream(chunk))
    return join_streams(streams)


@lru_cache(maxsize=256)
def _small(data: bytes) -> bytes:
    return bytes(zlib_ng.compress(data, LEVEL))


def _stream(chunk: NDArray[Any]) -> bytes:
    sparse = np.count_nonzero(chunk.view(f"u{chunk.itemsize}")) < MOSTLY * chunk.size
    if not sparse:
        return bytes(zlib_ng.compress(chunk.data, LEVEL))
    coder = zlib_ng.compressobj(LEVEL, zlib_ng.DEFLATED, WINDOW, MEMORY, zlib_ng.Z_RLE)
    return bytes(coder.compress(chunk.data) + coder.flush())
