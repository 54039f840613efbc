"""Decoded levels with their truth, and what they say in numbers, summed up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product
from typing import Any

import numpy as np

from kp2heat.metrics import epe, pck
from kp2heat.metrics.pairing.groups import by_border, by_visibility
from kp2heat.metrics.pairing.pairs import Pairs, parts
from kp2heat.pipeline.concurrency import map_in_threads
from kp2heat.pipeline.decoding.reporting.joint_states import joint_states
from kp2heat.pipeline.decoding.reporting.level_result import LevelResult as LevelResult
from kp2heat.pipeline.decoding.reporting.reliability import confidences
from kp2heat.pipeline.decoding.reporting.report_json import report_json
from kp2heat.pipeline.decoding.reporting.totals import SPACES, LevelTotals, Totals
from kp2heat.shards.reading.dataset import Shards
from kp2heat.shards.reading.people import Truth


@dataclass(frozen=True, eq=False)
class DecodeReport:
    """Decoded shards with their truth: a result for every level and method, methods side by side."""

    shards: Shards
    results: tuple[LevelResult, ...]
    people: Truth
    predicted: bool = False

    @cached_property
    def totals(self) -> Totals:
        """Return what the results say in numbers."""
        return totals(self)

    def to_json(self) -> dict[str, Any]:
        """Return what ``--json`` says; kp2heat/decoders/README.md documents every key."""
        return report_json(self.totals)


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
    level = result.info.level
    truth = result.true_places()["cell"] if result.peaks.covariance is not None else result.xy
    return LevelTotals(
        result.name,
        result.method,
        {"codec": result.info.codec, "sigma": level.sigma, "alignment": level.alignment.name},
        result.cell,
        joint_states(result),
        {space: epe.merged([errors[space] for errors, _ in tallied]) for space in tallied[0][0]},
        pck.merged([near for _, near in tallied]),
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
