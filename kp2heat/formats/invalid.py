"""Leave out the annotations that cannot be read, where the user asked for that instead of a refusal."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from kp2heat.annotations import Skipped
from kp2heat.formats.findings import Finding
from kp2heat.formats.parsed import Raw

PER_INSTANCE = ("xy", "third", "id", "image", "row", "bbox", "area", "crowd", "score", "num_keypoints")


def without(raw: Raw, findings: Iterable[Finding]) -> tuple[Raw, tuple[Skipped, ...]]:
    """The columns without the rows that errors blame, and those rows with the first reason met for each."""
    reasons: dict[int, str] = {}
    for finding in findings:
        for row in finding.rows if finding.severity == "error" else ():
            reasons.setdefault(row, f"{finding.code}: {finding.todo}")
    if not reasons:
        return raw, ()
    bad = sorted(reasons)
    ids = raw.id[bad].tolist()
    skipped = tuple(Skipped(raw.at(n), i, reasons[n]) for n, i in zip(bad, ids, strict=True))
    kept = np.setdiff1d(np.arange(len(raw.xy)), bad)
    columns = {name: getattr(raw, name)[kept] for name in PER_INSTANCE}
    findings_left = tuple(finding for finding in raw.findings if not finding.rows)
    return raw.but(**columns, findings=findings_left), skipped
