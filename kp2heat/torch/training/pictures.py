"""Pictures of bytes as tensors: of normalised floats, or of the bytes, which the device normalises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kp2heat import compiled
from kp2heat.arrays import Bytes, Floats
from kp2heat.errors import InputError, SpecError
from kp2heat.libraries import opencv


@dataclass(frozen=True, eq=False)
class Normalisation:
    """What a byte of each channel becomes: (v / 255 - mean) / std, float32, as :func:`normalize_images` computes it.

    table  (3, 256) float32

    >>> picture = np.full((2, 4, 3), 255, np.uint8)
    >>> normalisation((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))(picture).shape
    torch.Size([3, 2, 4])
    """

    table: Floats

    def __call__(self, picture: Bytes) -> Tensor:
        """Return the picture (h, w, 3) uint8 as (3, h, w) float32; InputError where it is no such picture."""
        _check(picture)
        values = np.empty((3, *picture.shape[:2]), np.float32)
        loops = compiled.prepared_loops()
        look_up = _look_up if loops is None else loops.looked_up
        look_up(np.ascontiguousarray(picture), self.table, values)
        return torch.from_numpy(values)


def _look_up(picture: Bytes, table: Floats, out: NDArray[np.float32]) -> None:
    """Fill out (3, h, w) with table (3, 256) at picture (h, w, 3), as the compiled loop does."""
    cv2 = opencv()
    for channel, row, plane in zip(cv2.split(picture), table, out, strict=True):
        cv2.LUT(channel, row, plane)


def picture_bytes(picture: Bytes) -> Tensor:
    """Return the picture (h, w, 3) uint8 as (3, h, w) uint8, whose colours lie side by side: nothing is copied if they do."""
    _check(picture)
    return torch.from_numpy(np.ascontiguousarray(picture).transpose(2, 0, 1))


def _check(picture: Bytes) -> None:
    if not isinstance(picture, np.ndarray):
        raise InputError(
            "image", f"is of type {type(picture).__name__}", "give (h, w, 3) uint8 RGB, of NumPy"
        )
    if picture.dtype != np.uint8 or picture.shape[2:] != (3,):
        found = f"has shape {picture.shape} and dtype {picture.dtype}"
        raise InputError("image", found, "give (h, w, 3) uint8 RGB")


def normalisation(mean: Sequence[float] | None, std: Sequence[float] | None) -> Normalisation:
    """Return the normalisation by the mean and standard deviation of three channels, of pictures of 0 to 1."""
    every_byte = torch.arange(256, dtype=torch.uint8).expand(1, 3, 1, 256)
    return Normalisation(normalize_images(every_byte, mean, std).reshape(3, 256).numpy())


def normalize_images(
    images: Tensor, mean: Sequence[float] | None = None, std: Sequence[float] | None = None
) -> Tensor:
    """Return images (..., 3, h, w) uint8 as float32, on their device and as they lie in memory: (v / 255 - mean) / std.

    For batches of ``PoseDataset(image_dtype="uint8")``. The bits are those of its float32 items, as long as the device
    divides as IEEE 754 says; a device that divides otherwise is within a rounding of each of the three steps.
    InputError on other images, floats above all, SpecError on other than three numbers.

    >>> normalize_images(torch.full((2, 3, 4, 4), 255, dtype=torch.uint8), (0.5,) * 3, (0.5,) * 3).unique()
    tensor([1.])
    """
    if not isinstance(images, Tensor) or images.dtype != torch.uint8 or images.shape[-3:-2] != (3,):
        found = (
            f"has shape {tuple(np.shape(images))} and dtype {getattr(images, 'dtype', type(images).__name__)}"
        )
        raise InputError("images", found, "give a tensor (..., 3, h, w) of uint8, not yet divided by 255")
    middle, width = (
        torch.tensor(values, device=images.device).reshape(3, 1, 1)
        for values in (_of_channels("mean", mean, 0.0), _of_channels("std", std, 1.0))
    )
    # Divided by a tensor on the device: PyTorch multiplies a GPU's tensors by the reciprocal of a Python number.
    return images.float().div_(torch.full_like(width, 255)).sub_(middle).div_(width)


def _of_channels(name: str, values: Sequence[float] | None, default: float) -> list[float]:
    """Return a number per channel; SpecError where it is none, or no width above 0."""
    try:
        numbers = [default] * 3 if values is None else [float(value) for value in values]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) != 3 or not np.isfinite(numbers).all() or (name == "std" and min(numbers) <= 0):
        todo = "give three numbers" + " above 0" * (name == "std") + ", of pictures of 0 to 1"
        raise SpecError(name, f"{values!r} cannot be used", todo)
    return numbers


def to_tensor(
    dtype: str, mean: Sequence[float] | None, std: Sequence[float] | None
) -> Callable[[Bytes], Tensor]:
    """Return what makes a picture a tensor of this dtype; SpecError on other dtypes, and where bytes have a mean."""
    if dtype not in ("float32", "uint8"):
        raise SpecError("image_dtype", f"'{dtype}' is not known", "use float32 or uint8")
    if dtype == "float32":
        return normalisation(mean, std)
    if mean is not None or std is not None:
        raise SpecError(
            "image_dtype", "uint8 is not normalised", "give mean and std to kp2heat.torch.normalize_images"
        )
    return picture_bytes
