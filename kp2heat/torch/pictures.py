"""Pictures of bytes as normalised tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kp2heat import compiled
from kp2heat.arrays import Bytes, Floats
from kp2heat.errors import InputError
from kp2heat.libraries import opencv


@dataclass(frozen=True, eq=False)
class Normalisation:
    """What a byte of each channel becomes: (v / 255 - mean) / std, float32.

    table  (3, 256) float32

    >>> picture = np.full((2, 4, 3), 255, np.uint8)
    >>> normalisation((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))(picture).shape
    torch.Size([3, 2, 4])
    """

    table: Floats

    def __call__(self, picture: Bytes) -> Tensor:
        """Return the picture (h, w, 3) uint8 as (3, h, w) float32; InputError where it is no such picture."""
        if picture.dtype != np.uint8 or picture.shape[2:] != (3,):
            found = f"has shape {picture.shape} and dtype {picture.dtype}"
            raise InputError("image", found, "give (h, w, 3) uint8 RGB")
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


def normalisation(mean: Sequence[float] | None, std: Sequence[float] | None) -> Normalisation:
    """Return the normalisation by the mean and standard deviation of three channels, of pictures of 0 to 1."""
    values = torch.arange(256.0).repeat(3, 1).div_(255)
    middle, width = torch.tensor(mean or (0.0,) * 3), torch.tensor(std or (1.0,) * 3)
    return Normalisation(values.sub_(middle.reshape(3, 1)).div_(width.reshape(3, 1)).numpy())
