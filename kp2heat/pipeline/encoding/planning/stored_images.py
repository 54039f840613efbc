"""The pictures that shards carry: each sample's crop, or the images it was cut from, encoded, a row of bytes each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.annotations import Annotations
from kp2heat.arrays import Bytes, Ints
from kp2heat.drawing.samples import Samples
from kp2heat.errors import InputError, SpecError, plural
from kp2heat.libraries import opencv
from kp2heat.pipeline.encoding.planning.roll import Roll
from kp2heat.pipeline.training.crops import crop_image
from kp2heat.pipeline.training.image_files import ImageFiles, decode_image, missing_images
from kp2heat.shards.deflate import dense
from kp2heat.shards.deflate.streams import ChunkStreams
from kp2heat.shards.schema import IMAGES, LevelLayout, PlaneLayout
from kp2heat.spec import Spec

SETTINGS: Mapping[str, tuple[str, str, int]] = {
    "png": (".png", "IMWRITE_PNG_COMPRESSION", 3),
    "jpeg": (".jpg", "IMWRITE_JPEG_QUALITY", 95),
    "webp": (".webp", "IMWRITE_WEBP_QUALITY", 95),
}
"""Encoding -> its suffix, and OpenCV's setting of it."""
MAGIC: Mapping[str, bytes] = {"png": b"\x89PNG", "jpeg": b"\xff\xd8\xff", "webp": b"RIFF"}
"""First bytes of a file: one that is encoded as wanted is stored as it is."""
BYTES_PER_PIXEL: Mapping[str, float] = {"png": 2.0, "jpeg": 0.6, "webp": 0.4, "raw": 2.5}
"""Roughly, on disk: for estimates alone."""


@dataclass(frozen=True, eq=False)
class StoredImages:
    """The pictures of one shard.

    layout  the group and its dataset ``data``: (I, bytes of the longest) uint8, filled up with zeros; raw: (I, h, w, 3)
    rows    a row of bytes, or a raw picture, each
    """

    layout: LevelLayout
    rows: tuple[Bytes, ...]

    def chunks(self) -> Iterator[tuple[str, str, int, ChunkStreams]]:
        """Yield the streams of the dataset, a picture at a time."""
        width = self.layout.planes["data"].row
        for number, row in enumerate(self.rows):
            padded = np.zeros((1, *width), np.uint8)
            padded[0, : len(row)] = row
            yield IMAGES, "data", number, dense.compress(padded, 1)


def check_images(annotations: Annotations, samples: Samples, spec: Spec, images: Path | str | None) -> None:
    """Raise an InputError where images that are to be stored are missing, or a SpecError where no place is given."""
    if spec.with_images is None:
        return
    if images is None:
        raise SpecError("with-images", "needs the images, and no place is given", "give --images FOLDER")
    names = annotations.images.file_name[np.unique(samples.image)]
    missing = missing_images(ImageFiles(images), names.tolist())
    if missing:
        raise InputError(
            str(images),
            f"{plural(len(missing), 'image')} missing, the first is '{missing[0]}'",
            "check the folder or archive of images, or leave these samples out with --on-error skip",
        )


def unreadable_images(roll: Roll, spec: Spec, images: Path | str | None) -> dict[int, str]:
    """Return row of the image table -> reason, for images that are to be stored and are missing or broken."""
    reasons: dict[int, str] = {}
    if spec.with_images is None or images is None:
        return reasons
    files, table = ImageFiles(images, keep=False), roll.images
    used = np.arange(len(table)) if spec.sample == "image" else np.unique(roll.image)
    for image in used.tolist():
        try:
            files.read(str(table.file_name[image]), tuple(table.size[image].tolist()))
        except InputError as error:
            reasons[image] = f"{error.where} {error.found}"
    return reasons


@lru_cache(maxsize=2)
def opened_images(source: Path | str) -> ImageFiles:
    """Return the images of a folder, zip or tar, or store, listed once per process."""
    return ImageFiles(source, keep=False)


def image_rows(samples: Samples, spec: Spec) -> Ints:
    """Return (S,): the stored picture of each sample."""
    if spec.images_as == "crop":
        return np.arange(len(samples))
    return np.asarray(np.unique(samples.image, return_inverse=True)[1]).reshape(-1)


def stored_images(annotations: Annotations, samples: Samples, spec: Spec, images: Path | str) -> StoredImages:
    """Return the pictures of a shard's samples, encoded; InputError names an image that cannot be read."""
    encoding, files, table = str(spec.with_images), opened_images(images), annotations.images
    rows: list[Bytes] = []
    last: tuple[int, Any] = (-1, None)
    for number, image in enumerate(samples.image if spec.images_as == "crop" else np.unique(samples.image)):
        name, size = str(table.file_name[image]), tuple(table.size[image].tolist())
        if spec.images_as == "whole":
            rows.append(_whole(files.read_bytes(name), name, size, encoding))
            continue
        if last[0] != image:
            last = int(image), files.read(name, size)
        crop = crop_image(last[1], samples.frame.matrix[number], samples.frame.input_size)
        rows.append(crop if encoding == "raw" else encode_image(crop, encoding))
    row = rows[0].shape if encoding == "raw" else (max(map(len, rows)),)
    attrs = {"encoding": encoding, "holds": spec.images_as}
    return StoredImages(
        LevelLayout(IMAGES, attrs, {"data": PlaneLayout(row, "|u1", 1)}, rows=len(rows)), tuple(rows)
    )


def encode_image(picture: NDArray[np.uint8], encoding: str) -> Bytes:
    """Return the encoded bytes (n,) of a picture (h, w, 3) RGB."""
    cv2 = opencv()
    suffix, setting, value = SETTINGS[encoding]
    _, data = cv2.imencode(suffix, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [getattr(cv2, setting), value])
    return np.asarray(data).reshape(-1)


def _whole(encoded: bytes, name: str, size: tuple[int, int], encoding: str) -> Bytes:
    picture = decode_image(encoded, name, size)  # a broken one is found now, and not while training
    if encoded.startswith(MAGIC[encoding]):
        return np.frombuffer(encoded, np.uint8)
    return encode_image(picture, encoding)


def image_bytes(annotations: Annotations, samples: Samples, spec: Spec) -> int:
    """Return the estimated bytes of a sample's picture on disk; 0 where none is stored."""
    if spec.with_images is None or not len(samples):
        return 0
    pixels = float(np.prod(samples.frame.input_size))
    if spec.images_as == "whole":
        used = np.unique(samples.image)
        pixels = annotations.images.size[used].astype(float).prod(axis=1).sum() / len(samples)
    return int(pixels * BYTES_PER_PIXEL[spec.with_images])
