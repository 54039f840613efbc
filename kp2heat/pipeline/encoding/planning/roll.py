"""What planning asks of every annotation: a few bytes each, where the annotations themselves take hundreds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.annotations import Annotations, Images
from kp2heat.arrays import Bools, Ints
from kp2heat.formats.chunks import by_rows
from kp2heat.pipeline.encoding.planning.digests import RunningDigest
from kp2heat.pipeline.encoding.planning.framing import usable_boxes


@dataclass(frozen=True, eq=False)
class Roll:
    """N annotations, without their positions.

    head      the annotations without a row: skeleton, images, sources
    image, id, crowd  as ``Annotations`` has them
    labelled  (N,) whether it has a labelled joint; boxed: whether it has a box that can be cropped to
    digest    hash of the annotations
    """

    head: Annotations
    image: Ints
    id: NDArray[Any]
    crowd: Bools
    labelled: Bools
    boxed: Bools
    digest: str

    @property
    def images(self) -> Images:
        """The table of images."""
        return self.head.images

    @property
    def source(self) -> str:
        """The file they came from."""
        return self.head.source


class RollCall:
    """The annotations of a job, block by block."""

    def __init__(self) -> None:
        self._blocks: list[tuple[NDArray[Any], ...]] = []
        self._digest = RunningDigest()

    def add(self, block: Annotations) -> None:
        """Take the next rows."""
        labelled = by_rows(lambda visible: (visible > 0).any(axis=1), block.visible)
        self._blocks.append(
            (block.image, block.id, np.array(block.crowd), labelled, by_rows(usable_boxes, block.bbox))
        )
        self._digest.add(block)

    def roll(self, head: Annotations) -> Roll:
        """Return what was taken, and let go of it; ``head``: the annotations without a row, or any of them."""
        image, ids, crowd, labelled, boxed = (
            parts[0] if len(parts) == 1 else np.concatenate(parts)
            for parts in zip(*self._blocks, strict=True)
        )
        self._blocks.clear()
        return Roll(head, image, ids, crowd, labelled, boxed, self._digest.hexdigest(head))


def roll_of(annotations: Annotations) -> Roll:
    """Return the roll of annotations that are in memory."""
    call = RollCall()
    call.add(annotations)
    return call.roll(annotations)
