"""A budget as a table or a chart in a file."""

from __future__ import annotations

import csv
import io
from functools import partial
from pathlib import Path

import numpy as np

from kp2heat.errors import SpecError
from kp2heat.files.atomic import write_whole
from kp2heat.pictures.charts.budget import budget_chart
from kp2heat.pipeline.seeing.budget_report import Budget
from kp2heat.pipeline.seeing.output_file import write_chart_or_json

TABLES = (".csv", ".json")


def write_budget(report: Budget, path: Path) -> None:
    """Write every number as .csv or .json, or the chart as .png, .svg or .pdf, whole or not at all."""
    if path.suffix.lower() != ".csv":
        write_chart_or_json(path, report.to_json(), partial(chart_of, report))
        return
    rows = [cost.to_json() for cost in report.costs]
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    write_whole(path, text.getvalue())


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
