"""Statistics of a data set as a chart or as JSON in a file."""

from __future__ import annotations

import json
from pathlib import Path

from kp2heat.pictures.charts.statistics import DataChart, statistics_chart
from kp2heat.pipeline.seeing.chart_file import CHARTS, check_chart_path, write_bytes
from kp2heat.pipeline.seeing.statistics import BOX_MARGIN, Statistics

TABLES = (".json",)


def check_statistics_path(path: Path) -> None:
    """Refuse at the start what could not be written at the end."""
    check_chart_path(path, TABLES)


def write_statistics(counted: Statistics, path: Path) -> None:
    """Write the chart as .png, .svg or .pdf, or every number as .json, whole or not at all."""
    suffix = path.suffix.lower()
    if suffix in CHARTS:
        write_bytes(path, chart_of(counted, suffix))
    else:
        write_bytes(path, (json.dumps(counted.to_json(), indent=1) + "\n").encode())


def chart_of(counted: Statistics, suffix: str) -> bytes:
    """Return the chart of these statistics."""
    names = counted.skeleton.names
    counts = counted.counts
    title = (
        f"{counted.source}: {counts['people']:,} people with {counts['labelled_joints']:,} labelled joints in "
        f"{counts['images']:,} images; {counts['joints_outside_the_image']:,} joints outside, "
        f"{counts['duplicates']:,} duplicates"
    )
    data = DataChart(
        title=title,
        names=names,
        visible=counted.visible,
        hidden=counted.hidden,
        unlabelled=counted.unlabelled,
        over_image=counted.over_image,
        over_box=counted.over_box,
        box_margin=BOX_MARGIN,
        together=counted.together,
        per_person=counted.per_person,
        box=counted.box,
        limb_names=[f"{names[a]}–{names[b]}" for a, b in counted.skeleton.limbs],
        limbs=counted.limbs,
        in_sigmas=counted.in_sigmas,
    )
    return statistics_chart(data, suffix)
