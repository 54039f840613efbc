"""Write one shard, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kp2heat.shards import chunk_index
from kp2heat.shards.atomic import whole_or_absent
from kp2heat.shards.content import StreamHash, content_sha256
from kp2heat.shards.schema import LevelLayout
from kp2heat.shards.stretch import Stretch, arena

LIBVER = ("v110", "v110")
"""Readers from HDF5 1.10 on; chunk indexes of 20 bytes a chunk rather than 66."""
GROWTH = 1 << 20
"""Bytes by which the head of the file grows."""
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
    height = {(v.name, name): min(plane.chunk, rows) for v in levels for name, plane in v.planes.items()}
    found: dict[tuple[str, str], list[_Part]] = {place: [] for place in height}
    for level, plane, first, stretch in chunks:
        found[level, plane].append(_Part(first, streams.append(stretch.data), stretch.sizes))

    planes = {place: _plane(parts, height[place], streams.data) for place, parts in found.items()}
    head, content = _head(path.name, rows, attrs, levels, planes, streams.data, columns)

    def keep() -> Written:
        try:
            return _keep(path, (head, streams.data), content)
        finally:
            streams.free()

    return keep


class _Part(NamedTuple):
    """Streams of consecutive chunks: their first row, where they begin, bytes of each."""

    row: int
    start: int
    sizes: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Plane:
    """The chunks of one dataset: where each begins among the streams, its bytes, and all their hash."""

    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    hashed: StreamHash


def _plane(parts: list[_Part], height: int, streams: memoryview) -> _Plane:
    """Of a plane they come in the order of its rows."""
    hashed, starts = StreamHash(), []
    for part in parts:
        ends = part.start + np.cumsum(part.sizes)
        starts.append(ends - part.sizes)
        hashed.update(part.row, height, Stretch(streams[part.start : int(ends[-1])], part.sizes))
    return _Plane(np.concatenate(starts), np.concatenate([part.sizes for part in parts]), hashed)


def _head(
    name: str,
    rows: int,
    attrs: Mapping[str, Any],
    levels: tuple[LevelLayout, ...],
    planes: Mapping[tuple[str, str], _Plane],
    streams: memoryview,
    columns: Mapping[str, Mapping[str, NDArray[Any]]],
) -> tuple[bytearray, str]:
    """The bytes in front of the streams, and the content's hash. ``complete`` is set last: a file without it is not a shard."""
    import h5py

    stand_ins = {}
    with h5py.File(name, "w", driver="core", backing_store=False, block_size=GROWTH, libver=LIBVER) as file:
        for key, value in attrs.items():
            file.attrs[key] = value
        for level in levels:
            group = file.create_group(level.name)
            for key, value in level.attrs.items():
                group.attrs[key] = value
            for plane, layout in level.planes.items():
                dataset = group.create_dataset(
                    plane,
                    shape=(rows, *layout.row),
                    dtype=layout.dtype,
                    chunks=(min(layout.chunk, rows), *layout.row),
                    compression="gzip",
                    compression_opts=1,
                    track_times=False,
                )
                of, origin = planes[level.name, plane], (0,) * dataset.ndim
                if len(of.sizes) == 1:
                    start = int(of.starts[0])
                    dataset.id.write_direct_chunk(origin, bytes(streams[start : start + int(of.sizes[0])]))
                else:
                    dataset.id.write_direct_chunk(origin, chunk_index.STAND_IN)
                    stand_ins[dataset.id.get_chunk_info_by_coord(origin).byte_offset] = of
        for group_name, table in columns.items():
            group = file.create_group(group_name)
            for key, values in table.items():
                _write_column(group, key, values)
        file.attrs["complete"] = True
        content = content_sha256(file, {f"/{level}/{key}": of.hashed for (level, key), of in planes.items()})
        file.flush()
        image = bytearray(file.id.get_file_image())
    for address, of in stand_ins.items():
        chunk_index.fill(image, address, len(image) + of.starts, of.sizes)
    chunk_index.end_at(image, len(image) + len(streams))
    return image, content


def _keep(path: Path, pieces: tuple[Any, ...], content: str) -> Written:
    """Written, whole or not at all, and hashed meanwhile."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1, thread_name_prefix="kp2heat-hash") as beside:
        digest = beside.submit(_sha256, pieces)
        with whole_or_absent(path) as part:
            _write(part, pieces)
        return Written(sum(map(len, pieces)), digest.result(), content)


def _write(path: Path, pieces: Iterable[Any]) -> None:
    """Write these one behind the other."""
    with path.open("wb", buffering=0) as file:
        for piece in pieces:
            rest = memoryview(piece)
            while len(rest):
                rest = rest[file.write(rest) :]


def _sha256(pieces: Iterable[Any]) -> str:
    """Of these one behind the other, in hex; each in one call, which holds up no other thread."""
    digest = sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def _write_column(group: Any, name: str, values: NDArray[Any]) -> None:
    import h5py

    if values.dtype.kind == "U":
        encoded = np.char.encode(values, "utf-8") if len(values) else np.empty(0, "S1")
        text = h5py.string_dtype("utf-8", max(1, encoded.dtype.itemsize))
        group.create_dataset(name, data=encoded.astype(text), track_times=False)
    else:
        group.create_dataset(name, data=values, track_times=False)
