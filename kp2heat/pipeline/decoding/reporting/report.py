"""Decoded levels with their truth, and what they say in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kp2heat.pipeline.decoding.reporting.level_result import LevelResult as LevelResult
from kp2heat.pipeline.decoding.reporting.report_json import report_json
from kp2heat.pipeline.decoding.reporting.totals import Totals, totals
from kp2heat.shards.reading.dataset import Shards
from kp2heat.shards.reading.people import Truth


@dataclass(frozen=True, eq=False)
class DecodeReport:
    """Decoded shards with their truth: a result for every level and method, methods side by side."""

    shards: Shards
    results: tuple[LevelResult, ...]
    people: Truth
    predicted: bool = False

    @property
    def first(self) -> dict[str, LevelResult]:
        """Return the first method's result of every level."""
        first: dict[str, LevelResult] = {}
        for result in self.results:
            first.setdefault(result.name, result)
        return first

    @property
    def of_first_level(self) -> list[LevelResult]:
        """Return the results of the first level, one per method."""
        return [result for result in self.results if result.name == self.results[0].name]

    @cached_property
    def totals(self) -> Totals:
        """Return what the results say in numbers."""
        return totals(self)

    def to_json(self) -> dict[str, Any]:
        """Return what ``--json`` says; kp2heat/decoders/README.md documents every key."""
        return report_json(self.totals)
