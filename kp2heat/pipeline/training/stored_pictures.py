"""Pictures out of shards, decoded: the input of a sample, or the image that it is cut from."""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Bytes, Floats
from kp2heat.errors import InputError
from kp2heat.pipeline.training.augment_geometry import compose
from kp2heat.pipeline.training.crops import crop_image
from kp2heat.pipeline.training.image_files import decode_image
from kp2heat.shards.reading.dataset import Shards
from kp2heat.shards.reading.shard import Shard


def stored_picture(shard: Shard, row: int) -> Bytes:
    """Return the picture (h, w, 3) uint8 RGB that a shard stores for a sample; InputError where it is broken."""
    encoded, name = shard.encoded_image(row), f"{shard.path.name}, picture of sample {row}"
    if shard.images is not None and shard.images.encoding == "raw":
        return encoded
    size = shard.columns["image_size"][row].tolist() if _holds_whole(shard) else shard.frame.input_size
    width, height = size
    return decode_image(encoded.tobytes(), name, (int(width), int(height)))


def input_picture(shards: Shards, i: int, matrix: Floats) -> Bytes:
    """Return the input (h, w, 3) uint8 of sample i through this frame, image px to input px.

    A stored crop is the input of the sample's own frame; through another frame, what lies beyond the crop is black.
    """
    shard, row = _place(shards, i)
    picture, moved = stored_picture(shard, row), _from_stored(shard, row, matrix)
    return picture if moved is None else np.asarray(crop_image(picture, moved, shard.frame.input_size))


def within_stored(shards: Shards, i: int, matrix: Floats, mask: Bytes) -> Bytes:
    """Return a mask (h, w) of the image through this frame, 0 where ``input_picture`` is beyond a stored crop."""
    shard, row = _place(shards, i)
    moved = _from_stored(shard, row, matrix)
    if moved is None or _holds_whole(shard):
        return mask
    size = shard.frame.input_size
    reached = crop_image(np.ones(size[::-1], np.uint8), moved, size, interpolation="nearest")
    return np.asarray(mask * reached)


def _holds_whole(shard: Shard) -> bool:
    """Return whether the stored pictures are whole images, and no crops."""
    return shard.images is not None and shard.images.holds == "whole"


def _place(shards: Shards, i: int) -> tuple[Shard, int]:
    """Return the shard that stores the picture of sample i, and its row there; InputError where none does."""
    number = int(np.searchsorted(shards.starts, i, side="right")) - 1
    shard = shards.shards[number]
    if shard.images is None:
        raise InputError(
            shard.path.name, "holds no pictures", "give the images, or encode with --with-images"
        )
    return shard, i - shards.starts[number]


def _from_stored(shard: Shard, row: int, matrix: Floats) -> Floats | None:
    """Return the affine from the stored picture to the input of this frame; None where it is that input."""
    if _holds_whole(shard):
        return matrix
    stored_frame = shard.columns["frame"][row]
    if np.array_equal(matrix, stored_frame):
        return None
    return compose(matrix, np.linalg.inv(np.vstack([stored_frame, [0, 0, 1]]))[:2])
