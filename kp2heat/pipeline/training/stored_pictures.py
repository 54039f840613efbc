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
    whole = shard.images is not None and shard.images.holds == "whole"
    width, height = shard.columns["image_size"][row].tolist() if whole else shard.frame.input_size
    return decode_image(encoded.tobytes(), name, (int(width), int(height)))


def input_picture(shards: Shards, i: int, matrix: Floats) -> Bytes:
    """Return the input (h, w, 3) uint8 of sample i through this frame, image px to input px.

    A stored crop is the input of the sample's own frame; through another frame, what lies beyond the crop is black.
    """
    number = int(np.searchsorted(shards.starts, i, side="right")) - 1
    shard, row = shards.shards[number], i - shards.starts[number]
    picture, stored_frame = stored_picture(shard, row), shard.columns["frame"][row]
    if shard.images is None:
        raise InputError(
            shard.path.name, "holds no pictures", "give the images, or encode with --with-images"
        )
    if shard.images.holds == "whole":
        return np.asarray(crop_image(picture, matrix, shard.frame.input_size))
    if np.array_equal(matrix, stored_frame):
        return picture
    back = np.linalg.inv(np.vstack([stored_frame, [0, 0, 1]]))[:2]
    return np.asarray(crop_image(picture, compose(matrix, back), shard.frame.input_size))
