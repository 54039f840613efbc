"""What an array of maps is to be decoded as: a level of shards, a Spec, or settings given one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.contracts import Level
from kp2heat.errors import InputError, SpecError
from kp2heat.frame import Size, show_size
from kp2heat.shards.reading.header import LevelInfo
from kp2heat.spec import Spec


@dataclass(frozen=True)
class MapSettings:
    """How maps were made: their grid, codec and its parameters, and normalisation."""

    level: Level
    codec: str
    normalize: str = "none"
    normalize_params: Mapping[str, float] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)


def settings_like(like: LevelInfo | Spec, size: Size | None, input_size: Size | None) -> MapSettings:
    """Return the settings of a shard's level, or of the level of a Spec that has the maps' size.

    size: of the maps in cells, None without heatmaps. SpecError where it does not fit, or the Spec has no input size.
    """
    if isinstance(like, LevelInfo):
        if size is not None and like.level.size != size:
            found = f"the maps are {show_size(size)} and the level is {like.level.name}"
            raise SpecError("like", found, "give the level that the maps are of")
        return MapSettings(like.level, like.codec, like.normalize, like.normalize_params, like.params)
    if not isinstance(like, Spec):
        raise SpecError(
            "like", f"{type(like).__name__} says nothing of maps", 'give shards.levels["28x28"] or a Spec'
        )
    pixels = input_size or like.input_size
    if pixels is None:
        raise SpecError("like", "the Spec has no input size", "give input_size=(w, h) as well")
    levels = [level for level in like.levels(pixels) if size in (None, level.size)]
    if not levels:
        raise SpecError(
            "like", f"the Spec draws no {show_size(size or (0, 0))} maps", "give the Spec of these maps"
        )
    return MapSettings(levels[0], like.codec, like.normalize, like.normalize_params, like.params)


def to_array(values: Any, name: str) -> NDArray[Any]:
    """Return an array, or what a tensor of any device, dtype or gradient holds, as NumPy takes it.

    InputError on what holds no numbers: words, and tensors without data or of a sparse layout.

    >>> to_array([[1, 2]], "heatmaps").tolist()
    [[1, 2]]
    """
    if hasattr(values, "detach"):
        try:
            values = values.detach().cpu()
            values = values.float() if "bfloat16" in str(values.dtype) else values
            values = values.numpy()
        except (TypeError, RuntimeError) as problem:
            found = f"are a tensor that NumPy cannot take ({problem})"
            raise InputError(name, found, "give a dense tensor that holds its numbers") from None
    array = np.asarray(values)
    if array.dtype.isbuiltin == 1 and array.dtype.kind in "fiub":
        return array
    if array.dtype.name == "bfloat16":
        return array.astype(np.float32)
    if array.dtype.kind not in "fiub":
        raise InputError(name, f"are {array.dtype}, not numbers", "give an array or a tensor of numbers")
    return array


def map_size(planes: Mapping[str, NDArray[Any]]) -> Size | None:
    """Return the size (W, H) of the planes' heatmaps; None without them."""
    if "heatmaps" not in planes:
        return None
    height, width = planes["heatmaps"].shape[-2:]
    return width, height
