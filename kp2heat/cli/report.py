"""The error report as text."""

from __future__ import annotations

from typing import Any

from kp2heat.cli.console import table

COLUMNS = ("mean", "median", "p95", "p99", "max", "dx", "dy")
STATES = {
    "scored": "scored",
    "unlabelled": "unlabelled",
    "outside": "outside the input",
    "weightless": "without weight",
    "missed": "scored but no peak",
    "unrefined": "peak not refined",
}


def error_table(report: dict[str, Any]) -> str:
    """Overall errors: one block of lines a level, one line a space."""
    rows = [
        [f"{name} {space}", level["method"], level[space]["count"], *(level[space].get(c) for c in COLUMNS)]
        for name, level in report["levels"].items()
        for space in ("image", "input", "cell")
    ]
    parts = [table(["error (px, px, cells)", "method", "joints", *COLUMNS], rows)]
    pck = [
        [name, *(level["pck"].get(f"PCK@{a}") for a in ("0.05", "0.1", "0.2")), *level["states"].values()]
        for name, level in report["levels"].items()
    ]
    if pck:
        states = next(iter(report["levels"].values()))["states"]
        header = ["share within a x box side", "PCK@0.05", "PCK@0.1", "PCK@0.2"]
        parts += ["", table([*header, *(STATES.get(s, s) for s in states)], pck)]
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
                *(values["pck"].get(f"PCK@{a}") for a in ("0.05", "0.1", "0.2")),
            ]
            for joint, values in level["per_joint"].items()
        ]
        header = [f"{name}, input px", "joints", *COLUMNS, "PCK@0.05", "PCK@0.1", "PCK@0.2"]
        parts.append(table(header, rows))
    return "\n\n".join(parts)
