"""The planes of one level as the zlib streams of their chunks, by the shortest way that gives the same bytes.

==========  ==================================================================  ============================
way         for                                                                 measured, 48x64 float32
==========  ==================================================================  ============================
prepared    maps of few kinds: centres on cells                                 a join of known segments
windows     maps of one blob at most, but for small ones                        no map is ever made
dense       everything else, and all with ``compress="small"``: drawn, then     a quarter of the speed
            deflated by zlib-ng
==========  ==================================================================  ============================
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kp2heat import normalize
from kp2heat.arrays import Ints
from kp2heat.contracts import Level
from kp2heat.drawing.planes import draw, scale_factor
from kp2heat.gaussian import stored, stored_products
from kp2heat.scene import Scene
from kp2heat.shards.deflate import dense, windows
from kp2heat.shards.deflate.segments import Segments
from kp2heat.shards.deflate.streams import ChunkStreams
from kp2heat.shards.schema import LevelLayout
from kp2heat.sparse import BlobKinds, PlacedBlobs, Products, Sparse
from kp2heat.spec import DTYPES, Spec

Streams = Iterator[tuple[str, int, ChunkStreams]]
"""Plane, first row, and the streams of the chunks from that row on."""

DRAWN_BYTES = 1 << 22
"""Bytes of values drawn at a time, as float64: they fit the cache of one core, and bound memory for any shard."""
PLACED_ROWS = 512
"""Samples whose Gaussians are placed at a time; a multiple of the largest chunk."""
SMALL = {"f": 1 << 6, "u": 1 << 8}
"""Bytes per map, by the kind of its numbers: below this, its zeros cost less than the framing of its window. A float's low
byte is noise that deflating cannot shorten: 7x7 float16 is 834 B per person drawn and deflated, 1,297 from windows in
half the time by the compiled loops; 14x14 is 1,044 and 2,044 in a third. 14x14 uint8 is 510 and 1,374 in two thirds."""


def level_streams(spec: Spec, level: Level, layout: LevelLayout, scene: Scene) -> Streams:
    """Yield every plane of a shard's samples, a bounded number of rows at a time."""
    if not layout.planes:
        return
    chunk = {plane: min(of.chunk, scene.samples) for plane, of in layout.planes.items()}
    key = spec.fingerprint(level.name)
    for start in range(0, scene.samples, PLACED_ROWS):
        part = scene.take(start, min(start + PLACED_ROWS, scene.samples))
        placed = _placed(spec, level, part) if spec.compress != "small" else None
        if placed is None:
            yield from _dense(spec, level, layout, chunk, part, start)
        else:
            yield "weights", start, dense.compress(placed.weights, chunk["weights"])
            maps = chunk["heatmaps"] * placed.maps // part.samples
            first = start
            made = (
                _prepared(spec, level, placed, maps, key)
                if isinstance(placed, BlobKinds)
                else _windows(spec, level, placed, maps)
            )
            for streams in made:
                yield "heatmaps", first, streams
                first += len(streams.sizes) * chunk["heatmaps"]


def _placed(spec: Spec, level: Level, scene: Scene) -> PlacedBlobs | BlobKinds | None:
    """Return the Gaussians of the scene, if its maps hold nothing else and their windows are worth it."""
    dtype = np.dtype(DTYPES[spec.dtype])
    small = level.size[0] * level.size[1] * dtype.itemsize < SMALL[dtype.kind]
    if spec.record.place is None or small:
        return None
    raw = spec.normalize == "none"
    placed: PlacedBlobs | BlobKinds | None = spec.record.place(
        scene, level, dtype if raw else np.float64, scale=scale_factor(spec, level), **spec.params
    )
    wide = isinstance(placed, PlacedBlobs) and placed.window[0] * dtype.itemsize > windows.MOST_ROW
    return None if wide else placed


def _dense(
    spec: Spec, level: Level, layout: LevelLayout, chunk: dict[str, int], scene: Scene, first: int
) -> Streams:
    cells = max(int(np.prod(plane.row)) for plane in layout.planes.values())
    whole = max(chunk.values())
    rows = max(whole, DRAWN_BYTES // max(1, 8 * cells) // whole * whole)
    for start in range(0, scene.samples, rows):
        planes = draw(spec, level, scene.take(start, min(start + rows, scene.samples)))
        for plane, values in planes.items():
            small = spec.compress == "small"
            shuffle = layout.planes[plane].shuffle
            streams = dense.compress(values, chunk[plane], small=small, shuffle=shuffle)
            yield plane, first + start, streams


def _windows(spec: Spec, level: Level, placed: PlacedBlobs, maps: int) -> Iterator[ChunkStreams]:
    """Yield streams of ``maps`` maps each, from the windows."""
    cells = placed.window[0] * placed.window[1]
    step = max(1, DRAWN_BYTES // (8 * cells * maps)) * maps
    for start in range(0, placed.maps, step):
        yield windows.compress(sparse(spec, level, placed, start, start + step), maps)


def sparse(spec: Spec, level: Level, placed: PlacedBlobs, start: int, stop: int) -> Sparse:
    """Return maps start..stop, drawn, normalised and rounded in their windows."""
    dtype, scale = np.dtype(DTYPES[spec.dtype]), scale_factor(spec, level)
    a, b = np.searchsorted(placed.index, (start, stop))
    index, cells = placed.index[a:b] - start, level.size[0] * level.size[1]
    origin, ends = placed.origin[a:b], (placed.first[a:b], placed.last[a:b])
    maps = min(stop, placed.maps) - start
    if spec.normalize == "none" and placed.profiles is not None:
        y, x = placed.profiles(slice(a, b))
        products = Products(y, x, placed.floor, lambda: stored_products(y, x, placed.floor, dtype, scale))
        values = products if dtype == np.float32 else products.multiplied()
        return Sparse(level.size, index, origin, values, *ends, np.zeros(maps, dtype))
    raw = placed.patches(slice(a, b))
    outside = cells - placed.window[0] * placed.window[1]
    patches, around = normalize.apply_windows(spec.normalize, raw, outside, spec.normalize_params)
    _, empty = normalize.apply_windows(spec.normalize, np.zeros((1, 1)), cells - 1, spec.normalize_params)
    background = np.full(maps, stored(empty, dtype, scale))
    background[index] = np.broadcast_to(stored(around, dtype, scale), (len(index), 1, 1)).reshape(-1)
    return Sparse(level.size, index, origin, stored(patches, dtype, scale), *ends, background)


def _prepared(spec: Spec, level: Level, blob_kinds: BlobKinds, maps: int, key: str) -> Iterator[ChunkStreams]:
    """Yield streams of ``maps`` maps each, from the segments of their kinds, which are kept under the key."""
    kinds = np.zeros(blob_kinds.maps, np.int64)
    kinds[blob_kinds.index] = blob_kinds.kind

    def drawn(kind: Ints) -> NDArray[np.generic]:
        filled = np.flatnonzero(kind)
        blobs = replace(blob_kinds.placed(kind[filled]), maps=len(kind), index=filled)
        return sparse(spec, level, blobs, 0, len(kind)).dense()

    size = level.size[0] * level.size[1] * np.dtype(DTYPES[spec.dtype]).itemsize
    yield _kept(key, blob_kinds.kinds, size).compress(kinds, maps, drawn)


@lru_cache(maxsize=4)
def _kept(_key: str, kinds: int, size: int) -> Segments:
    """Return the segments of a level, kept from shard to shard of one process."""
    return Segments(kinds, size)
