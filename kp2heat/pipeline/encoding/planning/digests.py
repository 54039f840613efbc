"""Hashes that tell whether an encoding, or a shard of it, is of the same annotations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.annotations import Annotations
from kp2heat.drawing.samples import Samples

PEOPLE = ("xy", "visible", "bbox", "area", "crowd", "image", "id")
"""Columns of annotations that reach a shard, and ``category`` where there is one."""
VERSION = "columns-"
PIECE = 1 << 14
"""Texts that are written as JSON at a time."""


def annotations_digest(annotations: Annotations) -> str:
    """Return the hex sha256 of everything in a shard's annotations that reaches it."""
    digest = sha256(json.dumps(annotations.skeleton.to_json(), sort_keys=True).encode())
    images = annotations.images
    people = [getattr(annotations, name) for name in PEOPLE]
    if (annotations.category != "").any():
        people.append(annotations.category)
    for column in (*people, images.id, images.file_name, images.size):
        digest.update(f"{column.dtype.kind}{column.shape}".encode())
        if column.dtype.kind == "U":
            for text in _json_list(column):
                digest.update(text.encode())
        else:
            digest.update(np.ascontiguousarray(column).data.cast("B") if column.size else b"")
    return digest.hexdigest()


class RunningDigest:
    """The hex sha256 of everything in the annotations of a job, fed block by block: where they are cut changes nothing.

    It is a hash of one hash per column, so that a part of the job need not hold the columns of others. ``VERSION``
    tells it from the hash of version 0.1.0, which went over one column after the other.
    """

    def __init__(self) -> None:
        self._columns = {name: sha256() for name in (*PEOPLE, "category")}
        self._rows = 0
        self._categories = False

    def add(self, block: Annotations) -> None:
        """Take the next rows."""
        self._rows += len(block)
        self._categories = self._categories or bool((block.category != "").any())
        for name, digest in self._columns.items():
            _update(digest, getattr(block, name))

    def hexdigest(self, head: Annotations) -> str:
        """Return the hash of all rows; ``head``: annotations with the skeleton and the images."""
        images = head.images
        parts = [head.skeleton.to_json(), self._rows, len(images)]
        names = (*PEOPLE, "category") if self._categories else PEOPLE
        parts += [[name, self._columns[name].hexdigest()] for name in names]
        for name in ("id", "file_name", "size"):
            digest = sha256()
            _update(digest, getattr(images, name))
            parts.append([f"images.{name}", digest.hexdigest()])
        return VERSION + sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _update(digest: Any, column: NDArray[Any]) -> None:
    """Feed rows of a column: the bytes of numbers, the JSON of texts with a comma behind each."""
    if column.dtype.kind != "U":
        digest.update(np.ascontiguousarray(column).data.cast("B") if column.size else b"")
        return
    for start in range(0, len(column), PIECE):
        digest.update(json.dumps(column[start : start + PIECE].tolist())[1:-1].encode() + b", ")


def _json_list(texts: NDArray[Any]) -> Iterator[str]:
    """Yield the JSON of a list of texts in pieces: all of them at once would be copied several times."""
    yield "["
    for start in range(0, len(texts), PIECE):
        yield (", " if start else "") + json.dumps(texts[start : start + PIECE].tolist())[1:-1]
    yield "]"


def samples_digest(samples: Samples) -> str:
    """Return the hex sha256 of the samples' images, people and frames."""
    columns = (samples.image, samples.sample, samples.frame.matrix, samples.others_sample)
    return sha256(b"".join(np.ascontiguousarray(column).tobytes() for column in columns)).hexdigest()
