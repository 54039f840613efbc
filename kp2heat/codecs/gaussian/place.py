"""The codec of a row: its maps painted, or as their blobs where there is at most one a map."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat import gaussian
from kp2heat.arrays import Bools, Ints
from kp2heat.codecs.gaussian.channels import Groups, check, names
from kp2heat.codecs.gaussian.convention import Blob
from kp2heat.codecs.gaussian.draw import Laid, composed, encode, floor, lay, patches, shown, spot, windows
from kp2heat.contracts import Codec, Level, peak_one
from kp2heat.normalize import corner_share
from kp2heat.scene import Scene
from kp2heat.sparse import MOST_KINDS, BlobKinds, PlacedBlobs

WHOLE = ("nearest", "floor", "trunc", "matlab")
"""Roundings whose centres are cells."""


def place(
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
) -> PlacedBlobs | BlobKinds | None:
    """The blobs of ``draw.encode`` before they are painted; None where its maps are more than one blob each."""
    row = replace(blob.as_published() if literal else blob, **switches)  # type: ignore[arg-type]
    check(row.background, row.empty)
    if mask or not scene.one_per_sample or row.empty != "zero" or composed(row):
        return None
    if _few(row, level):
        return _of_kinds(row, scene, level, groups, overlap)
    laid = lay(row, scene, level, groups, overlap)
    if row.cut is None and row.shape == "gaussian" and not row.weighted:
        everywhere = np.full_like(laid.centre, np.inf)
        faintest = gaussian.least(dtype, scale)
        narrow = gaussian.windows(laid.centre, laid.sigma, -everywhere, everywhere, level.size, faintest)
        laid = replace(laid, blobs=narrow, shown=shown(row, narrow, laid.sigma))
    laid = laid if laid.shown.all() else laid.take(laid.shown)
    return _placed(row, laid, level, scene.per_sample(laid.weight))


def _placed(row: Blob, laid: Laid, level: Level, weights: NDArray[np.float32]) -> PlacedBlobs:
    first, last = gaussian.extent(laid.blobs.y)
    changed = row.shape != "gaussian" or laid.peak is not None
    return PlacedBlobs(
        maps=laid.maps,
        index=laid.index,
        origin=laid.blobs.y0 * level.size[0] + laid.blobs.x0,
        window=(laid.blobs.x.shape[1], laid.blobs.y.shape[1]),
        first=first,
        last=last,
        patches=lambda which: patches(row, laid.take(which)),
        weights=weights,
        profiles=None if changed else (lambda which: (laid.blobs.y[which], laid.blobs.x[which])),
        floor=floor(row),
    )


def _few(row: Blob, level: Level) -> bool:
    """Whether blobs look the same where their centres are: one sigma, centres on cells, and not too many cells."""
    whole = row.rounding in WHOLE and not row.published and row.sized == "level" and not row.weighted
    return whole and row.cut is not None and _grid(row, level)[2] <= MOST_KINDS


def _grid(row: Blob, level: Level) -> tuple[int, int, int]:
    """Cells beyond a side from where a blob is still seen, columns of all such centres, number of kinds."""
    assert row.cut is not None
    beyond = int(row.cut * level.sigma) + 2
    columns, rows = (cells + 2 * beyond for cells in level.size)
    return beyond, columns, 1 + rows * columns


def _of_kinds(row: Blob, scene: Scene, level: Level, groups: Groups, overlap: float) -> BlobKinds:
    """Blobs by their kinds, which are counted from 1 through all centres from which anything is seen."""
    found = spot(row, scene, level, groups, overlap)
    beyond, columns, kinds = _grid(row, level)
    column, line = found.centre.T + beyond
    near = (column >= 0) & (column < columns) & (line >= 0) & (line < (kinds - 1) // columns)
    kind = np.where(near, 1 + line * columns + column, 0).astype(np.int64)
    seen = _seen(row, level)[kind]
    found.lose(row, ~seen)
    return BlobKinds(
        found.maps, found.index[seen], kind[seen], kinds, scene.per_sample(found.weight),
        partial(_kinds_placed, row, level),
    )  # fmt: skip


def _kinds_placed(row: Blob, level: Level, kind: Ints) -> PlacedBlobs:
    laid = _laid(row, level, kind)
    return _placed(row, laid, level, np.zeros((0, 0), np.float32))


def _laid(row: Blob, level: Level, kind: Ints) -> Laid:
    """The blobs of these kinds, each in a map of its own."""
    beyond, columns, _ = _grid(row, level)
    line, column = np.divmod(kind - 1, columns)
    sigma = np.full(len(kind), level.sigma)
    centre, blobs = windows(row, np.stack([column, line], axis=1) - float(beyond), sigma, level)
    return Laid(
        len(kind), np.arange(len(kind)), centre, sigma, None, blobs, shown(row, blobs, sigma), np.zeros((0, 0), np.float32)
    )  # fmt: skip


@lru_cache(maxsize=8)
def _seen(row: Blob, level: Level) -> Bools:
    """(kinds,): blobs of this kind have a value in their map."""
    return np.concatenate([[False], _laid(row, level, np.arange(1, _grid(row, level)[2])).shown])


def codec(blob: Blob) -> Codec:
    """The blob as a codec."""
    params: dict[str, Any] = {"background": blob.background}
    if blob.literal:
        params["literal"] = False
    if blob.of == "groups":
        params["groups"] = ()
    if blob.sized != "level":
        params["overlap"] = 0.7
    if blob.masked:
        params["mask"] = False
    if blob.unit_sum:
        params["empty"] = blob.empty
    placeable = blob.of == "joints" and not blob.doubled and not blob.shrink
    return Codec(
        name=blob.name,
        encode=partial(encode, blob),
        place=partial(place, blob) if placeable else None,
        align=blob.align,
        literal_align=blob.as_published().align,
        source=blob.source,
        params=params,
        sigma=blob.sigma,
        bound=corner_share if blob.unit_sum else peak_one,
        shift=blob.shift,
        draws_bystanders=blob.doubled,
        decoder=blob.decoder,
        channels=partial(names, blob),
    )
