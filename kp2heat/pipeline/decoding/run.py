"""Shards -> keypoints in image px, beside the truth the shards carry; from the labels or from predictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kp2heat import compiled
from kp2heat.arrays import Bools
from kp2heat.decoders import DECODERS
from kp2heat.errors import SpecError
from kp2heat.frame import Frame
from kp2heat.metrics.pairs import parts
from kp2heat.peaks import Peaks
from kp2heat.pipeline.concurrency import map_in_threads
from kp2heat.pipeline.decoding.assign_peaks import match
from kp2heat.pipeline.decoding.report import DecodeReport, LevelResult
from kp2heat.pipeline.decoding.undo_normalisation import (
    for_method,
    joint_channels,
    methods_for,
    peaks_in_cells,
    raw,
    recorded,
)
from kp2heat.pipeline.predictions.align import Activation, Predicted, Settings, set_against
from kp2heat.scene import make_scene, outside_input
from kp2heat.shards.reading.dataset import Shard, Shards, open_shards
from kp2heat.shards.reading.header import LevelInfo, Truth

READ_BYTES = 1 << 24
"""Dense bytes decoded at a time, counted as float32."""
ALIGNED = 64
"""Samples: batches begin at multiples of it, as chunks do, lest one is inflated twice."""

Planes = Mapping[str, NDArray[Any]]
Lost = Mapping[str, int]
Source = Callable[[Shard, int, int, int], tuple[Planes, Lost]]
"""(shard, samples before it, first row, row behind the last) -> raw planes, and maps that could not be had."""


class _Work(NamedTuple):
    """One level: where its planes come from, and by which methods they are decoded, each of which fills in ``found``
    of all people.
    """

    info: LevelInfo
    source: Source
    methods: Sequence[str]
    found: Sequence[Peaks]


class _Batch(NamedTuple):
    """Samples start..stop of a shard, one level of them: what is held dense at a time by one thread.

    offset  samples before the shard; ``last``: no other batch is of this shard
    """

    work: _Work
    shard: Shard
    offset: int
    start: int
    stop: int
    last: bool


def decode_dataset(
    shards: Shards | str | Path | Sequence[Path],
    *,
    method: str = "auto",
    levels: Sequence[str] | None = None,
    predictions: Settings | None = None,
    min_score: float | None = None,
    progress: Callable[[int], None] = lambda _rows: None,
    **params: Any,
) -> DecodeReport:
    """Decode every level (or those named) of the shards, or the predictions made for them.

    method: a decoder's name, several with commas between, ``all`` that fit, or ``auto``: the one that is
    exact for the labels' codec, and for predictions the fit that comes next to the Cramer-Rao bound.
    min_score: peaks that score less count as not found. SpecError or InputError on what does not fit.
    """
    if not isinstance(shards, Shards):
        shards = open_shards(shards)
    compiled.expect(sum(shard.path.stat().st_size for shard in shards.shards))
    if predictions is not None:
        predicted = against(shards, predictions, levels)
        info = predicted_info(shards, predicted)
        jobs = [(info, _predicted_source(predicted))]
    else:
        halves = not params.get("literal")
        jobs = [
            (shards.levels[name], _label_source(name, method, halves)) for name in _chosen(shards, levels)
        ]
    people = shards.truth
    frame = Frame(shards.column("frame")[people.sample], shards.shards[0].frame.input_size)
    works = []
    for info, source in jobs:
        methods = methods_for(method, info.codec, list(info.planes), predicted=predictions is not None)
        works.append(_Work(info, source, methods, [_unfilled(people.visible.shape) for _ in methods]))
    lost: dict[str, dict[str, int]] = {work.info.level.name: {} for work in works}
    batches = _batches(shards, works)
    decode = partial(_decode_batch, people, frame, params, min_score)
    for batch, missing in zip(batches, map_in_threads(decode, batches), strict=True):
        sums = lost[batch.work.info.level.name]
        for name, count in missing.items():
            sums[name] = sums.get(name, 0) + count
        progress(batch.stop - batch.start)
        if batch.last:
            batch.shard.close()
    scored, outside = _asked(shards, people, frame)
    results = [
        LevelResult(name, work.info, found, people.xy, frame, scored, outside, lost[work.info.level.name])
        for work in works
        for name, found in zip(work.methods, work.found, strict=True)
    ]
    return DecodeReport(shards, tuple(results), people, predictions is not None)


def _unfilled(shape: tuple[int, ...]) -> Peaks:
    """Peaks of M people and K joints to be filled in by batches: memory not touched before is slow to come by."""
    return Peaks(np.empty((*shape, 2)), np.empty(shape), np.empty(shape, bool), "cell")


def _chosen(shards: Shards, levels: Sequence[str] | None) -> list[str]:
    for name in levels or ():
        if name not in shards.levels:
            raise SpecError("level", f"the shards hold no {name}", f"they hold {', '.join(shards.levels)}")
    return list(levels or shards.levels)


def against(shards: Shards, settings: Settings, levels: Sequence[str] | None) -> Predicted:
    """The predictions, opened and held against the shards they were made for."""
    any_level = next(iter(shards.levels.values()))
    kind = "annotation_id" if shards.settings["sample"] == "instance" else "image_id"
    ids = shards.truth.annotation_id if kind == "annotation_id" else shards.column("image_id")
    return set_against(
        settings,
        shards.skeleton,
        shards.shards[0].frame.input_size,
        {name: info.level for name, info in shards.levels.items()},
        Activation(any_level.normalize, any_level.normalize_params),
        {kind: ids},
        levels[0] if levels else None,
    )


def predicted_info(shards: Shards, predicted: Predicted) -> LevelInfo:
    """The labels' level, on the predictions' grid, with nothing left to undo."""
    label = next(iter(shards.levels.values()))
    row = (len(shards.skeleton), predicted.level.size[1], predicted.level.size[0])
    return replace(
        label, level=predicted.level, channels=shards.skeleton.names, normalize="none", normalize_params={},
        scale_factor=1.0, planes={"heatmaps": (row, "<f4")},
    )  # fmt: skip


def _label_source(level: str, method: str, halves: bool) -> Source:
    """Planes as the shards hold them, made raw; ``halves``: left float16 where every method takes that."""

    def planes(shard: Shard, _offset: int, start: int, stop: int) -> tuple[Planes, Lost]:
        info = shard.levels[level]
        used = methods_for(method, info.codec, list(info.planes), predicted=False)
        found = {
            name: shard.read(level, name, start, stop, threads=False)
            for name in info.planes
            if name != "weights"
        }
        if "heatmaps" in found:
            found["heatmaps"] = raw(
                found["heatmaps"],
                scale=info.scale_factor,
                normalized=info.normalize,
                params=info.normalize_params,
                channels=joint_channels(info.channels, shard.skeleton.names),
                halves=halves and all(DECODERS[name].accepts_float16 for name in used),
            )
        return found, {}

    return planes


def _predicted_source(predicted: Predicted) -> Source:
    """Planes of a network, whose files are read by one thread at a time."""
    reading = Lock()

    def planes(_shard: Shard, offset: int, start: int, stop: int) -> tuple[Planes, Lost]:
        with reading:
            maps, absent, bad = predicted.maps(offset + start, offset + stop)
        lost = {"absent_rows": int(absent.sum()), "not_finite_maps": int(bad.sum())}
        return {"heatmaps": maps}, {**lost, "unknown_rows": predicted.unknown if offset + start == 0 else 0}

    return planes


def _batches(shards: Shards, works: Sequence[_Work]) -> list[_Batch]:
    """Of every level of every shard, a bounded number of rows each, shard by shard."""
    batches = []
    for shard, offset in zip(shards.shards, shards.starts, strict=False):
        for work in works:
            cells = sum(int(np.prod(row)) for row, _ in work.info.planes.values())
            step = max(1, READ_BYTES // (4 * max(1, cells)))
            step = max(step // ALIGNED * ALIGNED, min(step, ALIGNED))
            for start in range(0, len(shard), step):
                stop = min(start + step, len(shard))
                last = work is works[-1] and stop == len(shard)
                batches.append(_Batch(work, shard, offset, start, stop, last))
    return batches


def _decode_batch(
    people: Truth,
    frame: Frame,
    params: Mapping[str, Any],
    min_score: float | None,
    batch: _Batch,
) -> Lost:
    """Fill in the peaks of a batch, read once for all methods; its maps that could not be had."""
    work, shard = batch.work, batch.shard
    first = batch.offset + batch.start
    planes, lost = work.source(shard, batch.offset, batch.start, batch.stop)
    begin, end = np.searchsorted(people.sample, (first, batch.offset + batch.stop))
    rows = slice(begin, end)
    sample = people.sample[rows] - first
    single = shard.settings["sample"] == "instance"
    crowding = 1 if single or params.get("literal") else int(np.bincount(sample, minlength=1).max(initial=1))
    for method, filled in zip(work.methods, work.found, strict=True):
        known = recorded(method, work.info.params, shard.skeleton, crowding)
        given = for_method(method, params, work.methods)
        found = peaks_in_cells(planes, work.info.level, work.info.codec, method, **{**known, **given})
        if single and found.xy.ndim > 3:
            todo = "choose another, or leave out top; the labels hold one person a sample"
            raise SpecError(f"method {method}", f"it finds {found.xy.shape[2]} peaks a map", todo)
        if min_score is not None:
            found = _scoring(found, min_score)
        if not single:
            truth = frame.take(rows).to_input(people.xy[rows])
            found = match(found, work.info.level.alignment.to_cell(truth), sample)
        filled.xy[rows], filled.score[rows], filled.refined[rows] = found.xy, found.score, found.refined
    return lost


def _scoring(found: Peaks, least: float) -> Peaks:
    """Peaks that score less are none."""
    low = found.score < least
    xy = np.where(low[..., None], np.nan, found.xy)
    return replace(found, xy=xy, score=np.where(low, 0.0, found.score), refined=found.refined & ~low)


def _asked(shards: Shards, people: Truth, frame: Frame) -> tuple[Bools, Bools]:
    """(M, K) of all people: scored and outside, as ``LevelResult`` has them."""
    settings = shards.settings

    def asked(rows: slice) -> tuple[Bools, Bools]:
        truth = frame.take(rows).to_input(people.xy[rows])
        scene = make_scene(
            shards.skeleton,
            frame.input_size,
            truth,
            people.visible[rows],
            hidden=settings["hidden"],
            outside="clip" if settings["outside"] == "clip" else "drop",
        )
        return scene.drawn & (scene.weight > 0), outside_input(truth, frame.input_size)

    some = list(map_in_threads(asked, parts(*people.visible.shape)))
    return np.concatenate([scored for scored, _ in some]), np.concatenate([outside for _, outside in some])
