"""What decoded people say in numbers, summed up: totals of parts merge to those of the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np

from kp2heat.metrics import epe, pck
from kp2heat.metrics.pairing.groups import by_border, by_visibility
from kp2heat.metrics.pairing.pairs import Pairs, parts
from kp2heat.pipeline.concurrency import map_in_threads
from kp2heat.pipeline.decoding.reporting.joint_states import joint_states
from kp2heat.pipeline.decoding.reporting.level_result import LevelResult
from kp2heat.pipeline.decoding.reporting.reliability import Confidences, confidences

if TYPE_CHECKING:
    from kp2heat.pipeline.decoding.reporting.report import DecodeReport

SPACES = ("image", "input", "cell")


@dataclass(frozen=True, eq=False)
class LevelTotals:
    """The totals of one level decoded by one method.

    level        WxH; ``about``: its codec, sigma and alignment, as the report says them
    cell         input px that a square cell is long; None where cells have errors of their own
    states       joints by what became of them
    errors       tallies by space, in input px by group of joints too
    near         joints near enough in the image
    confidences  what predictions say of their errors; None for labels
    """

    level: str
    method: str
    about: Mapping[str, str | float]
    cell: float | None
    states: Mapping[str, int]
    errors: Mapping[str, epe.Tally]
    near: pck.Tally
    confidences: Confidences | None


@dataclass(frozen=True, eq=False)
class Totals:
    """The totals of a decoding: of all levels and methods, in their order.

    every  1: percentiles are exact, and confidences are of every sample; n: percentiles are from bins, and
           confidences of every n-th sample
    """

    samples: int
    people: int
    predicted: bool
    joints: tuple[str, ...]
    every: int
    levels: tuple[LevelTotals, ...]


def totals(report: DecodeReport, every: int = 1, first: int = 0) -> Totals:
    """Return the totals of a report, whose first sample has the number ``first`` in the whole."""
    rows = [
        slice(base + piece.start, base + piece.stop)
        for base, count in _shard_rows(report)
        for piece in parts(count, report.people.xy.shape[1])
    ]
    tallied = list(
        map_in_threads(lambda task: _tallied(report, task[0], task[1], every), product(report.results, rows))
    )
    thinned = (report.people.sample + first) % every == 0
    of_results = [tallied[n * len(rows) : (n + 1) * len(rows)] for n in range(len(report.results))]
    levels = map_in_threads(
        lambda task: _level(report, task[0], task[1], thinned), zip(report.results, of_results, strict=True)
    )
    return Totals(
        len(report.shards),
        len(report.people.xy),
        report.predicted,
        report.shards.skeleton.names,
        every,
        tuple(levels),
    )


def merged(several: Sequence[Totals]) -> Totals:
    """Return the totals of all parts, given in the order of their samples; at least one."""
    some = [part for part in several if part.samples] or several[:1]
    return Totals(
        sum(part.samples for part in some),
        sum(part.people for part in some),
        some[0].predicted,
        some[0].joints,
        some[0].every,
        tuple(_merged_level(levels) for levels in zip(*(part.levels for part in some), strict=True)),
    )


def _merged_level(levels: Sequence[LevelTotals]) -> LevelTotals:
    one = levels[0]
    states: Counter[str] = Counter()
    for level in levels:
        states.update(level.states)
    near = [np.sum(column, axis=0) for column in zip(*(level.near for level in levels), strict=True)]
    kept = [level.confidences for level in levels if level.confidences is not None]
    return LevelTotals(
        one.level,
        one.method,
        one.about,
        one.cell,
        dict(states),
        {space: epe.merged([level.errors[space] for level in levels]) for space in one.errors},
        pck.Tally(*near),
        Confidences(*map(np.concatenate, zip(*kept, strict=True))) if kept else None,
    )


def _shard_rows(report: DecodeReport) -> list[tuple[int, int]]:
    """Return each shard's first person and how many it has: sums are of a shard's people, however many are decoded at a time."""
    ends = np.searchsorted(report.people.sample, report.shards.starts)
    return [(a, b - a) for a, b in pairwise(ends.tolist())]


def _level(
    report: DecodeReport,
    result: LevelResult,
    tallied: Sequence[tuple[dict[str, epe.Tally], pck.Tally]],
    thinned: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> LevelTotals:
    near = [np.sum(column, axis=0) for column in zip(*(near for _, near in tallied), strict=True)]
    level = result.info.level
    truth = result.true_places()["cell"] if result.peaks.covariance is not None else result.xy
    return LevelTotals(
        result.name,
        result.method,
        {"codec": result.info.codec, "sigma": level.sigma, "alignment": level.alignment.name},
        result.cell,
        joint_states(result),
        {space: epe.merged([errors[space] for errors, _ in tallied]) for space in tallied[0][0]},
        pck.Tally(*near),
        confidences(result.peaks, truth, result.scored & thinned[:, None], report.people.visible == 2, level),
    )


def _tallied(
    report: DecodeReport, result: LevelResult, rows: slice, every: int
) -> tuple[dict[str, epe.Tally], pck.Tally]:
    """Return these people's errors by space, and how many joints are near enough."""
    people, part = report.people, result.part(rows)
    # Errors in square cells are those in input px, scaled.
    spaces = SPACES if result.cell is None else SPACES[:2]
    visible = np.asfortranarray(people.visible[rows])
    truth, peaks = part.true_places(), part.decoded_places()
    pairs = {
        space: Pairs(
            report.shards.skeleton,
            truth[space],
            peaks[space],
            visible,
            part.scored,
            bbox=people.bbox[rows] if space == "image" else np.asarray(np.nan),
            space=space,
        )
        for space in spaces
    }
    groups = {**by_visibility(pairs["input"]), **by_border(truth["cell"], result.info.level.size)}
    keep = every == 1
    errors = {
        space: epe.tally(of, groups if space == "input" else {}, keep=keep) for space, of in pairs.items()
    }
    return errors, pck.tally(pairs["image"])
