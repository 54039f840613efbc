"""A prepared decoder: grid, method and channels are fixed once, so that decoding one sample's maps takes little time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Floats
from kp2heat.compiled import WORTH_LOADING, compiled_for
from kp2heat.contracts import Level
from kp2heat.decoders import DECODERS, check_settings
from kp2heat.drawing.planes import scale_factor
from kp2heat.errors import InputError, check_type
from kp2heat.frame import Size
from kp2heat.peaks import Peaks
from kp2heat.pipeline.decoding.undo_normalisation import cell_shift, choose, joint_channels, raw
from kp2heat.pipeline.like import MapSettings, to_array
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
        maps, (width, height) = to_array(maps, "heatmaps"), self.level.size
        if maps.ndim not in (3, 4) or maps.shape[-2:] != (height, width):
            raise InputError("heatmaps", f"have shape {maps.shape}", f"give (N, C, {height}, {width})")
        heatmaps = maps if maps.ndim == 4 else maps[None]
        if not self.plain or maps.dtype != np.float32:
            heatmaps = self._raw(heatmaps)
        with compiled_for(WORTH_LOADING):
            peaks = self.decode({"heatmaps": heatmaps}, self.level, **self.params)
        origin, stride, start = self.grid
        xy = (
            (peaks.xy + self.shift - origin) * stride + start
            if self.shift
            else (peaks.xy - origin) * stride + start
        )
        if maps.ndim == 4:
            return Peaks(xy, peaks.score, peaks.refined, "input")
        return Peaks(xy[0], peaks.score[0], peaks.refined[0], "input")

    @cached_property
    def plain(self) -> bool:
        """Whether float32 maps are decoded as they are."""
        return self.channels is None and self.spec.normalize == "none"

    @cached_property
    def grid(self) -> tuple[Floats, Floats, Floats]:
        """The origin in cells, stride back to input px, and origin in the input: as ``Alignment.to_input`` takes them."""
        place = self.level.alignment
        origin, stride, start = np.array(
            [place.origin_cell, place.back_stride, place.origin_input], np.float64
        )
        return origin, stride, start

    @cached_property
    def decode(self) -> Callable[..., Peaks]:
        """The method, whose settings were checked when the reader was made."""
        return DECODERS[self.method].decode

    @cached_property
    def shift(self) -> float:
        """What is added to cells where the method finds no more than cells."""
        return cell_shift(self.method, self.spec.codec)

    def _raw(self, maps: NDArray[Any]) -> NDArray[Any]:
        """Return the joints' maps with scale and normalisation undone."""
        spec = self.spec
        made = MapSettings(self.level, spec.codec, spec.normalize, spec.normalize_params)
        scale = scale_factor(spec, self.level) if maps.dtype == np.uint8 else 1.0
        return raw(maps, made, scale=scale, channels=self.channels)


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
    method = check_settings(choose(method, spec.codec, predicted=predicted), ("heatmaps",), params)
    channels = joint_channels(spec.record.channels(skeleton, **spec.params), skeleton.names)
    return MapReader(
        spec,
        levels[level or next(iter(levels))],
        method,
        None if channels is None else tuple(channels),
        params,
    )
