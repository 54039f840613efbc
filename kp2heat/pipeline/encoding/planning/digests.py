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

PIECE = 1 << 14
"""Texts that are written as JSON at a time."""


def annotations_digest(annotations: Annotations) -> str:
    """Return the hex sha256 of everything in the annotations that reaches a shard."""
    digest = sha256(json.dumps(annotations.skeleton.to_json(), sort_keys=True).encode())
    images = annotations.images
    people = [
        getattr(annotations, name) for name in ("xy", "visible", "bbox", "area", "crowd", "image", "id")
    ]
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
