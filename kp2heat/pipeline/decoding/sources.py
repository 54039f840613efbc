"""Where the raw planes of a batch come from: the shards' own labels, or a network's predictions for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.decoders import DECODERS
from kp2heat.errors import SpecError
from kp2heat.pipeline.decoding.map_sharing import map_groups, map_skeleton
from kp2heat.pipeline.decoding.undo_normalisation import center_channel, joint_channels, methods_for, raw
from kp2heat.pipeline.predictions.align import Predicted, Settings, align_predictions
from kp2heat.shards.reading.dataset import Shards
from kp2heat.shards.reading.header import LevelInfo
from kp2heat.shards.reading.shard import Shard

Planes = Mapping[str, NDArray[Any]]
Lost = Mapping[str, int]
Source = Callable[[Shard, int, int, int], tuple[Planes, Lost]]
"""(shard, samples before it, first row, row behind the last) -> raw planes, and counts of unusable maps."""


def sources(
    shards: Shards,
    predicted: Predicted | None,
    levels: Sequence[str] | None,
    method: str,
    literal: bool,
    before: int = 0,
) -> list[tuple[LevelInfo, Source]]:
    """Return the levels to decode, each with the source of its planes; SpecError on a level the shards lack.

    before  samples of the data set ahead of these shards, where the predictions are of all of it
    """
    if predicted is not None:
        return [(predicted_info(shards, predicted), _predicted_source(predicted, before))]
    for name in levels or ():
        if name not in shards.levels:
            raise SpecError(
                "level", f"the shards hold no level '{name}'", f"they hold {', '.join(shards.levels)}"
            )
    return [(shards.levels[name], _label_source(name, method, literal)) for name in levels or shards.levels]


def open_aligned(
    shards: Shards, settings: Settings, levels: Sequence[str] | None, ids: NDArray[np.generic] | None = None
) -> Predicted:
    """Open predictions and align them with the shards they were made for; ``ids``: of all samples, if of more."""
    first = next(iter(shards.levels.values()))
    return align_predictions(
        settings,
        map_skeleton(map_groups(first, shards.skeleton), shards.skeleton),
        shards.input_size,
        {name: info.level for name, info in shards.levels.items()},
        first,
        sample_ids(shards) if ids is None else ids,
        levels[0] if levels else None,
    )


def sample_ids(shards: Shards) -> NDArray[np.generic]:
    """Return the ids by which predictions name the samples: of annotations, or of images."""
    instances = shards.settings["sample"] == "instance"
    return shards.truth.annotation_id if instances else shards.column("image_id")


def predicted_info(shards: Shards, predicted: Predicted) -> LevelInfo:
    """Return the labels' level on the predictions' grid, with nothing left to undo."""
    label = next(iter(shards.levels.values()))
    names = predicted.skeleton.names
    row = (len(names), predicted.level.size[1], predicted.level.size[0])
    return replace(
        label,
        level=predicted.level,
        channels=names,
        normalize="none",
        normalize_params={},
        scale_factor=1.0,
        planes={"heatmaps": (row, "<f4")},
    )


def _label_source(level: str, method: str, literal: bool) -> Source:
    """Return a source of the shards' own planes, left float16 where every method takes that."""

    def planes(shard: Shard, _offset: int, start: int, stop: int) -> tuple[Planes, Lost]:
        info = shard.levels[level]
        used = methods_for(method, info.codec, list(info.planes), predicted=False)
        names = [name for name in info.planes if name != "weights"]
        stored = {name: shard.read(level, name, start, stop, threads=False) for name in names}
        if "heatmaps" in stored:
            undone = partial(raw, stored["heatmaps"], info, scale=info.scale_factor)
            stored["heatmaps"] = undone(
                channels=joint_channels(info.channels, map_groups(info, shard.skeleton).names),
                halves=not literal and all(DECODERS[name].accepts_float16 for name in used),
            )
            centers = center_channel(info.channels, stored)
            if centers is not None:
                stored["centers"] = undone(channels=centers)
        nan = np.isnan(stored["heatmaps"][:, :, 0, 0]).sum() if "heatmaps" in stored else 0
        return stored, {"not_finite_maps": int(nan)} if nan else {}

    return planes


def _predicted_source(predicted: Predicted, before: int) -> Source:
    """Return a source of a network's planes, whose files are read by one thread at a time."""
    reading = Lock()

    def planes(_shard: Shard, offset: int, start: int, stop: int) -> tuple[Planes, Lost]:
        first = before + offset + start
        with reading:
            maps, absent, bad = predicted.maps(first, first + stop - start)
        lost = {"absent_rows": int(absent.sum()), "not_finite_maps": int(bad.sum())}
        lost["unknown_rows"] = predicted.unknown if first == 0 else 0
        doubts = {} if predicted.settings.read_as == "logits" else _doubtful(maps)
        return {"heatmaps": maps}, {**lost, **doubts}

    return planes


def _doubtful(maps: NDArray[Any]) -> dict[str, int]:
    """Count the maps that have no value above 0, and those that fall further below 0 than they rise above it.

    A heatmap's background is 0, and a network's is near it; logits lie far below.
    """
    flat = maps.reshape(*maps.shape[:2], -1)
    with np.errstate(invalid="ignore"):
        least, most = flat.min(axis=-1), flat.max(axis=-1)
        return {"below_zero_maps": int((most <= 0).sum()), "negative_maps": int((-least > most).sum())}
