"""Tables of the reports of decode and evaluate as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kp2heat.cli.output.console import table
from kp2heat.errors import plural

if TYPE_CHECKING:
    from kp2heat.pipeline.evaluation.report import Evaluation

UNITS = {"epe": "image px", "nme": "lengths", "oks": "similarity"}
SHARES = ("PCK@0.05", "PCK@0.1", "PCK@0.2")
NO_BOX = "- : PCK is measured in longer box sides, and a person without a box has none; "
BELOW = "PCK by the extent of the joints is below"
INSTEAD = "--metric pck takes the extent of the joints instead"
SPACES = ("image", "input", "cell")
STATES = ("scored", "missed", "outside", "weightless", "unlabelled")
HEADINGS = {"weightless": "zero weight", "unrefined": "not refined"}
"""States whose name in the JSON report is one word -> their heading in the table."""

COLUMNS = ("mean", "median", "p95", "p99", "max", "dx", "dy")


def report_text(report: dict[str, Any], per_joint: bool) -> str:
    """Return the report of ``decode``: its summary, and the tables per joint where they are asked for."""
    counts = (report["samples"], "sample"), (report["people"], "person"), (len(report["joints"]), "joint")
    head = ", ".join(plural(count, noun) for count, noun in counts)
    notes = list(report["notes"])
    if report["percentiles"] != "exact":
        notes.append(
            f"percentiles are {report['percentiles']}: there are too many joints to keep; all else is exact"
        )
    parts = [head, error_table(report), *(f"note: {note}" for note in notes)]
    if per_joint:
        parts.append(joint_table(report))
    else:
        parts.append(next_look(report))
    return "\n\n".join(parts)


def next_look(report: dict[str, Any]) -> str:
    """Return one line on the joint that was decoded worst, and how to see all."""
    name, level = next(iter(report["levels"].items()))
    means = {joint: values["input"]["mean"] for joint, values in level["per_joint"].items()}
    known = {joint: mean for joint, mean in means.items() if mean is not None}
    if not known:
        return "no joint was decoded; --per-joint shows every joint"
    worst = max(known, key=lambda joint: known[joint])
    return (
        f"largest mean error at {name}: {worst}, {known[worst]:.4g} input px; --per-joint shows every joint"
    )


def _lines(report: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield level name and numbers; those of every method where several are compared."""
    for name, level in report["levels"].items():
        for result in report.get("compared", {}).get(name, {level["method"]: level}).values():
            yield name, result


def error_table(report: dict[str, Any]) -> str:
    """Return tables of the errors by level, method and space, of PCK, and of the joint status."""
    rows = list(_lines(report))
    units = {"image": "image px", "input": "input px", "cell": "cells"}
    spaces = ("input",) if "compared" in report else SPACES
    errors = [
        [name, level["method"], units[space], level[space]["count"], *map(level[space].get, COLUMNS)]
        for name, level in rows
        for space in spaces
    ]
    shares = [[name, level["method"], *map(level["pck"].get, SHARES)] for name, level in rows]
    tables = [
        table(["error", "method", "unit", "joints", *COLUMNS], errors),
        table(["PCK (threshold x longer box side)", "method", *SHARES], shares),
        *_status(rows),
        *_reliability(rows),
    ]
    by_extent = "pck" in report.get("evaluation", {}).get("metrics", {})
    if any(share is None for line in shares for share in line[2:]):
        tables.insert(2, NO_BOX + (BELOW if by_extent else INSTEAD))
    return "\n\n".join(tables)


def _reliability(rows: list[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    """Yield a table of how far the confidence of predictions can be relied on."""
    lines = []
    for name, level in rows:
        if of := level.get("reliability"):
            inside, auroc = of["ellipses"].values(), of["auroc"]
            lines.append([name, level["method"], *inside, of["gross"], auroc["peak"], auroc["share"]])
    if lines:
        shares = ("50 %", "90 %", "95 %")
        header = ["inside ellipse of", "method", *shares, "gross errors", "AUROC peak", "AUROC share"]
        yield table(header, lines)


def _status(rows: list[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    """Yield the table of joint states, which add up, and that of scored joints and maps with something special."""
    states = [(name, level["method"], level["states"]) for name, level in rows]
    if not states:
        return
    yield table(
        ["joint status", "method", *(HEADINGS.get(s, s) for s in STATES), "sum"],
        [[name, method, *(state[s] for s in STATES), state["joints"]] for name, method, state in states],
    )
    further = [
        s for s in states[0][2] if s not in (*STATES, "joints") and any(state[s] for *_, state in states)
    ]
    if further:
        yield table(
            ["of these", "method", *(HEADINGS.get(s, s) for s in further)],
            [[name, method, *(state[s] for s in further)] for name, method, state in states],
        )


def joint_table(report: dict[str, Any]) -> str:
    """Return the errors per joint in input px, one table per level."""
    parts = []
    for name, level in report["levels"].items():
        rows = [
            [
                joint,
                values["input"]["count"],
                *map(values["input"].get, COLUMNS),
                *map(values["pck"].get, SHARES),
            ]
            for joint, values in level["per_joint"].items()
        ]
        first = f"{name} {level['method']}, input px"
        parts.append(table([first, "joints", *COLUMNS, *SHARES], rows))
    return "\n\n".join(parts)


def evaluation_text(report: Evaluation, per_joint: bool) -> str:
    """Return the whole report as tables."""
    counts, identity = report.counts(), report.detections.identity
    head = (
        f"{counts['matched']} of {plural(counts['instances'], 'instance')} in {plural(counts['images'], 'image')} matched "
        f"by {report.matching}, {counts['unmatched_detections']} of {plural(counts['detections'], 'result')} left over"
    )
    lines = [f"{head}; images identified by {identity}" if identity else head]
    shown = report.to_json()
    if report.ap:
        names = [name for name in report.ap if name.startswith("A")]
        lines += ["", table(["COCO", *names], [["keypoints", *(shown["ap"][name] for name in names)]])]
    if report.calibration:
        parts = {name: shown["calibration"][name] for name in ("before", "after")}
        rows = [[name, *numbers.values()] for name, numbers in parts.items()]
        lines += ["", table(["calibration, expected OKS", *parts["after"]], rows)]
    for name, scores in shown["metrics"].items():
        keys = list(scores["overall"])
        rows = [["all", *scores["overall"].values()]]
        rows += [[group, *(parts[name].get(k) for k in keys)] for group, parts in shown["groups"].items()]
        if per_joint:
            rows += [
                [joint, *(values.get(k) for k in keys)]
                for joint, values in scores["per_joint"].items()
                if values
            ]
        lines += ["", table([f"{name}, {UNITS.get(name, 'share')}", *keys], rows)]
    return "\n".join(lines)
