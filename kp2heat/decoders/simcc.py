"""SimCC's vectors: the greatest bin of each axis, and where the Gaussian in them really peaks.

The logarithm of a Gaussian is a parabola, so three bins give its vertex exactly, at the ends too, and
whatever the height; they are taken a sigma apart, where they differ most for the noise they carry.
"""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.errors import check_choice
from kp2heat.gaussian import opencv_kernel
from kp2heat.peaks import Peaks

REFINE = ("parabola", "dark", "none")


def simcc(planes: Planes, level: Level, *, refine: str = "parabola", threshold: float = 0.0) -> Peaks:
    """Decode simcc_x (N, K, W) and simcc_y (N, K, H) to Peaks (N, K) in bins; score: the lesser of the two maxima.

    refine: ``parabola`` (above); ``none``, the bin itself, as mmpose 1.3.2 decodes; ``dark``, mmpose's
    ``use_dark``: a zero-padded blur and one unbounded Newton step, up to 12.7 px off near the ends.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32), codec="simcc-gaussian")
    >>> kp2heat.decode(planes, method="simcc", input_size=(96, 128), codec="simcc-gaussian").xy.round(1).tolist()
    [[[31.3, 52.8]]]
    """
    check_choice("refine", refine, REFINE)
    vectors = [planes[name].astype(np.float64) for name in ("simcc_x", "simcc_y")]
    bins, heights = zip(*map(greatest_bins, vectors), strict=True)
    score = np.minimum(*heights)
    present = score > threshold
    xy = np.stack(bins, axis=-1).astype(np.float64)
    refined = np.zeros(xy.shape, bool)
    for axis, (values, at) in enumerate(zip(vectors, bins, strict=True)):
        if refine == "dark":
            xy[..., axis] += _newton(values, at, level.sigma)
            refined[..., axis] = True
        elif refine == "parabola":
            step, taken = vertices(values, at, max(1, round(level.sigma)))
            xy[..., axis] += step
            refined[..., axis] = taken
    return Peaks(
        np.where(present[..., None], xy, np.nan),
        np.where(present, score, 0.0),
        refined.all(axis=-1) & present,
        "cell",
    )


def greatest_bins(values: Floats) -> tuple[Ints, Floats]:
    """Return the greatest bin of each vector (..., bins), and its value."""
    bins = np.where(np.isnan(values), -np.inf, values).argmax(axis=-1)
    return bins, np.take_along_axis(values, bins[..., None], -1)[..., 0]


def vertices(values: Floats, at: Ints, apart: int) -> tuple[Floats, Bools]:
    """Return steps from bins ``at`` to the vertex of the parabola through three logs ``apart`` bins apart.

    The three are moved inward at an end. No step where one is not positive, or the parabola opens upward.
    """
    bins = values.shape[-1]
    apart = min(apart, (bins - 1) // 2)
    if apart < 1:
        return np.zeros(at.shape), np.zeros(at.shape, bool)
    middle = np.clip(at, apart, bins - 1 - apart)
    three = np.take_along_axis(values, middle[..., None] + np.array([-apart, 0, apart]), -1)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, mid, high = np.moveaxis(np.log(three), -1, 0)
        bend = 2 * mid - low - high
        step = middle - at + 0.5 * apart * (high - low) / bend
        taken = (three > 0).all(axis=-1) & (bend > 0) & (np.abs(step) <= apart + 1)
    return np.where(taken, step, 0.0), taken


def _newton(values: Floats, at: Ints, sigma: float) -> Floats:
    """Follow mmpose's refine_simcc_dark: taps (20 sigma - 7) // 3, less one if even; two-bin second difference."""
    taps = int((20 * sigma - 7) // 3)
    kernel = opencv_kernel(max(1, taps - (1 - taps % 2)))
    half, bins = len(kernel) // 2, values.shape[-1]
    padded = np.pad(values, [(0, 0), (0, 0), (half, half)])
    blurred = np.asarray(sum(tap * padded[..., i : i + bins] for i, tap in enumerate(kernel)))
    top = blurred.max(axis=-1, keepdims=True)
    blurred *= values.max(axis=-1, keepdims=True) / np.where(top > 0, top, 1)
    logs = np.pad(np.log(np.clip(blurred, 1e-3, 50)), [(0, 0), (0, 0), (2, 2)], mode="edge")
    at_bin = [np.take_along_axis(logs, (at + 2 + d)[..., None], -1)[..., 0] for d in (-2, -1, 0, 1, 2)]
    slope = (at_bin[3] - at_bin[1]) / 2
    bend = (at_bin[4] - 2 * at_bin[2] + at_bin[0]) / 4
    return np.asarray(-slope / (1e-9 + bend))


DECODER = Decoder(
    "simcc", simcc, "Li et al. 2022 (SimCC); mmpose 1.3.2 SimCCLabel.decode", ("simcc_x", "simcc_y")
)
