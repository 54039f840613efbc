"""The codec of a row: its maps painted, or as their blobs where there is at most one a map."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from kp2heat import gaussian
from kp2heat.codecs.blob import Blob
from kp2heat.codecs.channels import Groups, check, names
from kp2heat.codecs.draw import Laid, composed, encode, floor, lay, patches, shown
from kp2heat.contracts import Codec, Level, peak_one
from kp2heat.normalize import corner_share
from kp2heat.scene import Scene
from kp2heat.sparse import Placed


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
) -> Placed | None:
    """The blobs of ``draw.encode`` before they are painted; None where its maps are more than one blob each."""
    row = replace(blob.as_published() if literal else blob, **switches)  # type: ignore[arg-type]
    check(row.background, row.empty)
    if mask or not scene.alone or row.empty != "zero" or composed(row):
        return None
    laid = lay(row, scene, level, groups, overlap)
    if row.cut is None and row.shape == "gaussian" and not row.weighted:
        everywhere = np.full_like(laid.centre, np.inf)
        faintest = gaussian.least(dtype, scale)
        narrow = gaussian.windows(laid.centre, laid.sigma, -everywhere, everywhere, level.size, faintest)
        laid = replace(laid, blobs=narrow, shown=shown(row, narrow, laid.sigma))
    laid = laid if laid.shown.all() else laid.take(laid.shown)
    seen = laid.blobs.y > 0
    kind, kinds = _kinds(row, laid, level)
    changed = row.shape != "gaussian" or laid.peak is not None
    return Placed(
        maps=laid.maps,
        size=level.size,
        index=laid.index,
        origin=laid.blobs.y0 * level.size[0] + laid.blobs.x0,
        window=(laid.blobs.x.shape[1], laid.blobs.y.shape[1]),
        first=seen.argmax(axis=1),
        last=seen.shape[1] - 1 - seen[:, ::-1].argmax(axis=1),
        patches=lambda which: patches(row, laid.take(which)),
        weights=scene.per_sample(laid.weight),
        profiles=None if changed else (lambda which: (laid.blobs.y[which], laid.blobs.x[which])),
        floor=floor(row),
        kind=kind,
        kinds=kinds,
    )


def _kinds(row: Blob, laid: Laid, level: Level) -> tuple[Any, int]:
    """Blobs of one sigma on rounded centres look the same where the centres are: their number, from 1 on."""
    whole = row.rounding != "none" and not row.published and row.sized == "level" and not row.weighted
    if not whole or row.cut is None or (laid.centre != np.floor(laid.centre)).any():
        return None, 0
    beyond = int(row.cut * level.sigma) + 2
    columns, rows = (cells + 2 * beyond for cells in level.size)
    column, line = (laid.centre + beyond).astype(np.int64).T
    return 1 + line * columns + column, 1 + rows * columns


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
        company=blob.doubled,
        decoder=blob.decoder,
        channels=partial(names, blob),
    )
