"""Tables of the decode report as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kp2heat.cli.console import table

THRESHOLDS = ("0.05", "0.1", "0.2")
COLUMNS = ("mean", "median", "p95", "p99", "max", "dx", "dy")


def report_text(report: dict[str, Any], per_joint: bool) -> str:
    """Return the whole report of ``decode``."""
    head = f"{report['samples']} samples, {report['people']} people, {len(report['joints'])} joints"
    parts = [head, error_table(report)]
    if per_joint:
        parts.append(joint_table(report))
    return "\n\n".join(parts)


def _lines(report: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield level name and numbers; those of every method where several are compared."""
    for name, level in report["levels"].items():
        for result in report.get("compared", {}).get(name, {level["method"]: level}).values():
            yield name, result


def error_table(report: dict[str, Any]) -> str:
    """Return tables of the errors by level, method and space, of PCK, and of the joint status."""
    rows = list(_lines(report))
    errors = [
        [f"{name} {space}", level["method"], level[space]["count"], *(level[space].get(c) for c in COLUMNS)]
        for name, level in rows
        for space in (("input",) if "compared" in report else ("image", "input", "cell"))
    ]
    shares = [
        [name, level["method"], *(level["pck"].get(f"PCK@{a}") for a in THRESHOLDS)] for name, level in rows
    ]
    states = [[name, level["method"], *level["states"].values()] for name, level in rows]
    words = list(rows[0][1]["states"]) if rows else []
    return "\n\n".join(
        [
            table(["error (px, px, cells)", "method", "joints", *COLUMNS], errors),
            table(["PCK (a x longer box side)", "method", *(f"PCK@{a}" for a in THRESHOLDS)], shares),
            table(["joint status", "method", *words], states),
        ]
    )


def joint_table(report: dict[str, Any]) -> str:
    """Return the errors per joint in input px, one table per level."""
    parts = []
    for name, level in report["levels"].items():
        rows = [
            [
                joint,
                values["input"]["count"],
                *(values["input"].get(c) for c in COLUMNS),
                *(values["pck"].get(f"PCK@{a}") for a in THRESHOLDS),
            ]
            for joint, values in level["per_joint"].items()
        ]
        header = [
            f"{name} {level['method']}, input px",
            "joints",
            *COLUMNS,
            *(f"PCK@{a}" for a in THRESHOLDS),
        ]
        parts.append(table(header, rows))
    return "\n\n".join(parts)
