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


def measure(case: Case, rounds: int) -> dict[str, Any]:
    """Warm both sides up, run them alternately, and return what ``--json`` prints of the case.

    ``ratio``, and the rates in people/s, are medians; ``dense_mb_per_s`` is of uncompressed maps.
    """
    case.ours.rate()
    case.theirs.rate()
    pairs = [(case.theirs.rate(), case.ours.rate()) for _ in range(rounds)]
    ratios = [ours / theirs for theirs, ours in pairs]
    theirs, ours = map(median, zip(*pairs, strict=True))
    return {
        "work": case.work,
        "against": case.against,
        "goal": case.goal,
        "ratio": round(median(ratios), 3),
        "least": round(min(ratios), 3),
        "greatest": round(max(ratios), 3),
        "ours_per_s": round(ours, 1),
        "theirs_per_s": round(theirs, 1),
        "dense_mb_per_s": round(ours * case.dense / 1e6, 1),
    }
