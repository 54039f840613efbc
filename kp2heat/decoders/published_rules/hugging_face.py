"""``hf-vitpose`` and ``sapiens2``: UDP's DARK as Hugging Face transformers runs it (5.24, image processing of both).

``hf-vitpose``   blurs with sigma 0.8 within kernel // 2 cells, the map's sides mirrored. Its literal form keeps places
                 in one flat array in float32, which holds whole numbers to 2^24 only: from the 300th crop of 17 48x64
                 maps on it reads the neighbouring cell, and joints move by up to a cell. Maps are read as one batch.
``sapiens2``     blurs with 0.3 ((kernel - 1) / 2 - 1) + 0.8 among zeros and scales each map back to its maximum.

Both clip to [1e-3, 50], repeat the outer cells, and bound no step: half a cell outward at every side. By default the step
is DARK's (``dark.steps``) with these blurs: fitted to the cells there are near a side, and refused where it is not credible.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from kp2heat.arrays import Floats, Ints
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement import dark
from kp2heat.decoders.refinement.locate import stepped
from kp2heat.decoders.refinement.peak_cells import Maps
from kp2heat.decoders.refinement.published import maxima
from kp2heat.decoders.refinement.taylor import ONE_CELL, Derivatives, blur, newton, one_cell
from kp2heat.errors import SpecError
from kp2heat.peaks import Peaks

VITPOSE = 0.8
"""Sigma of the blur, in cells."""
EPSILON = float(np.finfo(np.float32).eps)
AROUND = tuple((v, u) for v in (-1, 0, 1) for u in (-1, 0, 1))


def taps_of(kernel: int, sigma: float | None = None) -> Floats:
    """Return a Gaussian over ``kernel`` cells of sum 1; sigma: by default OpenCV's for that many. SpecError on even ones.

    >>> taps_of(3).round(3).tolist()
    [0.239, 0.522, 0.239]
    """
    if kernel < 3 or kernel % 2 == 0:
        raise SpecError("kernel", f"{kernel} is not a kernel size", "give an odd number of cells from 3")
    half = kernel // 2
    width = 0.3 * (half - 1) + 0.8 if sigma is None else sigma
    values = np.exp(-0.5 * (np.arange(-half, half + 1.0) / width) ** 2)
    return np.asarray(values / values.sum())


def vitpose(
    planes: Planes, level: Level, *, threshold: float = 0.0, literal: bool = False, kernel: int = 11
) -> Peaks:
    """Return integer peaks and UDP's step on the map blurred with sigma 0.8.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32))
    >>> kp2heat.decode(planes, method="hf-vitpose", input_size=(96, 128)).xy.round(1).tolist()
    [[[31.3, 52.8]]]
    """
    taps = taps_of(kernel, VITPOSE)
    if literal:
        return _published(planes["heatmaps"], taps, "symmetric", flat=np.float32)
    return _stepped(planes, level, threshold, taps)


def sapiens2(
    planes: Planes, level: Level, *, threshold: float = 0.0, literal: bool = False, kernel: int = 11
) -> Peaks:
    """Return integer peaks and UDP's step on the map blurred as the original Sapiens2 code does.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32))
    >>> kp2heat.decode(planes, method="sapiens2", input_size=(96, 128)).xy.round(1).tolist()
    [[[31.3, 52.8]]]
    """
    taps = taps_of(kernel)
    if literal:
        return _published(planes["heatmaps"], taps, "constant", flat=np.int64)
    return _stepped(planes, level, threshold, taps)


def _stepped(planes: Planes, level: Level, threshold: float, taps: Floats) -> Peaks:
    steps = partial(dark.steps, stencil=ONE_CELL, taps=taps)
    return stepped(planes, level, steps, threshold=threshold, sigma=level.sigma)


def _published(heatmaps: Maps, taps: Floats, sides: str, flat: type) -> Peaks:
    """Follow the published code. sides: what ``np.pad`` puts beyond a map; flat: dtype of places in the batch.

    (-1, -1), of a map with nothing above 0, reads the padding and, before the first map, the last.
    """
    n, k, height, width = heatmaps.shape
    at = maxima(heatmaps, "mmpose")
    size = (height + 2) * (width + 2)
    within = (at.x + 1 + (at.y + 1) * (width + 2)).astype(flat)
    places = (within + at.which * size).astype(flat).astype(np.int64)
    cells = (places[:, None] + [v * (width + 2) + u for v, u in AROUND]) % max(1, n * k * size)
    logs = _values(heatmaps, taps, sides, cells.ravel())
    d = one_cell(np.log(np.clip(logs, 1e-3, 50)).reshape(n * k, 3, 3))
    with np.errstate(invalid="ignore", divide="ignore"):
        dx, dy, _ = newton(Derivatives(d.x, d.y, d.xx + EPSILON, d.yy + EPSILON, d.xy))
    return at.peaks((dx, dy, np.isfinite(dx)))


def _values(heatmaps: Maps, taps: Floats, sides: str, cells: Ints) -> Floats:
    """Return the blurred maps at flat places (P,) of the maps with each side's cells repeated once."""
    n, k, height, width = heatmaps.shape
    which, within = np.divmod(cells, (height + 2) * (width + 2))
    row = np.clip(within // (width + 2) - 1, 0, height - 1)
    column = np.clip(within % (width + 2) - 1, 0, width - 1)
    half = len(taps) // 2
    answer = np.zeros(len(cells))
    for sample in range(n):
        rows = np.flatnonzero(which // max(1, k) == sample)
        maps = heatmaps[sample].astype(np.float64)
        wide = np.pad(maps, [(0, 0), (half, half), (half, half)], mode=sides)  # type: ignore[call-overload]
        smooth = blur(wide, taps)
        if sides == "constant":
            most = smooth.max(axis=(1, 2), keepdims=True)
            smooth *= np.where(
                most > 0, maps.max(axis=(1, 2), keepdims=True) / np.where(most > 0, most, 1), 1
            )
        answer[rows] = smooth[which[rows] % k, row[rows], column[rows]]
    return answer


VITPOSE_DECODER = Decoder(
    "hf-vitpose", vitpose, "UDP's DARK with a blur of sigma 0.8: Hugging Face transformers 5.24, VitPose"
)
SAPIENS2_DECODER = Decoder(
    "sapiens2", sapiens2, "UDP's DARK as Sapiens2 runs it: Hugging Face transformers 5.24, Sapiens2"
)
