"""Chunks whose maps come in few kinds as zlib streams, joined from segments that were compressed once.

A codec that rounds its centres to cells can draw about as many different maps as a map has cells. Each is
compressed when it is first met, closed on a byte border; a chunk is a join.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from zlib_ng import zlib_ng

from kp2heat.arrays import Bytes, Ints
from kp2heat.compiled import loops
from kp2heat.shards.deflate.blocks import FINAL, HEADER, MODULUS, Sums, adler32
from kp2heat.shards.deflate.streams import ChunkStreams, join_streams

LEVEL = 2
RAW = -15
"""Window bits of a deflate stream without header and check."""


class Segments:
    """The segments of one level's kinds of maps, filled as kinds are met.

    draw(kinds (n,)) -> (n, ...) their maps, stored values. Kind 0 is the empty map; ``size``: bytes per map.
    """

    def __init__(self, kinds: int, size: int) -> None:
        self.size = size
        self.pieces: list[bytes] = [b""] * kinds
        self.known = np.zeros(kinds, bool)
        self.table: tuple[Bytes, Ints, Ints] | None = None
        self.plain = np.zeros(kinds, np.int64)
        self.weighted = np.zeros(kinds, np.int64)

    def compress(self, kind: Ints, maps: int, draw: Callable[[Ints], NDArray[Any]]) -> ChunkStreams:
        """Return the zlib stream of every ``maps`` maps of these kinds (M,); the last chunk is filled up with kind 0."""
        kind = np.concatenate([kind, np.zeros(-len(kind) % maps, np.int64)])
        new = np.flatnonzero(np.bincount(kind[~self.known[kind]], minlength=1))
        if len(new):
            self._learn(new, draw(new))
        compiled = loops()
        if compiled is not None:
            return self._compiled(compiled, kind, maps)
        pieces = list(map(self.pieces.__getitem__, kind.tolist()))
        checks = adler32(Sums(self.plain[kind], self.weighted[kind]), self.size, maps)
        return join_streams(
            [
                b"".join([HEADER, *pieces[i * maps : (i + 1) * maps], FINAL, check])
                for i, check in enumerate(checks)
            ]
        )

    def _compiled(self, compiled: Any, kind: Ints, maps: int) -> ChunkStreams:
        """Return the streams by the compiled loop."""
        if self.table is None:
            stops = np.cumsum([*map(len, self.pieces)])
            starts = np.concatenate([[0], stops[:-1]])
            self.table = np.frombuffer(b"".join(self.pieces), np.uint8), starts, stops
        pieces, starts, stops = self.table
        framing = len(HEADER) + len(FINAL) + 4
        out = np.empty(int((stops - starts)[kind].sum()) + len(kind) // maps * framing, np.uint8)
        sizes = compiled.prepared(
            out,
            kind,
            maps,
            self.size,
            pieces,
            starts,
            stops,
            self.plain,
            self.weighted,
            np.frombuffer(HEADER, np.uint8),
            np.frombuffer(FINAL, np.uint8),
        )
        return ChunkStreams(out.data, sizes)

    def _learn(self, kinds: Ints, maps: NDArray[Any]) -> None:
        checks = np.empty(len(kinds), np.int64)
        for row, (kind, values) in enumerate(zip(kinds.tolist(), maps, strict=True)):
            stream = zlib_ng.compressobj(LEVEL, zlib_ng.DEFLATED, RAW)
            self.pieces[kind] = stream.compress(values.data) + stream.flush(zlib_ng.Z_SYNC_FLUSH)
            checks[row] = zlib_ng.adler32(values.data)
        self.plain[kinds] = ((checks & 0xFFFF) - 1) % MODULUS
        self.weighted[kinds] = ((checks >> 16) - self.size) % MODULUS
        self.known[kinds] = True
        self.table = None
