"""Shards as the entries of a zarr store, version 2: its metadata, and chunks that lie in the shards as they are.

A chunk of a shard is a zlib stream, shuffled or not, which is what zarr stores (Zarr specification, version 2;
codecs by their names in numcodecs). So nothing is inflated: a store copies the streams, references point at them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from zlib_ng import zlib_ng

from kp2heat.errors import InputError
from kp2heat.shards.deflate import dense
from kp2heat.shards.reading.dataset import Shards
from kp2heat.shards.reading.hdf5_guard import opened
from kp2heat.shards.reading.shard import Shard
from kp2heat.shards.schema import PERSON_COLUMNS

TABLE_ROWS = 4096
"""Rows of a chunk of a table."""
DRAWN_ROWS = 64
"""Rows of a chunk of planes that are drawn: shards are cut on multiples of it."""


class Span(NamedTuple):
    """Bytes of a file: where they begin, and how many."""

    file: Path
    start: int
    size: int


Entries = Iterator[tuple[str, bytes | Span]]


def zarr_entries(shards: Shards, progress: Callable[[int], None]) -> Entries:
    """Yield the keys of a store and what is under each; progress is called with the number of finished rows."""
    first = shards.shards[0]
    yield from _group("", {name: first.attrs[name] for name in ("format", "input_size", "spec", "skeleton")})
    for level in shards.levels:
        yield from _group(f"{level}/", _attributes(first, level))
        for plane, (row, dtype) in shards.levels[level].planes.items():
            yield from _plane(shards, level, plane, row, np.dtype(dtype))
    tables = {"samples": {name: shards.column(name) for name in first.columns}}
    people = shards.truth
    tables["people"] = {name: getattr(people, name) for name in (*PERSON_COLUMNS, "sample")}
    for table, columns in tables.items():
        yield from _group(f"{table}/", {})
        for name, values in columns.items():
            yield from _column(f"{table}/{name}", values)
    progress(len(shards))


def _group(path: str, attributes: dict[str, Any]) -> Entries:
    yield f"{path}.zgroup", b'{"zarr_format": 2}'
    yield f"{path}.zattrs", json.dumps(attributes).encode()


def _attributes(shard: Shard, level: str) -> dict[str, Any]:
    """Return the attributes of a level as JSON values."""
    with opened(shard.path) as file:
        values = {name: value for name, value in file[level].attrs.items() if name != "planes"}
    return {
        name: value.decode() if isinstance(value, bytes) else np.asarray(value).tolist()
        for name, value in values.items()
    }


def _metadata(shape: tuple[int, ...], rows: int, dtype: np.dtype[Any], *, shuffled: bool = False) -> bytes:
    about = {
        "zarr_format": 2,
        "shape": list(shape),
        "chunks": [rows, *shape[1:]],
        "dtype": dtype.str,
        "compressor": {"id": "zlib", "level": 1},
        "filters": [{"id": "shuffle", "elementsize": dtype.itemsize}] if shuffled else None,
        "fill_value": None if dtype.kind == "U" else 0,
        "order": "C",
    }
    return json.dumps(about).encode()


def _plane(shards: Shards, level: str, plane: str, row: tuple[int, ...], dtype: np.dtype[Any]) -> Entries:
    """Yield one plane of all shards as one array."""
    rows, shuffled, path = DRAWN_ROWS, False, f"{level}/{plane}"
    if shards.stores_maps:
        with opened(shards.shards[0].path) as file:
            data = file[path]
            rows, shuffled = data.chunks[0], bool(data.shuffle)
    yield f"{path}/.zarray", _metadata((len(shards), *row), rows, dtype, shuffled=shuffled)
    for shard, first in zip(shards.shards, shards.starts, strict=False):
        if first % rows:
            found = f"begins with sample {first}, which is not on a border of chunks of {rows}"
            raise InputError(shard.path.name, found, "give the shards of one folder, in their order")
        for start, entry in _chunks(shard, level, plane, rows, shuffled):
            yield f"{path}/{_key((first + start) // rows, len(row) + 1)}", entry


def _key(chunk: int, dimensions: int) -> str:
    return ".".join([str(chunk), *"0" * (dimensions - 1)])


def _chunks(
    shard: Shard, level: str, plane: str, rows: int, shuffled: bool
) -> Iterator[tuple[int, bytes | Span]]:
    """Yield the first row and the stream of each chunk, compressed anew where the shard's chunks are of other rows."""
    places: list[tuple[int, Span]] = []
    if shard.stores_maps:
        with opened(shard.path) as file:
            data = file[f"{level}/{plane}"]
            if data.chunks[0] == rows:
                data.id.chunk_iter(
                    lambda c: places.append((c.chunk_offset[0], Span(shard.path, c.byte_offset, c.size)))
                )
                yield from places
                return
    for start in range(0, len(shard), rows):
        values = shard.read(level, plane, start, min(start + rows, len(shard)))
        yield start, bytes(next(iter(dense.compress(values, rows, shuffle=shuffled))))
    shard.close()


def _column(path: str, values: NDArray[Any]) -> Entries:
    """Yield a column of a table, chunks filled up with zeros."""
    values = values.astype(np.str_) if values.dtype.kind in "OT" else values
    rows = max(1, min(TABLE_ROWS, len(values)))
    yield f"{path}/.zarray", _metadata(values.shape, rows, values.dtype)
    for start in range(0, len(values), rows):
        chunk = np.zeros((rows, *values.shape[1:]), values.dtype)
        part = values[start : start + rows]
        chunk[: len(part)] = part
        yield f"{path}/{_key(start // rows, values.ndim)}", bytes(zlib_ng.compress(chunk.tobytes(), 1))
