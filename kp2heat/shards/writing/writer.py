"""Write one shard, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.atomic import whole_or_absent
from kp2heat.shards import disk
from kp2heat.shards.schema import LevelLayout
from kp2heat.shards.writing.buffers import Arena, Stretch, arena
from kp2heat.shards.writing.hdf5_layout import Plane, lay_out

Chunks = Iterable[tuple[str, str, int, Stretch]]
"""(level, plane, first row, streams): the zlib streams of the chunks from that row on, a chunk border. Of a
plane all chunks, in their order."""


@dataclass(frozen=True)
class Written:
    """A file that was written: its size, the sha256 of its bytes, and that of its content."""

    bytes: int
    sha256: str
    content_sha256: str


def make_shard(
    path: Path,
    rows: int,
    attrs: Mapping[str, Any],
    levels: tuple[LevelLayout, ...],
    chunks: Chunks,
    columns: Mapping[str, Mapping[str, NDArray[Any]]],
) -> Callable[[], Written]:
    """A whole shard in memory; calling the result, once, writes the file, whole or not at all.

    attrs of the file; ``columns``: group -> name -> (rows, ...) table columns; ``chunks``: the level planes.
    The file is built in memory: HDF5 cannot close a file whose disk is full, and would try again for as long
    as the process lives. Hashing and writing wait for the call, so that another thread can do them beside the
    next shard; what needs Python does not, for two threads that share an interpreter hold each other up.
    """
    streams = arena()
    planes = {(v.name, key): Plane(min(plane.chunk, rows)) for v in levels for key, plane in v.planes.items()}
    for level, plane, first, stretch in chunks:
        planes[level, plane].add(first, streams.append(stretch.data), stretch)

    head, content = lay_out(rows, attrs, levels, planes, streams.data, columns)

    def keep() -> Written:
        try:
            return _keep(path, head, streams, content)
        finally:
            streams.free()

    return keep


def _keep(path: Path, head: bytearray, streams: Arena, content: str) -> Written:
    """Written, whole or not at all, and hashed meanwhile."""
    from concurrent.futures import ThreadPoolExecutor

    front, size = disk.pages(len(head)), len(head) + streams.size
    front[:] = np.frombuffer(head, np.uint8)
    with ThreadPoolExecutor(1, thread_name_prefix="kp2heat-hash") as beside:
        digest = beside.submit(_sha256, head, streams.data)
        with whole_or_absent(path) as part:
            disk.write(part, (front, streams.pages), size)
        return Written(size, digest.result(), content)


def _sha256(*pieces: Any) -> str:
    """Of these one behind the other, in hex; each in one call, which holds up no other thread."""
    digest = sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
