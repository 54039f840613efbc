"""``kp2heat stats``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kp2heat.cli.options.json_output import json_option
from kp2heat.cli.options.reading import reading, reading_options
from kp2heat.cli.options.sections import SETTINGS, SectionedCommand, given_options
from kp2heat.cli.options.spec import spec_from, spec_options
from kp2heat.cli.output.console import print_json, say, show, table, waiting
from kp2heat.files.storage import location

if TYPE_CHECKING:
    from kp2heat.annotations import Annotations
    from kp2heat.pipeline.seeing.source import Source
    from kp2heat.pipeline.seeing.statistics import Statistics


@click.command("stats", cls=SectionedCommand)
@click.argument("path", metavar="ANNOTATIONS|SHARDS")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A chart as .png, .svg or .pdf, or every number as .json.",
)
@json_option("The numbers")
@spec_options
@reading_options
def command(path: str, output: Path | None, as_json: bool, **given: Any) -> None:
    """Count and chart where the joints of ANNOTATIONS or SHARDS are, how many are seen, and how large people are.

    With the settings of an encoding (--preset, --config, --size or --stride), and for SHARDS, limbs are measured in
    sigmas too: where two joints of a limb are nearer than 2 sigma, their blobs run together.

    \b
    kp2heat stats person_keypoints.json -o stats.png
    kp2heat stats person_keypoints.json --preset coco-udp-256x192 -o stats.png
    kp2heat stats labels --json
    """
    from kp2heat.pipeline.seeing.output_file import check_chart
    from kp2heat.pipeline.seeing.statistics import statistics
    from kp2heat.pipeline.seeing.statistics_file import TABLES, write_statistics

    if output is not None:
        check_chart(output, TABLES)
    with waiting(f"reading {path}"):
        rows, drawn = _rows(path, given)
    counted = statistics(rows, drawn)
    if output is not None:
        write_statistics(counted, output)
        say(f"{output}: {counted.counts['people']} people")
    if as_json:
        print_json(counted.to_json())
    else:
        show(statistics_text(counted))


def _rows(path: str, given: dict[str, Any]) -> tuple[Annotations, Source | None]:
    """Return the annotations, and as an encoding draws them where its settings are known."""
    from kp2heat.formats import read
    from kp2heat.pipeline.decoding.metrics import truth_of
    from kp2heat.pipeline.describe import holds_shards
    from kp2heat.pipeline.encoding.planning.plan import plan
    from kp2heat.pipeline.seeing.source import from_plan, from_shards
    from kp2heat.shards.reading.dataset import open_shards

    if holds_shards(path):
        if settings := given_options(*SETTINGS, "Reading"):
            raise click.UsageError(f"{settings[0]} goes with ANNOTATIONS: SHARDS hold their settings.")
        shards = open_shards(location(path))
        return truth_of(shards), from_shards(shards)
    rows = read(path, **reading(given))
    if not any(given[name] for name in ("preset", "config", "size", "stride")):
        return rows, None
    spec, resets = spec_from(given)
    for reset in resets:
        say(f"note: {reset}")
    return rows, from_plan(plan(rows, spec))


def statistics_text(counted: Statistics) -> str:
    """Return the counts, and a table of the joints."""
    counts = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in counted.counts.items())
    shown = counted.to_json()
    columns = ("visible", "hidden", "unlabelled", "outside")
    rows = [
        [joint, *map(numbers.get, columns), f"{100 * numbers['share_outside']:.2f}"]
        for joint, numbers in shown["per_joint"].items()
    ]
    parts = [f"{counted.source}: {counts}", table(["joint", *columns, "outside, %"], rows)]
    limbs = {
        "of the box": shown["limbs_per_box"],
        **{f"sigmas at {k}": v for k, v in shown["limbs_in_sigmas"].items()},
    }
    if shown["limbs_per_box"]:
        medians = [[limb, *(of[limb]["p50"] for of in limbs.values())] for limb in shown["limbs_per_box"]]
        parts.append(table(["limb, median length", *limbs], medians))
    joints = [[n, int(people)] for n, people in enumerate(counted.per_person) if people]
    parts.append(table(["labelled joints", "people"], joints))
    sides = [[side, *values.values()] for side, values in shown["box"].items()]
    parts.append(table(["box, px", "p5", "p25", "median", "p75", "p95"], sides))
    return "\n\n".join(parts)
