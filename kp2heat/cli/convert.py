"""``kp2heat convert``."""

from __future__ import annotations

from typing import Any

import click

from kp2heat.cli.options.reading import reading, reading_options
from kp2heat.cli.options.sections import SectionedCommand
from kp2heat.cli.output.console import say, waiting


@click.command("convert", cls=SectionedCommand)
@click.argument("annotations")
@click.argument("out")
@click.option(
    "--to", type=click.Choice(["coco", "csv", "dlc"]), help="What to write [default: as OUT's suffix says]."
)
@click.option("--overwrite", is_flag=True, help="Replace OUT if it exists.")
@reading_options
def command(annotations: str, out: str, to: str | None, overwrite: bool, **given: Any) -> None:
    """Write ANNOTATIONS (- for stdin) as COCO JSON, wide CSV or DeepLabCut CSV to OUT (- for stdout).

    \b
    kp2heat convert CollectedData.csv keypoints.json --images labeled-data
    kp2heat convert keypoints.json CollectedData.csv --to dlc
    kp2heat convert landmarks.csv - --to coco --coords normalised --image-size 1920x1080
    """
    from kp2heat.formats import convert

    with waiting(f"reading {annotations}"):
        converted, lost = convert(annotations, out, to=to, overwrite=overwrite, **reading(given))
    say(f"{converted.source}: {converted.reading}")
    if lost:
        say(f"note: not held by {out}: {', '.join(lost)}")
