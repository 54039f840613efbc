"""Leave out the annotations that cannot be read, where the user asked for that instead of a refusal."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from kp2heat.annotations import Skipped
from kp2heat.formats.findings import Finding
from kp2heat.formats.parsed import ParsedFile


def drop_invalid(parsed: ParsedFile, findings: Iterable[Finding]) -> tuple[ParsedFile, tuple[Skipped, ...]]:
    """Return the columns without the rows that errors blame, and those rows with the first reason of each."""
    reasons: dict[int, str] = {}
    for finding in findings:
        if finding.severity == "error":
            for row, reason in zip(
                finding.rows, finding.reasons or [finding.found] * len(finding.rows), strict=True
            ):
                reasons.setdefault(row, f"{finding.code}: {reason}")
    if not reasons:
        return parsed, ()
    bad = sorted(reasons)
    skipped = tuple(_skipped(parsed, row, reasons[row]) for row in bad)
    kept = parsed.take(np.setdiff1d(np.arange(len(parsed.xy)), bad))
    return kept.but(findings=tuple(finding for finding in parsed.findings if not finding.rows)), skipped


def _skipped(parsed: ParsedFile, row: int, reason: str) -> Skipped:
    place = parsed.place.format(row=int(parsed.row[row]))
    return Skipped(place, parsed.id[row].item(), reason, parsed.source, parsed.image_name(row))
