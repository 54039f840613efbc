"""Leave out the annotations that cannot be read, where the user asked for that instead of a refusal."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from kp2heat.annotations import Skipped
from kp2heat.formats.findings import Finding
from kp2heat.formats.parsed import ParsedFile

PER_INSTANCE = (
    "xy",
    "third",
    "id",
    "image",
    "row",
    "bbox",
    "area",
    "crowd",
    "score",
    "num_keypoints",
    "category",
    "head",
)


def drop_invalid(parsed: ParsedFile, findings: Iterable[Finding]) -> tuple[ParsedFile, tuple[Skipped, ...]]:
    """The columns without the rows that errors blame, and those rows with the first reason met for each."""
    reasons: dict[int, str] = {}
    for finding in findings:
        for row in finding.rows if finding.severity == "error" else ():
            reasons.setdefault(row, f"{finding.code}: {finding.todo}")
    if not reasons:
        return parsed, ()
    bad = sorted(reasons)
    ids = parsed.id[bad].tolist()
    skipped = tuple(Skipped(parsed.at(n), i, reasons[n]) for n, i in zip(bad, ids, strict=True))
    kept = np.setdiff1d(np.arange(len(parsed.xy)), bad)
    columns = {name: getattr(parsed, name)[kept] for name in PER_INSTANCE}
    findings_left = tuple(finding for finding in parsed.findings if not finding.rows)
    return parsed.but(**columns, findings=findings_left), skipped
