"""A prepared decoder: grid, method and channels are settled once, so that one sample's maps take little time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.compiled import WORTH_LOADING, compiled_for
from kp2heat.contracts import Level
from kp2heat.drawing.planes import scale_factor
from kp2heat.errors import InputError, check_type
from kp2heat.frame import Size
from kp2heat.peaks import Peaks
from kp2heat.pipeline.decoding.undo_normalisation import choose, joint_channels, peaks_in_cells, raw
from kp2heat.pipeline.like import to_array
from kp2heat.skeleton import Skeleton
from kp2heat.spec import NEEDS_SPEC, Spec


@dataclass(frozen=True, eq=False)
class MapReader:
    """Decodes heatmaps of one level of a spec: the answers of ``kp2heat.decode``. Made by :func:`map_reader`."""

    spec: Spec
    level: Level
    method: str
    channels: tuple[int, ...] | None
    params: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, maps: NDArray[Any]) -> Peaks:
        """Return the peaks of maps (C, H, W) or (N, C, H, W) in input px: xy (K, 2) or (N, K, 2), as stored or float.

        InputError where the maps are of another size.
        """
        maps = to_array(maps, "heatmaps")
        if maps.ndim not in (3, 4) or tuple(maps.shape[:-3:-1]) != tuple(self.level.size):
            width, height = self.level.size
            raise InputError("heatmaps", f"have shape {maps.shape}", f"give (N, C, {height}, {width})")
        spec = self.spec
        heatmaps = raw(
            maps if maps.ndim == 4 else maps[None],
            scale=scale_factor(spec, self.level) if maps.dtype == np.uint8 else 1.0,
            normalized=spec.normalize,
            params=spec.normalize_params,
            channels=self.channels,
            sigma=self.level.sigma,
        )
        with compiled_for(WORTH_LOADING):
            peaks = peaks_in_cells({"heatmaps": heatmaps}, self.level, spec.codec, self.method, **self.params)
        xy = self.level.alignment.to_input(peaks.xy)
        if maps.ndim == 4:
            return Peaks(xy, peaks.score, peaks.refined, "input")
        return Peaks(xy[0], peaks.score[0], peaks.refined[0], "input")


def map_reader(
    spec: Spec,
    input_size: Size,
    joints: Skeleton | int = 17,
    *,
    method: str = "auto",
    level: str | None = None,
    predicted: bool = True,
    **params: Any,
) -> MapReader:
    """Return a decoder of the maps that a spec draws at this input size (w, h): ``read(maps)`` gives their keypoints.

    joints     the skeleton, or how many joints there are
    method     as of ``kp2heat.decode``; ``auto`` is the best for a network's maps, or with ``predicted=False`` the
               one that is exact for labels
    level      its name, where the spec has several; by default the first
    params     settings of the method

    >>> from kp2heat import renderer
    >>> spec = Spec(sizes=((24, 32),), dtype="f32")
    >>> maps = renderer(spec, (96, 128), 1)([[31.3, 52.8]])["24x32"]["heatmaps"]
    >>> map_reader(spec, (96, 128), 1, method="lsq")(maps).xy.round(2).tolist()
    [[31.3, 52.8]]
    """
    check_type("spec", spec, Spec, NEEDS_SPEC)
    skeleton = Skeleton.of(joints)
    levels = {one.name: one for one in spec.levels(input_size)}
    if level is not None and level not in levels:
        raise InputError("level", f"'{level}' is none of the spec's", f"use one of {', '.join(levels)}")
    channels = joint_channels(spec.record.channels(skeleton, **spec.params), skeleton.names)
    return MapReader(
        spec,
        levels[level or next(iter(levels))],
        choose(method, spec.codec, predicted=predicted),
        None if channels is None else tuple(channels),
        params,
    )
