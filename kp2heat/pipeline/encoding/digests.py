"""Hashes that tell whether an encoding, or a shard of it, is of the same annotations."""

from __future__ import annotations

import json
from hashlib import sha256

import numpy as np

from kp2heat.annotations import Annotations
from kp2heat.drawing.samples import Samples


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
        digest.update(json.dumps(column.tolist()).encode() if column.dtype.kind == "U" else column.tobytes())
    return digest.hexdigest()


def samples_digest(samples: Samples) -> str:
    """Return the hex sha256 of the samples' images, people and frames."""
    columns = (samples.image, samples.sample, samples.frame.matrix, samples.others_sample)
    return sha256(b"".join(np.ascontiguousarray(column).tobytes() for column in columns)).hexdigest()
