"""The blobs of a scene under one convention: which joints are drawn, in which map, and in which window."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat import gaussian
from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.codecs.gaussian.channels import drawn_groups
from kp2heat.codecs.gaussian.convention import Convention
from kp2heat.codecs.gaussian.published import PUBLISHED
from kp2heat.codecs.gaussian.sigmas import SIGMAS
from kp2heat.codecs.gaussian.switches import FRAMES, ROUNDINGS, SHAPES, WINDOWS, Spans
from kp2heat.contracts import Level
from kp2heat.frame import finite
from kp2heat.scene import Scene

SLACK = 1e-9
"""In cells: a window's edge that falls on a cell by design must not lose it to the last bit of a product."""


LEAST_SCORE = 1e-4
"""Score below which PoseC3D's published code draws no joint."""


@dataclass(frozen=True, eq=False)
class BlobCentres:
    """The centres of P blobs.

    maps             M, the number of maps
    index            (P,) int64: the map of each blob
    instance, joint  (P,) int64
    centre, sigma    (P, 2) and (P,), in cells
    weight           (instances, K) float32: the weights of the joints
    """

    maps: int
    index: Ints
    instance: Ints
    joint: Ints
    centre: Floats
    sigma: Floats
    weight: NDArray[np.float32]

    def drop_weight(self, row: Convention, unseen: Bools) -> None:
        """Set the weight of the joints whose blobs (P,) show nothing to 0, except in published code."""
        if not row.published:
            self.weight[self.instance[unseen], self.joint[unseen]] = 0


@dataclass(frozen=True, eq=False)
class Blobs:
    """P blobs with their windows, not painted yet.

    maps           M, the number of maps
    index          (P,) int64: the map of each blob
    centre, sigma  (P, 2) and (P,), in cells
    peak           (P,) float32, or None where every peak is 1
    windows        the separable profiles
    shown          (P,) bool: whether the blob has a value above 0 in its map
    weight         (instances, K) float32: the weights of the joints
    """

    maps: int
    index: Ints
    centre: Floats
    sigma: Floats
    peak: NDArray[np.float32] | None
    windows: gaussian.Windows
    shown: Bools
    weight: NDArray[np.float32]

    def take(self, which: Any) -> Blobs:
        """Return the blobs selected by an index, a mask or a slice."""
        return replace(
            self,
            index=self.index[which],
            centre=self.centre[which],
            sigma=self.sigma[which],
            peak=None if self.peak is None else self.peak[which],
            windows=gaussian.Windows(*(column[which] for column in self.windows)),
            shown=self.shown[which],
        )


def find_centres(row: Convention, scene: Scene, level: Level) -> BlobCentres:
    """Return the centres of the blobs that a convention draws, and the joints' weights."""
    members = drawn_groups(row, scene.skeleton, row.groups).members
    joint = np.array([k for group in members for k in group], np.int64)
    channel = np.repeat(np.arange(len(members)), [len(group) for group in members])
    cells = level.alignment.to_cell(scene.xy)
    sigmas = SIGMAS[row.sigma_from](scene, level, row.overlap)
    drawn, weight = _drawn_and_weight(row, scene, cells, sigmas, level)
    if not row.published:
        absent = np.ones(weight.shape[1], bool)
        absent[joint] = False
        weight[:, absent] = 0
    chosen = np.flatnonzero(drawn.take(joint, axis=1))  # take is twice as fast as indexing by pairs
    m = chosen // len(joint)
    pair = chosen - m * len(joint)
    k = joint.take(pair)
    which = m * cells.shape[1] + k
    sigma = sigmas.take(m) if sigmas.ndim == 1 else sigmas.reshape(-1).take(which)
    centre = cells.reshape(-1, 2).take(which, axis=0)
    if not row.published:
        centre = ROUNDINGS[row.rounding](centre, level)
    index = scene.sample.take(m) * len(members) + channel.take(pair)
    return BlobCentres(scene.samples * len(members), index, m, k, centre, sigma, weight)


