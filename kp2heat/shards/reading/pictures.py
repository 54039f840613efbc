"""The pictures that a shard may carry with its labels, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kp2heat.arrays import Ints
from kp2heat.errors import ShardError
from kp2heat.shards.reading import hdf5_guard
from kp2heat.shards.reading.hdf5_guard import AGAIN
from kp2heat.shards.schema import IMAGE_ROW, IMAGES
from kp2heat.spec.fields import ENCODINGS, IMAGES_AS


@dataclass(frozen=True, eq=False)
class ImagesInfo:
    """How the pictures of a shard are stored.

    encoding  png, jpeg, webp or raw
    holds     "crop": the network's input of each sample; "whole": the images
    row       (N,) the picture of each sample; ``count`` of them
    """

    encoding: str
    holds: str
    row: Ints
    count: int


def images_info(file: Any, samples: Any, rows: int, where: str) -> ImagesInfo | None:
    """Return how pictures are stored, None where none are; ShardError where they are not of this format."""
    group = hdf5_guard.member(file, IMAGES, where)
    if group is None:
        return None
    encoding, holds = (hdf5_guard.text(group, name, where) for name in ("encoding", "holds"))
    if encoding not in ENCODINGS or holds not in IMAGES_AS:
        raise ShardError(where, f"/{IMAGES} is of {encoding[:20]} {holds[:20]}, not known here", AGAIN)
    data = hdf5_guard.member(group, "data", where)
    count = int(data.shape[0]) if getattr(data, "shape", None) else 0
    hdf5_guard.check_plane(data, count, f"{where}, /{IMAGES}/data")
    row = hdf5_guard.table(samples, IMAGE_ROW, (rows,), "<i8", where)
    if data.dtype != "|u1" or (len(row) and not 0 <= row.min() <= row.max() < count):
        raise ShardError(where, f"/samples/{IMAGE_ROW} does not number the pictures", AGAIN)
    return ImagesInfo(encoding, holds, row, count)
