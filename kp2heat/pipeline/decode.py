"""Shards -> keypoints in image px, beside the truth the shards carry; from the labels or from predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kp2heat import compiled
from kp2heat.decoders import DECODERS
from kp2heat.errors import SpecError
from kp2heat.frame import Frame
from kp2heat.peaks import Peaks
from kp2heat.pipeline.maps import for_method, joint_channels, methods_for, peaks_in_cells, raw, recorded
from kp2heat.pipeline.matching import match
from kp2heat.pipeline.predicted import Activation, Predicted, Settings, set_against
from kp2heat.pipeline.report import DecodeReport, LevelResult
from kp2heat.scene import make_scene, outside_input
from kp2heat.shards.header import LevelInfo, Truth
from kp2heat.shards.reader import Shard, Shards, open_shards

READ_BYTES = 1 << 24
"""Dense bytes decoded at a time."""

Planes = Mapping[str, NDArray[Any]]
Lost = Mapping[str, int]
Source = Callable[[Shard, int, int, int], tuple[Planes, Lost]]
"""(shard, samples before it, first row, row behind the last) -> raw planes, and maps that could not be had."""


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
    people, frame = shards.truth, _frame(shards)
    results = []
    for info, source in jobs:
        used = methods_for(method, info.codec, list(info.planes), predicted=predictions is not None)
        batches = [
            batch
            for shard, offset in zip(shards.shards, shards.starts, strict=False)
            for batch in _decode_level(shard, offset, info, source, used, params, min_score, progress)
        ]
        results += [
            _joined([batch[i] for batch in batches], info, used[i], people, frame) for i in range(len(used))
        ]
    return DecodeReport(shards, tuple(results), people, predictions is not None)


def _frame(shards: Shards) -> Frame:
    """Image px -> input px of every person."""
    matrices = [shard.frame.matrix[shard.truth.sample] for shard in shards.shards]
    return Frame(np.concatenate(matrices), shards.shards[0].frame.input_size)


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
        found = {name: shard.read(level, name, start, stop) for name in info.planes if name != "weights"}
        if "heatmaps" in found:
            found["heatmaps"] = raw(
                found["heatmaps"],
                scale=info.scale_factor,
                normalized=info.normalize,
                params=info.normalize_params,
                channels=joint_channels(info.channels, shard.skeleton.names),
                halves=halves and all(DECODERS[name].halves for name in used),
            )
        return found, {}

    return planes


def _predicted_source(predicted: Predicted) -> Source:
    def planes(_shard: Shard, offset: int, start: int, stop: int) -> tuple[Planes, Lost]:
        maps, absent, bad = predicted.maps(offset + start, offset + stop)
        lost = {"absent_rows": int(absent.sum()), "not_finite_maps": int(bad.sum())}
        return {"heatmaps": maps}, {**lost, "unknown_rows": predicted.unknown if offset + start == 0 else 0}

    return planes


def _decode_level(
    shard: Shard,
    offset: int,
    info: LevelInfo,
    source: Source,
    methods: Sequence[str],
    params: Mapping[str, Any],
    min_score: float | None,
    progress: Callable[[int], None],
) -> list[list[_Rows]]:
    """One level of one shard, a bounded number of rows at a time, each read once for all methods."""
    cells = sum(int(np.prod(row)) for row, _ in info.planes.values())
    rows = max(1, READ_BYTES // (4 * max(1, cells)))
    batches = []
    ranges = [(start, min(start + rows, len(shard))) for start in range(0, len(shard), rows)]
    for (start, stop), (planes, lost) in _read_ahead(partial(source, shard, offset), ranges):
        batches.append(
            [
                _decode_rows(
                    shard, info, planes, lost, start, stop, m, for_method(m, params, methods), min_score
                )
                for m in methods
            ]
        )
        progress(stop - start)
    shard.close()
    return batches


def _read_ahead(
    read: Callable[[int, int], tuple[Planes, Lost]], ranges: Sequence[tuple[int, int]]
) -> Iterator[tuple[tuple[int, int], tuple[Planes, Lost]]]:
    """Each range and what is read of it, by a thread that reads one while the one before is worked on."""
    with ThreadPoolExecutor(1, thread_name_prefix="kp2heat-read") as thread:
        before: tuple[tuple[int, int], Future[tuple[Planes, Lost]]] | None = None
        for part in ranges:
            coming = part, thread.submit(read, *part)
            if before is not None:
                yield before[0], before[1].result()
            before = coming
        if before is not None:
            yield before[0], before[1].result()


class _Rows(NamedTuple):
    """A batch of one level, as ``LevelResult`` has it."""

    found: Peaks
    scored: NDArray[np.bool_]
    outside: NDArray[np.bool_]
    lost: Lost


def _decode_rows(
    shard: Shard,
    info: LevelInfo,
    planes: Planes,
    lost: Lost,
    start: int,
    stop: int,
    method: str,
    params: Mapping[str, Any],
    min_score: float | None,
) -> _Rows:
    people = shard.truth.take(start, stop)
    crowding = int(np.bincount(people.sample, minlength=1).max(initial=1))
    single = shard.settings["sample"] == "instance"
    several = not single and crowding > 1 and not params.get("literal")
    known = recorded(method, info.params, shard.skeleton, crowding if several else 1)
    found = peaks_in_cells(planes, info.level, info.codec, method, **{**known, **params})
    if single and found.xy.ndim > 3:
        todo = "choose another, or leave out top; the labels hold one person a sample"
        raise SpecError(f"method {method}", f"it finds {found.xy.shape[2]} peaks a map", todo)
    if min_score is not None:
        low = found.score < min_score
        found = replace(
            found,
            xy=np.where(low[..., None], np.nan, found.xy),
            score=np.where(low, 0.0, found.score),
            refined=found.refined & ~low,
        )
    frame = Frame(shard.frame.matrix[start:stop][people.sample], shard.frame.input_size)
    truth = frame.to_input(people.xy)
    if not single:
        found = match(found, info.level.alignment.to_cell(truth), people.sample)
    settings = shard.settings
    scene = make_scene(
        shard.skeleton,
        frame.input_size,
        truth,
        people.visible,
        hidden=settings["hidden"],
        outside="clip" if settings["outside"] == "clip" else "drop",
    )
    return _Rows(found, scene.drawn & (scene.weight > 0), outside_input(truth, frame.input_size), lost)


def _joined(
    batches: Sequence[_Rows], info: LevelInfo, method: str, people: Truth, frame: Frame
) -> LevelResult:
    """The batches of all shards, one behind the other."""
    parts = [batch.found for batch in batches]
    xy, score, refined = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("xy", "score", "refined")
    )
    lost: dict[str, int] = {}
    for batch in batches:
        for name, count in batch.lost.items():
            lost[name] = lost.get(name, 0) + count
    return LevelResult(
        method,
        info,
        Peaks(xy, score, refined, "cell"),
        people.xy,
        frame,
        np.concatenate([batch.scored for batch in batches]),
        np.concatenate([batch.outside for batch in batches]),
        lost,
    )