def find_blobs(row: Convention, scene: Scene, level: Level) -> Blobs:
    """Return the blobs that a convention draws, with their windows."""
    centres = find_centres(row, scene, level)
    centre, windows = find_windows(row, centres.centre, centres.sigma, level)
    seen = has_value(row, windows, centres.sigma)
    centres.drop_weight(row, ~seen)
    peak = blob_peaks(row, scene, centres)
    return Blobs(centres.maps, centres.index, centre, centres.sigma, peak, windows, seen, centres.weight)


def blob_peaks(row: Convention, scene: Scene, centres: BlobCentres) -> NDArray[np.float32] | None:
    """Return the peaks of the blobs (P,), or None where every peak is 1."""
    if row.peak == "one":
        return None
    values = centres.weight if row.peak == "weight" else np.minimum(scene.flag, 1)
    return values[centres.instance, centres.joint]


def find_windows(
    row: Convention, centre: Floats, sigma: Floats, level: Level
) -> tuple[Floats, gaussian.Windows]:
    """Return the centres that blobs round these points (P, 2) are drawn with, and their windows."""
    spans = find_spans(row, centre, sigma)
    return spans.centre, gaussian.windows(spans.centre, sigma, spans.low, spans.high, level.size)


def has_value(row: Convention, windows: gaussian.Windows, sigma: Floats) -> Bools:
    """Return (P,): whether the greatest value of a blob, that of both profiles' maxima, is above 0."""
    greatest = gaussian.greatest(windows.x) * gaussian.greatest(windows.y)
    greatest[greatest < floor(row)] = 0
    return np.asarray(SHAPES[row.shape](greatest, sigma) > 0)


def holds(row: Convention, scene: Scene, level: Level, least: float) -> Bools:
    """Return (M, K): whether some map holds a value of at least ``least`` of the joint's blob.

    The value is that of the cell nearest to the blob's centre, which is the greatest of an isotropic blob.
    """
    centres = find_centres(row, scene, level)
    spans = find_spans(row, centres.centre, centres.sigma)
    last = np.asarray(level.size) - 1.0
    low, high = np.maximum(np.ceil(spans.low), 0), np.minimum(np.floor(spans.high), last)
    gap = np.clip(np.rint(spans.centre), low, np.maximum(low, high)) - spans.centre
    value = np.exp(-0.5 * ((gap / centres.sigma[:, None]) ** 2).sum(axis=1))
    seen = (low <= high).all(axis=1) & (value >= max(floor(row), least))
    seen &= SHAPES[row.shape](value, centres.sigma) >= least
    held = np.zeros(scene.drawn.shape, bool)
    held[centres.instance[seen], centres.joint[seen]] = True
    return held


def floor(row: Convention) -> float:
    """Return the value below which a cell is drawn as 0."""
    return max(row.least, gaussian.TINIEST)


def patches(row: Convention, blobs: Blobs) -> Floats:
    """Return the values of the blobs in their windows, (P, h, w) float64."""
    values = gaussian.patches(blobs.windows, floor(row))
    values = SHAPES[row.shape](values, blobs.sigma[:, None, None])
    return values if blobs.peak is None else values * blobs.peak[:, None, None]


def _drawn_and_weight(
    row: Convention, scene: Scene, cells: Floats, sigmas: Floats, level: Level
) -> tuple[Bools, NDArray[np.float32]]:
    """Return which joints (M, K) are drawn, and their weights: by the policies, or as in the published code."""
    if row.published:
        published = PUBLISHED[row.published]
        return published.drawn_and_weight(cells, scene.flag, sigmas, level.size)
    inside = FRAMES[row.drawn_where](cells, level)
    if row.policies:
        return scene.drawn & inside, scene.weight * inside
    drawn = finite(cells) & inside & (scene.flag >= LEAST_SCORE if row.peak == "score" else True)
    return drawn, drawn.astype(np.float32)


def find_spans(row: Convention, centre: Floats, sigma: Floats) -> Spans:
    """Return the centres and windows of blobs round these points (P, 2)."""
    if row.published:
        return Spans(*PUBLISHED[row.published].spans(centre, sigma))
    reach = np.full(len(sigma), np.inf) if row.cut is None else row.cut * sigma - row.trim + SLACK
    return WINDOWS[row.window](centre, gaussian.both(reach))
