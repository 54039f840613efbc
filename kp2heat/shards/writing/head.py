"""What HDF5 writes of a shard before its streams, kept: shards of one encoding differ in few of its bytes.

HDF5 takes as long to lay out a shard as it takes to draw a thousand people. What differs from shard to shard,
its columns, its chunks and its fingerprint, is left blank here, and where it goes is noted.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from kp2heat.shards.schema import LevelLayout, PlaneLayout
from kp2heat.shards.writing import chunk_index

LIBVER = ("v110", "v110")
"""Readers from HDF5 1.10 on; chunk indexes of 20 bytes a chunk rather than 66."""
GROWTH = 1 << 20
"""Bytes by which the head of the file grows."""
FINGERPRINT = "fingerprint"
BLANK = "\x7f"
"""What stands for every letter of it; no other text holds as many."""

Place = tuple[str, str]
"""The names of a group and of what is in it; "" is the file itself."""


def blanked(attrs: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes of a file as those of all files of its shape."""
    return {key: BLANK * len(value) if key == FINGERPRINT else value for key, value in attrs.items()}


@dataclass(frozen=True)
class Shape:
    """All that heads of one shape have in common.

    attrs    of the file; its fingerprint left blank, ``blanked``
    alone    the streams of planes that have only one chunk, which HDF5 stores itself
    columns  dtype and shape of each
    """

    rows: int
    attrs: Mapping[str, Any]
    levels: tuple[LevelLayout, ...]
    alone: Mapping[Place, bytes]
    columns: Mapping[Place, tuple[str, tuple[int, ...]]]

    def head(self) -> Head:
        """Laid out by HDF5, or the one that was before."""
        return _kept(pickle.dumps(self))


@dataclass(frozen=True)
class Head:
    """A file without its streams.

    blanks   where columns and the fingerprint begin; a column of no bytes is nowhere
    indexes  where the index of the chunks begins of planes that have more than one, for ``chunk_index.fill``
    """

    image: bytes
    blanks: Mapping[Place, int]
    indexes: Mapping[Place, int]


@lru_cache(maxsize=2)
def _kept(pickled: bytes) -> Head:
    """By the pickled shape, for mappings cannot be hashed. Two: the last shard is shorter."""
    import h5py

    shape: Shape = pickle.loads(pickled)
    first: dict[Place, int] = {}
    with h5py.File("head", "w", driver="core", backing_store=False, block_size=GROWTH, libver=LIBVER) as file:
        _set(file, shape.attrs)
        for level in shape.levels:
            _set(file.create_group(level.name), level.attrs)
            for key, layout in level.planes.items():
                first[level.name, key] = _chunked(file, (level.name, key), layout, shape)
        blanks = {place: _column(file, place, *kind) for place, kind in shape.columns.items()}
        _set(file, {"complete": True})
        file.flush()
        image = file.id.get_file_image()
    indexes = {place: chunk_index.find(image, at) for place, at in first.items() if place not in shape.alone}
    if FINGERPRINT in shape.attrs:
        blanks["", FINGERPRINT] = image.index(shape.attrs[FINGERPRINT].encode())
    return Head(image, blanks, indexes)


def _set(group: Any, attrs: Mapping[str, Any]) -> None:
    for key, value in attrs.items():
        group.attrs[key] = value


def _chunked(file: Any, place: Place, layout: PlaneLayout, shape: Shape) -> int:
    """A dataset of which the first chunk is stored, a stand-in where there are more; where that is."""
    data = file.create_dataset(
        "/".join(place), shape=(shape.rows, *layout.row), dtype=layout.dtype, chunks=layout.chunks(shape.rows),
        compression="gzip", compression_opts=1, track_times=False,
    )  # fmt: skip
    origin = (0,) * data.ndim
    data.id.write_direct_chunk(origin, shape.alone.get(place, chunk_index.STAND_IN))
    return int(data.id.get_chunk_info_by_coord(origin).byte_offset)


def _column(file: Any, place: Place, dtype: str, size: tuple[int, ...]) -> int:
    """A dataset of zeros; where it is, 0 if it has no bytes."""
    import h5py

    kind = np.dtype(dtype)
    stored = h5py.string_dtype("utf-8", kind.itemsize) if kind.kind == "S" else kind
    data = file.create_dataset("/".join(place), data=np.zeros(size, stored), track_times=False)
    return int(data.id.get_offset()) if data.size else 0
