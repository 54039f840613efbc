"""Masks of the network's input: which of its pixels show the image, and where people in it are not labelled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kp2heat.annotations import Annotations
from kp2heat.arrays import Bytes, Floats, Ints
from kp2heat.errors import InputError

BEYOND, IMAGE, IGNORED = 0, 1, 2
"""What a mask's pixel is: beyond the image, the image, or a place whose people are not labelled."""


@dataclass(frozen=True, eq=False)
class ImageMasks:
    """The masks of images, by their row of the image table.

    A pixel is ``IGNORED`` where its centre lies in the box of a crowd region or of a person without a labelled joint,
    and in no box of a labelled person, whose labels are drawn: OpenPose's mask of what the loss leaves out, by boxes.

    row    (N,) int64: rows of the annotations ordered by image
    image  (N,) int64, ascending: the image of each

    >>> import kp2heat
    >>> masks = ImageMasks.of(kp2heat.read("sample_data/annotations.json"))
    >>> masks(0).shape, int(masks(0).min())
    ((240, 320), 1)
    """

    annotations: Annotations
    row: Ints
    image: Ints

    @classmethod
    def of(cls, annotations: Annotations) -> ImageMasks:
        """Return the masks of the images of these annotations."""
        row = np.argsort(annotations.image, kind="stable")
        return cls(annotations, row, annotations.image[row])

    def __call__(self, image: int) -> Bytes:
        """Return (h, w) uint8 of one image; InputError where the annotations do not state its size."""
        size, name = self.annotations.images.size[image], str(self.annotations.images.file_name[image])
        if not size.all():
            fix = "read the annotations with the images' sizes: kp2heat.read(path, images=FOLDER)"
            raise InputError(name, "has no stated size, which its mask needs", fix)
        mask = np.full((size[1], size[0]), IMAGE, np.uint8)
        first, last = np.searchsorted(self.image, (image, image + 1))
        rows = self.row[first:last]
        labelled = (self.annotations.visible[rows] > 0).any(axis=1) & ~self.annotations.crowd[rows]
        if not labelled.all():
            _fill(mask, self.annotations.bbox[rows[~labelled]], IGNORED)
            _fill(mask, self.annotations.bbox[rows[labelled]], IMAGE)
        return mask


def _fill(mask: Bytes, boxes: Floats, value: int) -> None:
    """Give the pixels (h, w) whose centres lie in boxes (B, 4) this value; a box's numbers are edges of pixels."""
    known = boxes[np.isfinite(boxes).all(axis=1)]
    corners = np.concatenate([known[:, :2], known[:, :2] + known[:, 2:]], axis=1)
    for x0, y0, x1, y1 in np.clip(np.ceil(corners - 0.5), 0, None).astype(int).tolist():
        mask[y0:y1, x0:x1] = value
