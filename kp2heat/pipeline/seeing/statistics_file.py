"""Statistics of a data set as a chart or as JSON in a file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from kp2heat.pictures.charts.statistics import DataChart, statistics_chart
from kp2heat.pipeline.seeing.output_file import write_chart_or_json
from kp2heat.pipeline.seeing.statistics import BOX_MARGIN, Statistics

TABLES = (".json",)


def write_statistics(counted: Statistics, path: Path) -> None:
    """Write the chart as .png, .svg or .pdf, or every number as .json, whole or not at all."""
    write_chart_or_json(path, counted.to_json(), partial(chart_of, counted))


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
