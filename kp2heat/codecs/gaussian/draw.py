"""One function draws every row of the table: points, blobs, merge, background, one rounding."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat import gaussian
from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.codecs.gaussian.channels import Groups, check, members
from kp2heat.codecs.gaussian.convention import Blob
from kp2heat.codecs.gaussian.published import PUBLISHED
from kp2heat.codecs.gaussian.shrink import shrunken
from kp2heat.codecs.gaussian.switches import BACKGROUNDS, FRAMES, ROUNDINGS, SHAPES, SIGMAS, WINDOWS, Spans
from kp2heat.contracts import Level
from kp2heat.frame import alignment, finite
from kp2heat.scene import Scene

SLACK = 1e-9
"""In cells: a window's edge that falls on a cell by design must not lose it to the last bit of a product."""


def encode(
    blob: Blob,
    scene: Scene,
    level: Level,
    dtype: DTypeLike = np.float32,
    *,
    scale: float = 1.0,
    literal: bool = False,
    groups: Groups = (),
    overlap: float = 0.7,
    mask: bool = False,
    **switches: str,
) -> dict[str, NDArray[Any]]:
    """Heatmaps (S, C, H, W) in ``dtype`` (uint8: counts of ``scale``) and weights (S, K) float32.

    literal   with the switches of the published code
    groups    joints by number or name, a map each; empty: the skeleton's groups, else each joint
    overlap   what a box may lose before sigma ends, where sigma follows the box
    mask      also the plane ``mask`` (S, C, H, W) uint8: 1 where a blob is drawn, the background left out
    switches  ``background`` and ``empty`` in place of the row's own
    """
    row = replace(blob.as_published() if literal else blob, **switches)  # type: ignore[arg-type]
    check(row.background, row.empty)
    paint = partial(_shrunk if row.shrink else draw, row, groups=groups, overlap=overlap)
    exact = composed(row)
    canvas = np.float64 if exact else dtype
    if row.of == "center":
        maps, _ = paint(scene.first_instances().box_centers(), level, canvas, scale)
        weights = np.zeros((scene.samples, scene.xy.shape[1]), np.float32)
    else:
        maps, weights = paint(scene.first_instances() if row.doubled else scene, level, canvas, scale)
    if row.doubled:
        maps = np.concatenate([maps, paint(scene, level, canvas, scale)[0]], axis=1)
    planes = {"heatmaps": gaussian.stored(maps, dtype, scale) if exact else maps, "weights": weights}
    if mask:
        joints = maps if row.background == "none" else maps[:, 1:] if row.first else maps[:, :-1]
        planes["mask"] = (joints > 0).astype(np.uint8)
    return planes


def composed(row: Blob) -> bool:
    """Whether more is done to a map than painting blobs in it: then in float64, and rounded at the end."""
    return row.merge.startswith("sum") or row.background != "none" or row.unit_sum or bool(row.shrink)


@dataclass(frozen=True, eq=False)
class Laid:
    """P blobs of a scene before they are drawn.

    maps, index     how many maps there are, and the map (P,) int64 of each blob
    centre, sigma   (P, 2) and (P,), cells; peak (P,) or None where it is 1
    blobs           their windows
    shown           (P,): there is something of the blob in its map
    weight          (M, K) of the joints
    """

    maps: int
    index: Ints
    centre: Floats
    sigma: Floats
    peak: NDArray[np.float32] | None
    blobs: gaussian.Windows
    shown: Bools
    weight: NDArray[np.float32]

    def take(self, which: Any) -> Laid:
        """These blobs."""
        peak = None if self.peak is None else self.peak[which]
        blobs = gaussian.Windows(*(column[which] for column in self.blobs))
        return replace(
            self,
            index=self.index[which],
            centre=self.centre[which],
            sigma=self.sigma[which],
            peak=peak,
            blobs=blobs,
            shown=self.shown[which],
        )


def draw(
    row: Blob,
    scene: Scene,
    level: Level,
    dtype: DTypeLike = np.float64,
    scale: float = 1.0,
    *,
    groups: Groups = (),
    overlap: float = 0.7,
) -> tuple[NDArray[Any], NDArray[np.float32]]:
    """The maps (S, C, H, W) of one row, and the joints' weights (S, K)."""
    laid = lay(row, scene, level, groups, overlap)
    values = patches(row, laid)
    if not composed(row):
        values = gaussian.stored(values, dtype, scale)
    width, height = level.size
    maps = np.zeros((laid.maps, height, width), dtype)
    merge = "set" if scene.one_per_sample and row.of != "groups" else row.merge.removesuffix("-clamp")
    gaussian.paint(maps, laid.index, laid.blobs, values, merge)
    shape = (scene.samples, len(members(row, scene.skeleton, groups)), height, width)
    return _finished(row, maps.reshape(shape)), scene.per_sample(laid.weight)


@dataclass(frozen=True, eq=False)
class Spots:
    """P blobs of a scene before their windows are known.

    maps, index        how many maps there are, and the map (P,) int64 of each blob
    instance, joint    (P,) int64
    centre, sigma      (P, 2) and (P,), cells
    weight             (M, K) of the joints
    """

    maps: int
    index: Ints
    instance: Ints
    joint: Ints
    centre: Floats
    sigma: Floats
    weight: NDArray[np.float32]

    def lose(self, row: Blob, unseen: Bools) -> None:
        """Joints whose blobs (P,) show nothing lose their weight, but in published code."""
        if not row.published:
            self.weight[self.instance[unseen], self.joint[unseen]] = 0


