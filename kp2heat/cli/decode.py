"""``kp2heat decode``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kp2heat.cli.console import bar, print_json, say
from kp2heat.cli.options import pixels, settings, words


@click.command("decode")
@click.argument("shards", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--method",
    default="auto",
    show_default=True,
    help="auto, argmax, standard, quarter, dark, dark-udp, lsq, ...; auto: exact for what the shards hold.",
)
@click.option("--literal", is_flag=True, help="The published behaviour of the method, its faults included.")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A setting of the method.")
@click.option("--level", type=words, metavar="WxH,..", help="Only these levels.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Keypoints to FILE.json (COCO results) or FILE.csv.",
)
@click.option(
    "--fail-above", type=pixels, metavar="PX", help="Exit 4 if a level's mean error in input px is larger."
)
@click.option("--json", "as_json", is_flag=True, help="The report as JSON on stdout.")
@click.option("--per-joint/--no-per-joint", default=True, show_default=True, help="Show the table per joint.")
def command(
    shards: tuple[Path, ...],
    method: str,
    literal: bool,
    params: tuple[str, ...],
    level: list[str] | None,
    output: Path | None,
    fail_above: float | None,
    as_json: bool,
    per_joint: bool,
) -> None:
    """Bring the heatmaps of SHARDS (files, or the OUT folder of encode) back to keypoints, and report the error.

    \b
    kp2heat decode labels --method dark
    kp2heat decode labels --method dark --literal --level 7x7
    kp2heat decode labels -o keypoints.json --fail-above 0.05px
    kp2heat decode labels --json | jq '.levels["28x28"].input.mean'
    """
    from kp2heat.cli.report import error_table, joint_table
    from kp2heat.pipeline.decode import decode_dataset
    from kp2heat.pipeline.results import write_results
    from kp2heat.shards.reader import open_shards

    opened = open_shards(list(shards))
    chosen: dict[str, Any] = settings(params, "--param")
    if literal:
        chosen["literal"] = True
    names = level or list(opened.levels)
    with bar(len(opened) * len(names), "samples") as advance:
        report = decode_dataset(opened, method=method, levels=names, progress=advance, **chosen)
    if output is not None:
        count = write_results(report, output)
        say(f"{output}: {count} people, keypoints of the {report.levels[0].name} level in image px")
    numbers = report.to_json()
    if as_json:
        print_json(numbers)
    else:
        click.echo(
            f"{numbers['samples']} samples, {numbers['people']} people, {len(numbers['joints'])} joints\n"
        )
        click.echo(error_table(numbers))
        if per_joint:
            click.echo("\n" + joint_table(numbers))
    gate(fail_above, numbers)


def gate(limit: float | None, numbers: dict[str, Any]) -> None:
    """GateFailed where a level's mean error in input px is above the limit."""
    from kp2heat.errors import GateFailed

    for name, level in numbers["levels"].items() if limit is not None else ():
        mean = level["input"]["mean"]
        if level["states"]["scored"] and (mean is None or mean > limit):
            found = "unknown" if mean is None else f"{mean:.4f} input px"
            raise GateFailed(
                f"--fail-above {limit:g}px",
                f"the mean error at {name} is {found}",
                "choose a larger map, a finer dtype or another method",
            )
