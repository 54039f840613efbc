"""The inputs of samples: pictures cut out of images or read from shards, and the masks that go with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bytes, Floats, Ints
from kp2heat.drawing.labels import LabelSource
from kp2heat.errors import InputError, SpecError, plural
from kp2heat.pipeline.training.crops import cut
from kp2heat.pipeline.training.image_files import ImageFiles, missing_images
from kp2heat.pipeline.training.masks import ImageMasks
from kp2heat.pipeline.training.stored_pictures import input_picture, within_stored
from kp2heat.shards.reading.dataset import Shards


@dataclass(frozen=True, eq=False)
class Inputs:
    """The pictures of samples, and their masks, through any frame.

    labels  the samples
    images  where the pictures are: files, or a function name -> (h, w, 3) uint8 RGB; None where shards store them
    shards  what stores them; None, without images too: there are no pictures
    masks   the masks of the images; None where none are asked for
    """

    labels: LabelSource
    images: ImageFiles | Callable[[str], Bytes] | None
    shards: Shards | None
    masks: ImageMasks | None

    @classmethod
    def of(
        cls,
        labels: LabelSource,
        shards: Shards | None,
        images: str | Path | Callable[[str], Bytes] | None,
        mask: bool,
    ) -> Inputs:
        """Return the inputs from ``images``, or without them from the shards; SpecError for masks of no pictures."""
        source = ImageFiles(images) if isinstance(images, str | Path) else images
        stored = shards if source is None and shards is not None and shards.images is not None else None
        if mask and source is None and stored is None:
            raise SpecError("mask", "is of pictures, and there are none", "give images")
        return cls(labels, source, stored, ImageMasks.of(labels.annotations) if mask else None)

    def __call__(self, i: int, matrix: Floats) -> dict[str, Bytes]:
        """Return what sample i shows through this frame (2, 3), image px to input px.

        "image" (h, w, 3), where there are pictures, and "mask" (h, w), where it is asked for; both uint8.
        """
        if self.images is None and self.shards is None:
            return {}
        image = self._picture(i, matrix)
        return {"image": image} if self.masks is None else {"image": image, "mask": self._mask(i, matrix)}

    def names(self, rows: Ints) -> NDArray[Any]:
        """Return the names of the images of these samples."""
        return np.asarray(self.labels.annotations.images.file_name[self.labels.samples.image[rows]])

    def available(self, on_error: str) -> tuple[Ints, tuple[str, ...]]:
        """Return the samples whose images are there, and the names of missing ones, which are an error unless skipped."""
        rows = np.arange(len(self.labels))
        if not isinstance(self.images, ImageFiles):
            return rows, ()
        names = self.names(rows)
        missing = missing_images(self.images, names.tolist())
        if missing and on_error != "skip":
            raise InputError(
                str(self.images.source),
                f"{plural(len(missing), 'image')} missing, the first is '{missing[0]}'",
                'check the folder or archive of images, or leave these samples out with on_error="skip"',
            )
        return rows[~np.isin(names, missing)] if missing else rows, tuple(missing)

    def _picture(self, i: int, matrix: Floats) -> Bytes:
        if self.shards is not None:
            return input_picture(self.shards, i, matrix)
        samples, images = self.labels.samples, self.labels.annotations.images
        image = samples.image[i]
        name = str(images.file_name[image])
        if isinstance(self.images, ImageFiles):
            width, height = images.size[image].tolist()
            whole = self.images.read(name, (width, height))
        else:
            whole = self.images(name)  # type: ignore[misc]
        return cut(whole, matrix, samples.frame.input_size)

    def _mask(self, i: int, matrix: Floats) -> Bytes:
        """Return the image's mask, moved by the affine that moves its picture."""
        samples = self.labels.samples
        whole, size = self.masks(int(samples.image[i])), samples.frame.input_size  # type: ignore[misc]
        mask = cut(whole, matrix, size, interpolation="nearest")
        return mask if self.shards is None else within_stored(self.shards, i, matrix, mask)
