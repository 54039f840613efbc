"""Statistics of a data set as a chart or as JSON in a file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from kp2heat.pictures.charts.statistics import statistics_chart
from kp2heat.pipeline.seeing.output_file import write_chart_or_json
from kp2heat.pipeline.seeing.statistics import Statistics

TABLES = (".json",)


def write_statistics(counted: Statistics, path: Path) -> None:
    """Write the chart as .png, .svg or .pdf, or every number as .json, whole or not at all."""
    counts = counted.counts
    title = (
        f"{counted.source}: {counts['people']:,} people with {counts['labelled_joints']:,} labelled joints in "
        f"{counts['images']:,} images; {counts['joints_outside_the_image']:,} joints outside, "
        f"{counts['duplicates']:,} duplicates"
    )
    write_chart_or_json(path, counted.to_json(), partial(statistics_chart, counted, title))
