"""Decode shards, or predictions for them, to keypoints in image px, and compare these with the truth they carry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from kp2heat.arrays import Bools, Bytes, Floats
from kp2heat.compiled import compiled_for
from kp2heat.errors import check_type
from kp2heat.frame import Frame, Size
from kp2heat.metrics.pairing.pairs import parts
from kp2heat.peaks import Peaks
from kp2heat.pipeline.concurrency import map_in_threads
from kp2heat.pipeline.decoding.batches import Settings, Work, batches, decode_batch
from kp2heat.pipeline.decoding.map_sharing import in_a_map, map_groups, methods_of
from kp2heat.pipeline.decoding.mirrored import as_annotated, as_drawn, reordered
from kp2heat.pipeline.decoding.reporting.report import DecodeReport, LevelResult
from kp2heat.pipeline.decoding.sources import open_aligned, sources
from kp2heat.pipeline.predictions.align import Predicted, as_settings
from kp2heat.pipeline.predictions.align import Settings as Predictions
from kp2heat.scene import Scene, make_scene, outside_input
from kp2heat.shards.reading.dataset import Shards, open_shards
from kp2heat.shards.reading.people import Truth
from kp2heat.skeleton import Skeleton


def decode_dataset(
    shards: Shards | str | Path | Sequence[str | Path],
    *,
    method: str = "auto",
    levels: Sequence[str] | None = None,
    predictions: Predictions | str | Path | None = None,
    min_score: float | None = None,
    progress: Callable[[int], None] = lambda _rows: None,
    **params: Any,
) -> DecodeReport:
    """Decode every level (or those named) of the shards, or the predictions made for them.

    method     a decoder's name, several with commas between, ``all`` that fit, or ``auto``: the one that is
               exact for the labels' codec, and for predictions of Gaussians ``weighted-fit``
    predictions  a file of a network's maps for these shards, or how several are to be taken
    min_score  peaks that score less count as missed
    progress   is called with the number of samples that were decoded since
    params     settings of the methods

    SpecError or InputError on what does not fit.

    >>> import tempfile, kp2heat
    >>> rows, out = kp2heat.read("sample_data/annotations.json"), tempfile.mkdtemp()
    >>> _ = kp2heat.encode_dataset(rows, out, kp2heat.Spec(input_size=(64, 64), sizes=((16, 16),)))
    >>> numbers = decode_dataset(out, method="dark").to_json()["levels"]["16x16"]
    >>> numbers["method"], numbers["input"]["count"], numbers["input"]["mean"] < 0.01
    ('dark', 804, True)
    """
    check_type("method", method, str, 'give a name such as "dark", or several with commas')
    check_type("levels", levels, (list, tuple, type(None)), 'give a list of names such as ["28x28"]')
    predictions = as_settings(predictions)
    if not isinstance(shards, Shards):
        shards = open_shards(shards)
    aligned = None if predictions is None else open_aligned(shards, predictions, levels)
    options = DecodeOptions(method, levels, min_score, params)
    return decode_shards(shards, options, aligned, progress=progress)


@dataclass(frozen=True, eq=False)
class DecodeOptions:
    """The settings of :func:`decode_dataset`, its predictions apart."""

    method: str = "auto"
    levels: Sequence[str] | None = None
    min_score: float | None = None
    params: Mapping[str, Any] = field(default_factory=dict)


def decode_shards(
    shards: Shards,
    options: DecodeOptions,
    aligned: Predicted | None = None,
    *,
    before: int = 0,
    progress: Callable[[int], None] = lambda _rows: None,
) -> DecodeReport:
    """Decode shards, or the predictions ``aligned`` with them and ``before`` samples ahead of them."""
    people = shards.truth
    frame = Frame(shards.column("frame")[people.sample], shards.shards[0].frame.input_size)
    mapped, order = as_drawn(people, frame, shards.skeleton)
    scored, outside, drawn = scored_joints(shards, mapped, frame)
    single = shards.settings["sample"] == "instance"
    predicted = aligned is not None
    literal = bool(options.params.get("literal"))
    works = []
    for info, source in sources(shards, aligned, options.levels, options.method, literal, before):
        methods = methods_of(info, shards.skeleton, options.method, single=single, predicted=predicted)
        groups = map_groups(info, shards.skeleton)
        sure = predicted and single and max(map(len, groups.members)) == 1
        works.append(Work(info, source, methods, [_unfilled(scored.shape, sure) for _ in methods], groups))
    settings = Settings(mapped, frame, drawn, options.params, options.min_score)
    with compiled_for(sum(shard.path.stat().st_size for shard in shards.shards)):
        lost = _run(shards, works, settings, progress)
    results = [
        LevelResult(
            name,
            work.info,
            as_annotated(peaks, order),
            people.xy,
            frame,
            reordered(scored & in_a_map(work.groups, scored.shape[1]), order),
            reordered(outside, order),
            lost[work.info.level.name],
        )
        for work in works
        for name, peaks in zip(work.methods, work.peaks, strict=True)
    ]
    return DecodeReport(shards, tuple(results), people, predicted)


def _run(
    shards: Shards, works: Sequence[Work], settings: Settings, progress: Callable[[int], None]
) -> dict[str, Counter[str]]:
    """Decode all batches; return by level how many maps were unusable, and why."""
    lost: dict[str, Counter[str]] = {work.info.level.name: Counter() for work in works}
    cut = batches(shards, works)
    for batch, missing in zip(cut, map_in_threads(partial(decode_batch, settings), cut), strict=True):
        lost[batch.work.info.level.name].update(missing)
        progress(batch.stop - batch.start)
        if batch.last:
            batch.shard.close()
    return lost


def _unfilled(shape: tuple[int, ...], sure: bool) -> Peaks:
    """Return uninitialised peaks of M people and K joints, ``sure``: with their confidence; batches fill them in."""
    peaks = Peaks(np.empty((*shape, 2)), np.empty(shape), np.empty(shape, bool), "cell")
    if not sure:
        return peaks
    return replace(
        peaks, covariance=np.empty((*shape, 2, 2)), share=np.empty(shape), amplitude=np.empty(shape)
    )


def scene_of_truth(
    skeleton: Skeleton, input_size: Size, truth: Floats, visible: Bytes, settings: Mapping[str, Any]
) -> Scene:
    """Return people, truth (M, K, 2) input px and visible (M, K), as the settings of an encoding draw them."""
    outside = "clip" if settings["outside"] == "clip" else "drop"
    return make_scene(skeleton, input_size, truth, visible, hidden=settings["hidden"], outside=outside)


def scored_joints(shards: Shards, people: Truth, frame: Frame) -> tuple[Bools, Bools, Bools]:
    """Return which joints (M, K) errors are about, which lie outside the input, and which are drawn."""

    def part(rows: slice) -> tuple[Bools, Bools, Bools]:
        truth = frame.take(rows).to_input(people.xy[rows])
        scene = scene_of_truth(
            shards.skeleton, frame.input_size, truth, people.visible[rows], shards.settings
        )
        return scene.drawn & (scene.weight > 0), outside_input(truth, frame.input_size), scene.drawn

    some = list(map_in_threads(part, parts(*people.visible.shape)))
    scored, outside, drawn = (np.concatenate(masks) for masks in zip(*some, strict=True))
    return scored, outside, drawn
