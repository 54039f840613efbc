"""One function draws every row of the table: points, blobs, merge, background, one rounding."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat import gaussian
from kp2heat.codecs.blob import Blob
from kp2heat.codecs.channels import Groups, check, members, names
from kp2heat.codecs.published import PUBLISHED
from kp2heat.codecs.shrink import shrunken
from kp2heat.codecs.switches import BACKGROUNDS, FRAMES, ROUNDINGS, SHAPES, SIGMAS, WINDOWS, Spans
from kp2heat.contracts import Codec, Level, peak_one
from kp2heat.frame import alignment
from kp2heat.normalize import corner_share
from kp2heat.scene import Scene

Floats = NDArray[np.float64]

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
    **switches: str,
) -> dict[str, NDArray[Any]]:
    """Heatmaps (S, C, H, W) in ``dtype`` (uint8: counts of ``scale``) and weights (S, K) float32.

    literal   with the switches of the published code
    groups    joints by number or name, a map each; empty: the skeleton's groups, else each joint
    overlap   what a box may lose before sigma ends, where sigma follows the box
    switches  ``background`` and ``empty`` in place of the row's own
    """
    row = replace(blob.as_published() if literal else blob, **switches)  # type: ignore[arg-type]
    check(row.background, row.empty)
    paint = partial(_shrunk if row.shrink else draw, row, groups=groups, overlap=overlap)
    exact = _exact(row)
    canvas = np.float64 if exact else dtype
    if row.of == "center":
        maps, _ = paint(scene.first().centers(), level, canvas, scale)
        weights = np.zeros((scene.samples, scene.xy.shape[1]), np.float32)
    else:
        maps, weights = paint(scene.first() if row.doubled else scene, level, canvas, scale)
    if row.doubled:
        maps = np.concatenate([maps, paint(scene, level, canvas, scale)[0]], axis=1)
    return {"heatmaps": gaussian.stored(maps, dtype, scale) if exact else maps, "weights": weights}


def _exact(row: Blob) -> bool:
    """Whether more is done to a map than painting blobs in it: then in float64, and rounded at the end."""
    return row.merge.startswith("sum") or row.background != "none" or row.unit_sum or bool(row.shrink)


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
    member = members(row, scene.skeleton, groups)
    joint = np.array([k for group in member for k in group], np.int64)
    channel = np.repeat(np.arange(len(member)), [len(group) for group in member])
    cells = level.alignment.to_cell(scene.xy)
    sigmas = SIGMAS[row.sized](scene, level, overlap)
    drawn, weight = _verdict(row, scene, cells, sigmas, level)
    m, pair = np.nonzero(drawn[:, joint])
    k, sigma = joint[pair], sigmas[m]
    blobs = _windows(row, cells[m, k], sigma, level)
    values = gaussian.patches(blobs, max(row.least, gaussian.TINIEST))
    values = SHAPES[row.shape](values, sigma[:, None, None])
    if not row.published:
        weight = np.where(np.isin(np.arange(weight.shape[1]), joint), weight, 0)
        empty = ~values.any(axis=(1, 2))
        weight[m[empty], k[empty]] = 0
    if row.weighted:
        values = values * weight[m, k, None, None]
    if not _exact(row):
        values = gaussian.stored(values, dtype, scale)
    count, (width, height) = len(member), level.size
    maps = np.zeros((scene.samples * count, height, width), dtype)
    merge = "set" if scene.alone and row.of != "groups" else row.merge.removesuffix("-clamp")
    gaussian.paint(maps, scene.sample[m] * count + channel[pair], blobs, values, merge)
    return _finished(row, maps.reshape(scene.samples, count, height, width)), scene.per_sample(weight)


def _verdict(
    row: Blob, scene: Scene, cells: Floats, sigmas: Floats, level: Level
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Which joints (M, K) are drawn, and their weights: by the policies, or as the published code has it."""
    if row.published:
        return PUBLISHED[row.published].verdict(cells, scene.visible, sigmas, level.size)
    inside = FRAMES[row.frame](cells, level)
    if row.policies:
        return scene.drawn & inside, scene.weight * inside
    drawn = np.isfinite(cells).all(axis=-1) & inside
    return drawn, drawn.astype(np.float32)


def _windows(row: Blob, cells: Floats, sigma: Floats, level: Level) -> gaussian.Windows:
    """Profiles of blobs at ``cells`` (P, 2)."""
    if row.published:
        spans = Spans(*PUBLISHED[row.published].spans(cells, sigma))
    else:
        centre = ROUNDINGS[row.rounding](cells, level)
        reach = np.inf if row.cut is None else row.cut * sigma[:, None] - row.trim + SLACK
        spans = WINDOWS[row.window](centre, np.broadcast_to(reach, centre.shape))
    return gaussian.windows(spans.centre, sigma, spans.low, spans.high, level.size)


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
    parts = [scene.part(n, n + 1) for n in range(scene.samples)] or [scene]
    pairs = [draw(row, part, full, np.float64, scale, **more) for part in parts]
    return (
        np.concatenate([shrunken(maps, level.size, row.shrink) for maps, _ in pairs]),
        np.concatenate([weights for _, weights in pairs]),
    )


def codec(blob: Blob) -> Codec:
    """The blob as a codec."""
    params: dict[str, Any] = {"background": blob.background}
    if blob.literal:
        params["literal"] = False
    if blob.of == "groups":
        params["groups"] = ()
    if blob.sized != "level":
        params["overlap"] = 0.7
    if blob.unit_sum:
        params["empty"] = blob.empty
    return Codec(
        name=blob.name,
        encode=partial(encode, blob),
        align=blob.align,
        literal_align=blob.as_published().align,
        source=blob.source,
        params=params,
        sigma=blob.sigma,
        bound=corner_share if blob.unit_sum else peak_one,
        shift=blob.shift,
        decoder=blob.decoder,
        channels=partial(names, blob),
    )
