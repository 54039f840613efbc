"""What decoded people say in numbers, summed up: totals of parts merge to those of the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kp2heat.metrics import epe, pck
from kp2heat.pipeline.decoding.reporting.reliability import Confidences

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
    kept = [level.confidences for level in levels if level.confidences is not None]
    return LevelTotals(
        one.level,
        one.method,
        one.about,
        one.cell,
        dict(states),
        {space: epe.merged([level.errors[space] for level in levels]) for space in one.errors},
        pck.merged([level.near for level in levels]),
        Confidences(*map(np.concatenate, zip(*kept, strict=True))) if kept else None,
    )
