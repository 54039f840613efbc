"""OpenPifPaf's intensity fields: ``cif`` reads the vector at the surest cell, ``cifhr`` lets all cells vote.

In the second (csrc/src/cif_hr.cpp) every cell surer than 0.3 adds its confidence / 16 to the pixels round the
place it points at, as a Gaussian of half the joint's scale, at least 1 px, cut at one sigma, with (1 + x/8)^8 for
exp; sums end at 1. A joint is where a pixel has most, to the pixel.
"""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Floats, Ints
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement.locate import locate
from kp2heat.peaks import Peaks

CERTAIN = 0.3
NEIGHBOURS = 16


def _fields(planes: Planes) -> Floats:
    """Return (N, K, 5, H, W)."""
    n, channels, height, width = planes["cif"].shape
    return planes["cif"].reshape(n, channels // 5, 5, height, width).astype(np.float64)


def cif(planes: Planes, _level: Level, *, top: int = 1, threshold: float = 0.0) -> Peaks:
    """Return peaks (N, K), or (N, K, top), in cells: the surest cells and their vectors.

    >>> import kp2heat
    >>> from kp2heat.skeleton import Skeleton
    >>> leg = Skeleton(("knee", "ankle"), limbs=((0, 1),))
    >>> size = {"input_size": (96, 128), "codec": "openpifpaf"}
    >>> planes = kp2heat.encode([[[31.3, 52.8], [40.1, 90.4]]], size=(24, 32), skeleton=leg, **size)
    >>> kp2heat.decode(planes, method="cif", **size).xy.round(1).tolist()
    [[[31.3, 52.8], [40.1, 90.4]]]
    """
    fields = _fields(planes)
    located = locate(fields[:, :, 0], top, threshold)
    height, width = fields.shape[-2:]
    vectors = fields.reshape(-1, 5, height, width)[located.which, 1:3, located.y, located.x]
    return located.peaks((vectors[:, 0], vectors[:, 1], np.asarray(np.isfinite(vectors).all(axis=1))))


def accumulated(fields: Floats, stride: tuple[float, float]) -> Floats:
    """Return (M, h, w) votes at every input pixel, of intensity fields (M, 5, H, W) in the encoder's order."""
    maps, _, height, width = fields.shape
    size = round((width - 1) * stride[0]) + 1, round((height - 1) * stride[1]) + 1
    index, row, column = np.nonzero(fields[:, 0] > CERTAIN)
    confidence, dx, dy, _, scale = fields[index, :, row, column].T
    x, y = (column + dx) * stride[0], (row + dy) * stride[1]
    sigma = np.fmax(1.0, 0.5 * scale * stride[0])
    reach = np.arange(2 * int(np.ceil(sigma.max(initial=1))) + 2)
    votes = np.zeros(maps * size[0] * size[1])
    across, columns = _line(x, sigma, reach, size[0])
    down, rows = _line(y, sigma, reach, size[1])
    squared = down[:, :, None] + across[:, None, :]
    nearest = (down < 0.25)[:, :, None] & (across < 0.25)[:, None, :]
    bell = (1 - 0.5 * squared / (sigma * sigma)[:, None, None] / 8) ** 8
    value = np.where(nearest, 1.0, np.where(squared <= (sigma * sigma)[:, None, None], bell, 0))
    at = (index[:, None, None] * size[1] + rows[:, :, None]) * size[0] + columns[:, None, :]
    inside = np.isfinite(squared) & np.isfinite(confidence)[:, None, None]
    share = (confidence / NEIGHBOURS)[:, None, None] * value
    np.add.at(votes, at[inside], share[inside])
    return np.minimum(votes, 1.0).reshape(maps, size[1], size[0])


def _line(place: Floats, sigma: Floats, reach: Ints, pixels: int) -> tuple[Floats, Ints]:
    """Return (P, n) squared distances to the pixels within a sigma of ``place``, infinite beyond, and those pixels."""
    first = np.clip(np.trunc(place - sigma), 0, pixels - 1)
    last = np.clip(np.trunc(place + sigma + 1), first + 1, pixels)
    pixel = first[:, None] + reach
    within = pixel < last[:, None]
    squared = np.where(within, (pixel - place[:, None]) ** 2, np.inf)
    return squared, np.where(within, pixel, 0).astype(np.int64)


def cifhr(planes: Planes, level: Level, *, top: int = 1, threshold: float = 0.0) -> Peaks:
    """Return the peaks of the votes, brought back to cells.

    >>> import kp2heat
    >>> from kp2heat.skeleton import Skeleton
    >>> leg = Skeleton(("knee", "ankle"), limbs=((0, 1),))
    >>> size = {"input_size": (96, 128), "codec": "openpifpaf"}
    >>> planes = kp2heat.encode([[[31.3, 52.8], [40.1, 90.4]]], size=(24, 32), skeleton=leg, **size)
    >>> kp2heat.decode(planes, method="cifhr", **size).xy.round(1).tolist()
    [[[31.0, 53.0], [40.0, 90.0]]]
    """
    fields = _fields(planes)
    n, joints, _, height, width = fields.shape
    stride = level.alignment.stride
    votes = accumulated(fields.reshape(-1, 5, height, width), stride)
    located = locate(votes.reshape(n, joints, *votes.shape[1:]), top, threshold)
    peaks = located.unrefined()
    return Peaks(peaks.xy / np.asarray(stride), peaks.score, peaks.refined, "cell")


CIF = Decoder(
    "cif", cif, "Kreiss et al. 2021 (OpenPifPaf), composite intensity field", ("cif",), absolute=True
)
CIFHR = Decoder(
    "cifhr", cifhr, "Kreiss et al. 2021 (OpenPifPaf), csrc/src/cif_hr.cpp", ("cif",), absolute=True
)
