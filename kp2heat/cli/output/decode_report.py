"""Metrics and quality gates of ``kp2heat decode``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kp2heat.cli.evaluate import sigmas_option
from kp2heat.cli.output.console import say, show
from kp2heat.cli.output.tables import evaluation_text
from kp2heat.codecs.gaussian.table import CONVENTIONS
from kp2heat.errors import GateFailed
from kp2heat.pipeline.decoding.metrics import score
from kp2heat.pipeline.decoding.reporting.report import DecodeReport
from kp2heat.pipeline.evaluation.report import Evaluation
from kp2heat.spec.language import parse_pairs


def measure(report: DecodeReport, given: dict[str, Any]) -> dict[str, Evaluation]:
    """Return the metrics asked for, on the first level, by method."""
    if not given["metrics"] and not given["fail_below"]:
        return {}
    return {
        result.method: score(
            report,
            result,
            given["score"],
            metrics=given["metrics"],
            sigmas=sigmas_option(given["sigmas"]),
            groups=given["groups"],
            **parse_pairs(given["metric_param"], "--metric-param"),
        )
        for result in report.results
        if result.name == report.results[0].name
    }


def show_evaluations(evaluations: Mapping[str, Evaluation], per_joint: bool | None) -> None:
    """Print the notes on stderr and the tables on stdout; no tables where ``per_joint`` is None."""
    for method, evaluation in evaluations.items():
        for note in evaluation.notes:
            say(f"note: {note}")
        if per_joint is not None:
            head = f"metrics of {method}:\n" if len(evaluations) > 1 else ""
            show(f"\n{head}{evaluation_text(evaluation, per_joint)}")


def gate(limit: float | None, numbers: dict[str, Any]) -> None:
    """Raise GateFailed where a level's mean error in input px is above the limit."""
    for name, level in numbers["levels"].items() if limit is not None else ():
        mean = level["input"]["mean"]
        if level["states"]["scored"] + level["states"]["missed"] and (mean is None or mean > limit):
            found = "unknown" if mean is None else f"{mean:.4f} input px"
            raise GateFailed(
                f"--fail-above {limit:g}px", f"the mean error at {name} is {found}", _advice(level["codec"])
            )


def _advice(codec: str) -> str:
    """Return what makes labels of a codec more exact: where it rounds centres, only another codec."""
    row = CONVENTIONS.get(codec)
    if row is None or row.rounding == "none":
        return "choose a larger map, a finer dtype or another method"
    return f"{codec} rounds centres to whole cells: choose a codec that does not, as udp or gaussian, or a larger map"
