"""The codec of a convention."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from kp2heat import gaussian
from kp2heat.arrays import Bools
from kp2heat.codecs.gaussian.blobs import floor, holds
from kp2heat.codecs.gaussian.channels import names
from kp2heat.codecs.gaussian.convention import Convention
from kp2heat.codecs.gaussian.describe import describe
from kp2heat.codecs.gaussian.draw import chosen_row, encode
from kp2heat.codecs.gaussian.place import place
from kp2heat.codecs.nearest_joint import least_radius
from kp2heat.contracts import Codec, Level, peak_one
from kp2heat.frame import Size
from kp2heat.normalize import corner_share
from kp2heat.scene import Scene
from kp2heat.skeleton.groups import Groups


def codec(convention: Convention) -> Codec:
    """Return the codec that draws a convention.

    >>> import kp2heat
    >>> grid = {"input_size": (64, 64), "size": (16, 16)}
    >>> for name in ("msra", "udp"):  # the first rounds the joint's centre to a cell
    ...     print(name, kp2heat.encode([[[30.0, 20.0]]], codec=name, **grid)["heatmaps"].max().round(3))
    msra 1.0
    udp 0.962
    """
    placeable = convention.maps_of == "joints" and not convention.with_bystanders and not convention.shrink
    return Codec(
        name=convention.name,
        encode=partial(encode, convention),
        place=partial(place, convention) if placeable else None,
        align=convention.align,
        literal_align=convention.as_published().align,
        source=convention.source,
        convention=describe(convention),
        row_params=_params(convention),
        sigma=convention.sigma,
        bound=corner_share if convention.unit_sum else peak_one,
        shift=convention.shift,
        draws_bystanders=convention.with_bystanders,
        decoder=convention.decoder,
        channels=partial(names, convention),
        holds=partial(_holds, convention),
        draws_groups=convention.maps_of == "groups",
    )


def _params(convention: Convention) -> dict[str, Any]:
    params: dict[str, Any] = {"background": convention.background}
    if convention.literal:
        params["literal"] = False
    if convention.maps_of != "center":
        params["groups"] = {}
    if convention.sigma_from != "level":
        params["overlap"] = 0.7
    if convention.masked:
        params["mask"] = False
    if convention.unit_sum:
        params["empty"] = convention.empty
    return params


def _holds(
    convention: Convention,
    scene: Scene,
    level: Level,
    dtype: DTypeLike = np.float32,
    *,
    scale: float = 1.0,
    literal: bool = False,
    groups: Groups = (),
    overlap: float = 0.7,
    **_: Any,
) -> Bools:
    """Return (M, K): whether a map holds something of the joint once stored."""
    row = chosen_row(convention, literal=literal, groups=groups, overlap=overlap)
    if row.maps_of == "center":
        return np.zeros(scene.drawn.shape, bool)
    least = 0.0 if row.composed else gaussian.least(dtype, scale)
    alone = not groups and not (row.maps_of == "groups" and scene.skeleton.groups)
    inside = not (scene.drawn & scene.outside).any()
    if not literal and alone and inside and _always_held(row, level, scene.input_size, least):
        return scene.drawn
    return holds(row, scene, level, least)


def _always_held(row: Convention, level: Level, input_size: Size, least: float) -> bool:
    """Return whether a blob round any joint of the input has a value of at least ``least`` in its map."""
    farthest = least_radius(level, input_size) + (row.rounding != "none") * np.sqrt(2)
    reach = np.inf if row.cut is None else row.cut * level.sigma - row.trim
    faintest = np.exp(-0.5 * (farthest / level.sigma) ** 2)
    everywhere = row.drawn_where == "window"
    plain = everywhere and row.sigma_from == "level" and row.shape == "gaussian" and row.peak == "one"
    return bool(plain and reach > farthest and faintest > max(floor(row), least))
