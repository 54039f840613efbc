"""Run two pieces of work alternately, and report the median of their ratios.

A machine that others use too slows both sides of a round alike: ratios hold where seconds do not.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Side:
    """A piece of work: ``run()`` does it for ``people`` people, after ``clear()``, which is not timed."""

    run: Callable[[], object]
    people: int
    clear: Callable[[], object] = lambda: None

    def rate(self) -> float:
        """Return people per second of one run."""
        self.clear()
        began = time.perf_counter()
        self.run()
        return self.people / (time.perf_counter() - began)


@dataclass(frozen=True)
class Case:
    """A measurement: the work, what it is compared with, the ratio aimed at, and uncompressed bytes per person."""

    work: str
    against: str
    goal: float
    ours: Side
    theirs: Side
    dense: int = 0


@dataclass(frozen=True)
class Measured:
    """A case's rounds. ours, theirs: people/s, medians."""

    case: Case
    ratios: tuple[float, ...]
    ours: float
    theirs: float

    @property
    def ratio(self) -> float:
        """The median."""
        return median(self.ratios)

    def to_json(self) -> dict[str, Any]:
        """Return what ``--json`` prints of a case; rates in people/s, ``dense_mb_per_s`` of uncompressed maps."""
        return {
            "work": self.case.work,
            "against": self.case.against,
            "goal": self.case.goal,
            "ratio": round(self.ratio, 3),
            "least": round(min(self.ratios), 3),
            "greatest": round(max(self.ratios), 3),
            "ours_per_s": round(self.ours, 1),
            "theirs_per_s": round(self.theirs, 1),
            "dense_mb_per_s": round(self.ours * self.case.dense / 1e6, 1),
        }


def measure(case: Case, rounds: int) -> Measured:
    """Warm both sides up, then run them alternately."""
    case.ours.rate()
    case.theirs.rate()
    pairs = [(case.theirs.rate(), case.ours.rate()) for _ in range(rounds)]
    return Measured(
        case,
        tuple(ours / theirs for theirs, ours in pairs),
        median(ours for _, ours in pairs),
        median(theirs for theirs, _ in pairs),
    )
