"""``expected-oks``: the cell where the object keypoint similarity is greatest in the mean over the map.

Purkrabek and Matas, "ProbPose", CVPR 2025, arXiv 2412.02254; ``get_heatmap_expected_value`` of ProbPose_code at 93bc991.
Each map is blurred by the OKS kernel of its joint, exp(-d^2 / 2v) with v = 2 (2 sigma_k)^2 sqrt(area), within 0.55 and
3 cells^2, cut at ceil(3v) cells, its sum 1, the map's sides mirrored with the outer cell repeated. Then the greatest
cell, and one step along each axis to the vertex of a parabola, unless the cell lies on the rim.

By default the sigmas are the skeleton's and the area is that of the person's box; without them v is sigma^2, and
the step stays within a cell of a maximum. ``literal`` takes COCO's 17 sigmas and the map over 1.25 along both axes,
whatever the skeleton and the box, and bounds no step.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement.locate import locate
from kp2heat.decoders.refinement.peak_cells import Maps, PeakCells, Steps, bounded, window
from kp2heat.decoders.refinement.published import greatest
from kp2heat.errors import SpecError
from kp2heat.peaks import Peaks
from kp2heat.skeleton import COCO_SIGMAS

LEAST, MOST = 0.55, 3.0
"""Cells^2 that a kernel's variance is kept within."""
PADDING = 1.25
"""What the published code takes a crop to be longer than its box."""
PART = 1 << 22
"""Cells blurred at a time."""


def decode(
    planes: Planes,
    level: Level,
    *,
    threshold: float = 0.0,
    literal: bool = False,
    sigmas: Sequence[float] = (),
    areas: Floats | None = None,
) -> Peaks:
    """Return the cells of greatest expected OKS and their steps; the score is the map's own value at the cell.

    sigmas  OKS sigmas of the K joints
    areas   (N,) of the people's boxes in cells^2; by default the map without a padding of 1.25

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32))
    >>> kp2heat.decode(planes, method="expected-oks", input_size=(96, 128)).xy.round(1).tolist()
    [[[31.3, 52.8]]]
    """
    n, k, height, width = planes["heatmaps"].shape
    area = np.full(n, width / PADDING * height / PADDING)
    if literal:
        if k > len(COCO_SIGMAS):
            raise SpecError("literal", f"there are {k} joints", "the published rule knows COCO's 17")
        return _published(planes["heatmaps"], _variances(COCO_SIGMAS[:k], area))
    if len(sigmas) not in (0, k):
        raise SpecError("sigmas", f"there are {len(sigmas)}", f"give one per joint, {k}")
    if areas is not None:
        area = np.where(np.isfinite(areas) & (np.asarray(areas) > 0), areas, area)
    fixed = np.full((n, k), np.clip(level.sigma**2, LEAST, MOST))
    smooth = _blurred(planes["heatmaps"], _variances(sigmas, area) if len(sigmas) else fixed)
    present = locate(planes["heatmaps"], 1, threshold)
    at = locate(np.maximum(smooth, 0).reshape(n, k, height, width))._replace(maps=smooth)
    at = at.take(np.isin(at.slot, present.slot, assume_unique=True))
    at = at._replace(score=present.maps[at.which, at.y, at.x].astype(np.float64))
    at = at.take(at.score > threshold)
    return at.peaks(bounded(*_vertices(at)))


def _variances(sigmas: Sequence[float], area: Floats) -> Floats:
    """Return (N, K) variances of the OKS kernels in cells^2; area (N,)."""
    variances: Floats = 2 * (2 * np.asarray(sigmas)) ** 2 * np.sqrt(area)[:, None]
    return np.clip(variances, LEAST, MOST)


def _blurred(heatmaps: Maps, variances: Floats) -> Floats:
    """Return (M, H, W) maps, M = N K, correlated with their kernels, a cell of NaN as 0."""
    n, k, height, width = heatmaps.shape
    maps = heatmaps.reshape(n * k, height, width)
    taps = kernels(variances.reshape(-1))
    some = max(1, PART // max(1, height * width))
    smooth = np.empty(maps.shape)
    for start in range(0, len(maps), some):
        part = slice(start, start + some)
        values = maps[part].astype(np.float64)
        values[~np.isfinite(values)] = 0
        smooth[part] = _along(_along(values, taps[part], 1), taps[part], 2)
    return smooth


def kernels(variances: Floats) -> Floats:
    """Return (M, 2 r + 1) Gaussians of sum 1 of these variances, 0 beyond their own radius ceil(3v).

    >>> kernels(np.array([0.55])).round(3).tolist()
    [[0.014, 0.217, 0.538, 0.217, 0.014]]
    """
    radius = np.ceil(3 * variances)
    half = int(radius.max(initial=0))
    reach = np.arange(-half, half + 1.0)
    taps = np.exp(-(reach**2) / (2 * variances[:, None])) * (np.abs(reach) <= radius[:, None])
    return np.asarray(taps / taps.sum(axis=1, keepdims=True))


def _along(values: Floats, taps: Floats, axis: int) -> Floats:
    half, size = taps.shape[1] // 2, values.shape[axis]
    wide = np.pad(values, [(half, half) if at == axis else (0, 0) for at in range(3)], mode="symmetric")
    total = np.zeros(values.shape)
    for place in range(2 * half + 1):
        shifted = wide[:, place : place + size] if axis == 1 else wide[:, :, place : place + size]
        total += taps[:, place, None, None] * shifted
    return total


def _vertices(at: PeakCells) -> Steps:
    """Return steps (P,) to the vertices of parabolas along both axes, 0 on the rim; whether there are maxima."""
    block, (columns, rows) = window(at, 1), at.on_map(1)
    inner = columns.all(axis=1) & rows.all(axis=1)
    row, column = block[:, 1, :], block[:, :, 1]
    slopes = [(line[:, 2] - line[:, 0]) / 2 for line in (row, column)]
    bends = [line[:, 2] + line[:, 0] - 2 * line[:, 1] for line in (row, column)]
    dx, dy = (
        np.where(inner, -slope / np.where(bend != 0, bend, 1e-6), 0)
        for slope, bend in zip(slopes, bends, strict=True)
    )
    return dx, dy, np.asarray(inner & (bends[0] < 0) & (bends[1] < 0))


def _published(heatmaps: Maps, variances: Floats) -> Peaks:
    smooth = _blurred(heatmaps, variances).astype(np.float32)
    at = greatest(smooth.reshape(heatmaps.shape))
    score = heatmaps.reshape(smooth.shape)[at.which, at.y, at.x].astype(np.float64)
    dx, dy, _ = _vertices(at)
    return at._replace(score=score).peaks((dx, dy, (dx != 0) | (dy != 0)))


DECODER = Decoder(
    "expected-oks",
    decode,
    "highest expected OKS: Purkrabek and Matas 2025 (ProbPose), get_heatmap_expected_value",
)
