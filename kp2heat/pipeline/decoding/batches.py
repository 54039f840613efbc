"""A bounded number of samples of one level at a time: read once, decoded by every method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.decoders import DECODERS
from kp2heat.decoders.confidence import confidence
from kp2heat.frame import Frame
from kp2heat.peaks import Peaks
from kp2heat.pipeline.decoding.map_sharing import Sharers, assigned, peaks_of_maps, sharers
from kp2heat.pipeline.decoding.sources import Lost, Source
from kp2heat.pipeline.decoding.undo_normalisation import for_method
from kp2heat.shards.reading.dataset import Shards
from kp2heat.shards.reading.header import LevelInfo
from kp2heat.shards.reading.people import Truth
from kp2heat.shards.reading.shard import Shard
from kp2heat.skeleton.groups import JointGroups

READ_BYTES = 1 << 24
"""Dense bytes decoded at a time, counted as float32."""
ALIGNED = 64
"""Samples: batches begin at multiples of it, as chunks do, so that none is decompressed twice."""


class Work(NamedTuple):
    """One level to decode.

    source   where its planes come from
    methods  the decoders, and for each the peaks of all people, which batches fill in
    groups   the joints that each map holds
    """

    info: LevelInfo
    source: Source
    methods: Sequence[str]
    peaks: Sequence[Peaks]
    groups: JointGroups


class Batch(NamedTuple):
    """Samples start..stop of a shard, one level of them: what one thread holds dense at a time.

    offset  samples before the shard; ``last``: no other batch is of this shard
    """

    work: Work
    shard: Shard
    offset: int
    start: int
    stop: int
    last: bool


@dataclass(frozen=True)
class Settings:
    """The settings of every batch.

    people     the truth; ``frame``: its frames; ``drawn`` (M, K): the joints that maps hold
    params     settings of the methods
    min_score  the least score of a peak
    """

    people: Truth
    frame: Frame
    drawn: Bools
    params: Mapping[str, Any]
    min_score: float | None


def batches(shards: Shards, works: Sequence[Work]) -> list[Batch]:
    """Cut every level of every shard into batches of bounded size, shard by shard."""
    cut = []
    for shard, offset in zip(shards.shards, shards.starts, strict=False):
        for work in works:
            for start, stop in _cuts(work.info, len(shard)):
                last = work is works[-1] and stop == len(shard)
                cut.append(Batch(work, shard, offset, start, stop, last))
    return cut


def _cuts(info: LevelInfo, rows: int) -> list[tuple[int, int]]:
    cells = sum(int(np.prod(row)) for row, _ in info.planes.values())
    step = max(1, READ_BYTES // (4 * max(1, cells)))
    step = max(step // ALIGNED * ALIGNED, min(step, ALIGNED))
    return [(start, min(start + step, rows)) for start in range(0, rows, step)]


def decode_batch(settings: Settings, batch: Batch) -> Lost:
    """Fill in the peaks of a batch, read once for all methods; return counts of unusable maps."""
    work, people = batch.work, settings.people
    first = batch.offset + batch.start
    planes, lost = work.source(batch.shard, batch.offset, batch.start, batch.stop)
    begin, end = np.searchsorted(people.sample, (first, batch.offset + batch.stop))
    rows = slice(begin, end)
    single = batch.shard.settings["sample"] == "instance"
    shared = _shared(settings, batch, rows, first)
    for method, filled in zip(work.methods, work.peaks, strict=True):
        given = for_method(method, settings.params, work.methods)
        if "areas" in DECODERS[method].params and single:
            given["areas"] = _box_areas(people, settings.frame, rows, work.info)
        peaks = peaks_of_maps(planes, work.info, batch.shard.skeleton, method, shared, **given)
        if settings.min_score is not None:
            peaks = _scoring(peaks, settings.min_score)
        if shared is not None:
            peaks = assigned(peaks, shared, end - begin, people.xy.shape[1])
        filled.xy[rows], filled.score[rows], filled.refined[rows] = peaks.xy, peaks.score, peaks.refined
        if filled.covariance is not None and filled.share is not None and filled.amplitude is not None:
            sure = confidence(planes["heatmaps"], peaks, work.info.level)
            filled.covariance[rows], filled.share[rows] = sure.covariance, sure.share
            filled.amplitude[rows] = sure.amplitude
    return lost


def _shared(settings: Settings, batch: Batch, rows: slice, first: int) -> Sharers | None:
    """Return the joints that share the batch's maps; None where every map holds one joint of one person."""
    work, people = batch.work, settings.people
    single = batch.shard.settings["sample"] == "instance"
    if single and max(len(members) for members in work.groups.members) == 1:
        return None
    in_input = settings.frame.take(rows).to_input(people.xy[rows])
    truth = work.info.level.alignment.to_cell(in_input)
    samples = batch.stop - batch.start
    return sharers(work.groups, truth, settings.drawn[rows], people.sample[rows] - first, samples)


def _box_areas(people: Truth, frame: Frame, rows: slice, info: LevelInfo) -> Floats:
    """Return the areas (M,) of the people's boxes in cells^2, NaN where there is none."""
    scale = np.abs(np.linalg.det(frame.matrix[rows, :, :2]))
    cells = np.prod(info.level.alignment.stride)
    return np.asarray(people.bbox[rows, 2] * people.bbox[rows, 3] * scale / cells)


def _scoring(peaks: Peaks, least: float) -> Peaks:
    """Return the peaks without those that score less."""
    low = peaks.score < least
    xy: Floats = np.where(low[..., None], np.nan, peaks.xy)
    return replace(peaks, xy=xy, score=np.where(low, 0.0, peaks.score), refined=peaks.refined & ~low)
