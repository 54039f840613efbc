"""The error report as text."""

from __future__ import annotations

from typing import Any

from kp2heat.cli.console import table

THRESHOLDS = ("0.05", "0.1", "0.2")
COLUMNS = ("mean", "median", "p95", "p99", "max", "dx", "dy")


def error_table(report: dict[str, Any]) -> str:
    """Overall errors: one block of lines a level, one line a space."""
    rows = [
        [f"{name} {space}", level["method"], level[space]["count"], *(level[space].get(c) for c in COLUMNS)]
        for name, level in report["levels"].items()
        for space in ("image", "input", "cell")
    ]
    parts = [table(["error (px, px, cells)", "method", "joints", *COLUMNS], rows)]
    levels = report["levels"].items()
    shares = [[name, *(level["pck"].get(f"PCK@{a}") for a in THRESHOLDS)] for name, level in levels]
    states = [[name, *level["states"].values()] for name, level in levels]
    if states:
        words = next(iter(report["levels"].values()))["states"]
        parts += ["", table(["within a x box side", *(f"PCK@{a}" for a in THRESHOLDS)], shares)]
        parts += ["", table(["state of joints", *words], states)]
    return "\n".join(parts)


def joint_table(report: dict[str, Any]) -> str:
    """Errors per joint in input px, one table a level."""
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
        header = [f"{name}, input px", "joints", *COLUMNS, *(f"PCK@{a}" for a in THRESHOLDS)]
        parts.append(table(header, rows))
    return "\n\n".join(parts)