def spot(row: Blob, scene: Scene, level: Level, groups: Groups = (), overlap: float = 0.7) -> Spots:
    """Which blobs a row draws, and round which points."""
    member = members(row, scene.skeleton, groups)
    joint = np.array([k for group in member for k in group], np.int64)
    channel = np.repeat(np.arange(len(member)), [len(group) for group in member])
    cells = level.alignment.to_cell(scene.xy)
    sigmas = SIGMAS[row.sized](scene, level, overlap)
    drawn, weight = _verdict(row, scene, cells, sigmas, level)
    if not row.published:
        absent = np.ones(weight.shape[1], bool)
        absent[joint] = False
        weight[:, absent] = 0
    chosen = np.flatnonzero(drawn.take(joint, axis=1))  # take: half the time of indexing by pairs
    m = chosen // len(joint)
    pair = chosen - m * len(joint)
    k, sigma = joint.take(pair), sigmas.take(m)
    centre = cells.reshape(-1, 2).take(m * cells.shape[1] + k, axis=0)
    if not row.published:
        centre = ROUNDINGS[row.rounding](centre, level)
    index = scene.sample.take(m) * len(member) + channel.take(pair)
    return Spots(scene.samples * len(member), index, m, k, centre, sigma, weight)


def lay(row: Blob, scene: Scene, level: Level, groups: Groups = (), overlap: float = 0.7) -> Laid:
    """Which blobs a row draws, and where."""
    found = spot(row, scene, level, groups, overlap)
    centre, blobs = windows(row, found.centre, found.sigma, level)
    seen = shown(row, blobs, found.sigma)
    found.lose(row, ~seen)
    peak = found.weight[found.instance, found.joint] if row.weighted else None
    return Laid(found.maps, found.index, centre, found.sigma, peak, blobs, seen, found.weight)


def windows(row: Blob, centre: Floats, sigma: Floats, level: Level) -> tuple[Floats, gaussian.Windows]:
    """The blobs round these points (P, 2): the centres they are drawn with, and their windows."""
    spans = _spans(row, centre, sigma)
    return spans.centre, gaussian.windows(spans.centre, sigma, spans.low, spans.high, level.size)


def shown(row: Blob, blobs: gaussian.Windows, sigma: Floats) -> Bools:
    """(P,): the blob has a value in its map; its greatest is that of the greatest of both profiles."""
    greatest = gaussian.greatest(blobs.x) * gaussian.greatest(blobs.y)
    greatest[greatest < floor(row)] = 0
    return np.asarray(SHAPES[row.shape](greatest, sigma) > 0)


def floor(row: Blob) -> float:
    """Values below it are 0."""
    return max(row.least, gaussian.TINIEST)


def patches(row: Blob, laid: Laid) -> Floats:
    """(P, h, w) float64: the blobs' values in their windows."""
    values = gaussian.patches(laid.blobs, floor(row))
    values = SHAPES[row.shape](values, laid.sigma[:, None, None])
    return values if laid.peak is None else values * laid.peak[:, None, None]


def _verdict(
    row: Blob, scene: Scene, cells: Floats, sigmas: Floats, level: Level
) -> tuple[Bools, NDArray[np.float32]]:
    """Which joints (M, K) are drawn, and their weights: by the policies, or as the published code has it."""
    if row.published:
        return PUBLISHED[row.published].verdict(cells, scene.visible, sigmas, level.size)
    inside = FRAMES[row.frame](cells, level)
    if row.policies:
        return scene.drawn & inside, scene.weight * inside
    drawn = finite(cells) & inside
    return drawn, drawn.astype(np.float32)


def _spans(row: Blob, centre: Floats, sigma: Floats) -> Spans:
    """Centres and windows of blobs round these points (P, 2)."""
    if row.published:
        return Spans(*PUBLISHED[row.published].spans(centre, sigma))
    reach = np.full(len(sigma), np.inf) if row.cut is None else row.cut * sigma - row.trim + SLACK
    return WINDOWS[row.window](centre, gaussian.both(reach))


def _finished(row: Blob, maps: NDArray[Any]) -> NDArray[Any]:
    """Clamp, divide, fill, add the background."""
    if row.merge == "sum-clamp":
        maps = np.minimum(maps, 1)
    if row.empty == "uniform":
        maps = np.where(maps.any(axis=(-2, -1), keepdims=True), maps, 1)
    if row.unit_sum:
        total = (maps + maps[..., ::-1]).sum(
            axis=(-2, -1), keepdims=True
        ) / 2  # the same bits for a mirrored map
        maps = maps / np.where(total > 0, total, 1)
    if row.background == "none":
        return maps
    behind = BACKGROUNDS[row.background](maps)
    return np.concatenate([behind, maps] if row.first else [maps, behind], axis=1)


def _shrunk(
    row: Blob, scene: Scene, level: Level, _: DTypeLike, scale: float, **more: Any
) -> tuple[NDArray[Any], NDArray[np.float32]]:
    """Drawn at the input's size and shrunk, a sample at a time: a stack of full-size maps is large."""
    stride = level.alignment.stride
    sigma = level.sigma * float(np.sqrt(stride[0] * stride[1]))
    full = Level(scene.input_size, sigma, alignment("stride", scene.input_size, scene.input_size))
    parts = [scene.take(n, n + 1) for n in range(scene.samples)] or [scene]
    pairs = [draw(row, part, full, np.float64, scale, **more) for part in parts]
    return (
        np.concatenate([shrunken(maps, level.size, row.shrink) for maps, _ in pairs]),
        np.concatenate([weights for _, weights in pairs]),
    )
