"""The annotations of a COCO file or results list that have keypoints, and these as one matrix where they can be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from kp2heat.formats.coco_schema import Annotation, TextAnnotation, decoded
from kp2heat.formats.json_numbers import matrix
from kp2heat.formats.load import Content

SHORT = 4
"""Characters of "null"."""
NOTHING = {b"", b"null", b"[]"}


@dataclass(frozen=True)
class Labelled:
    """A decoded file, its annotations with keypoints, and which of all (``total``) these are.

    values  their keypoints: (N, L) float64 where each is a list of L numbers, else objects as they come
    """

    file: Any
    total: int
    rows: Sequence[Annotation]
    kept: list[int]
    values: NDArray[np.float64] | list[Any]


def labelled(
    content: Content, container: Any, annotations: Callable[[Any], Sequence[Annotation]]
) -> Labelled:
    """The file as a ``container`` of annotations; InputError as ``decode`` raises it.

    Lists of as many numbers never become Python objects; a file that holds other keypoints, or is no JSON, is
    decoded once more in full.
    """
    source, data = content.name, content.take()
    with suppress(msgspec.DecodeError, ValueError, RecursionError):
        found = _from_texts(msgspec.json.decode(data, type=container[TextAnnotation]), annotations)
        if found is not None:
            return found
    file = decoded(source, data, container[Annotation])
    everything = annotations(file)
    kept = [i for i, row in enumerate(everything) if row.keypoints]
    rows = [everything[i] for i in kept]
    return Labelled(file, len(everything), rows, kept, [row.keypoints for row in rows])


def _from_texts(file: Any, annotations: Callable[[Any], Sequence[Annotation]]) -> Labelled | None:
    everything = annotations(file)
    texts = [row.keypoints for row in everything]
    if {bytes(text) for text in texts if len(text) <= SHORT} - NOTHING:
        return None
    kept = [i for i, text in enumerate(texts) if len(text) > SHORT]
    texts = [texts[i] for i in kept]
    values = matrix(texts) if texts else np.zeros((0, 0))
    if values is None:
        return None
    return Labelled(file, len(everything), [everything[i] for i in kept], kept, values)
