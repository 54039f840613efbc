"""What is wrong with, or odd about, an annotation file: one frozen record each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from kp2heat.errors import InputError

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """One kind of defect and where it was met.

    code    a short stable name ("duplicate-id")
    count   how many places there are; ``places`` names the first three
    found   what is there; todo: what to do about it
    rows    the instances to blame, by their place in the columns; none where the file as a whole is
    reasons what is wrong with each of these rows; empty where ``found`` holds for all
    """

    code: str
    severity: Severity
    count: int
    places: tuple[str, ...]
    found: str
    todo: str
    rows: tuple[int, ...] = ()
    reasons: tuple[str, ...] = ()


def refuse(source: str, findings: Iterable[Finding]) -> None:
    """Raise InputError for the first finding that is an error."""
    for finding in findings:
        if finding.severity == "error":
            where = ", ".join((source, *finding.places[:1]))
            more = f" ({finding.count} such places)" if finding.count > 1 else ""
            raise InputError(where, finding.found + more, finding.todo)
