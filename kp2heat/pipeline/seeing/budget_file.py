"""A budget as a table or a chart in a file."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np

from kp2heat.errors import SpecError
from kp2heat.pictures.charts.budget import budget_chart
from kp2heat.pipeline.seeing.budget_report import Budget
from kp2heat.pipeline.seeing.chart_file import CHARTS, check_chart_path, write_bytes

TABLES = (".csv", ".json")


def check_budget_path(path: Path) -> None:
    """Refuse at the start what could not be written at the end."""
    check_chart_path(path, TABLES)


def write_budget(report: Budget, path: Path) -> None:
    """Write every number as .csv or .json, or the chart as .png, .svg or .pdf, whole or not at all."""
    suffix = path.suffix.lower()
    if suffix in CHARTS:
        write_bytes(path, chart_of(report, suffix))
    elif suffix == ".json":
        write_bytes(path, (json.dumps(report.to_json(), indent=1) + "\n").encode())
    else:
        rows = [cost.to_json() for cost in report.costs]
        text = io.StringIO()
        table = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
        write_bytes(path, text.getvalue().encode())


def chart_of(report: Budget, suffix: str) -> bytes:
    """Return error against bytes of the combinations that are possible, coloured by what decodes them."""
    usable = [cost for cost in report.costs if cost.mean is not None]
    if not usable:
        raise SpecError(
            "-o", "no combination finds a joint", "there is nothing to chart: write .csv or .json"
        )
    varied = [name for name in usable[0].settings if len({cost.settings[name] for cost in usable}) > 1]
    grouping = next((name for name in ("method", "codec", "normalize", "dtype") if name in varied), "codec")
    named = [
        name
        for name in ("size", "sigma", "codec", "dtype", "normalize")
        if name in varied and name != grouping
    ]
    chosen = report.recommended
    noise = f", noise {report.noise:g} of the peak" if report.noise else ", labels alone"
    return budget_chart(
        np.array([cost.mean for cost in usable], float),
        np.array([cost.sample_bytes for cost in usable], float),
        [" ".join(_short(name, cost.settings[name]) for name in named or ["size"]) for cost in usable],
        [cost.settings[grouping] for cost in usable],
        usable.index(chosen) if chosen is not None else -1,
        f"Cost of representations on {report.samples:,} of {report.total:,} samples{noise}",
        suffix,
    )


def _short(name: str, value: str) -> str:
    return f"σ{value}" if name == "sigma" else value
