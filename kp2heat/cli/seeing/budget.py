"""``kp2heat budget``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kp2heat.cli.options.completion import names_of
from kp2heat.cli.options.json_output import json_option, progress_option
from kp2heat.cli.options.reading import reading, reading_options
from kp2heat.cli.options.sections import SectionedCommand
from kp2heat.cli.options.values import listed
from kp2heat.cli.output.console import bar, human_bytes, print_json, say, show, table, waiting

if TYPE_CHECKING:
    from kp2heat.pipeline.seeing.budget_report import Budget

STRIDES = (4, 8, 16, 32)


@click.command("budget", cls=SectionedCommand)
@click.argument("annotations")
@click.option(
    "--input-size", metavar="WxH", help="The network's input in px [default: the image's own size]."
)
@listed("--stride", metavar="S,S,..", help="Map sizes to compare, as input / stride [default: 4,8,16,32].")
@listed("--size", metavar="WxH,..", help="Map sizes to compare, in cells.")
@listed(
    "--sigma",
    metavar="S,S,..",
    help="Sigmas to compare, in cells (2) or input px (8px) [default: by the size].",
)
@listed(
    "--codec",
    shell_complete=names_of("codec"),
    metavar="NAME,..",
    help="Codecs to compare [default: gaussian].",
)
@listed(
    "--method",
    shell_complete=names_of("method"),
    metavar="NAME,..",
    help="Decoders to compare [default: auto].",
)
@listed("--dtype", metavar="f16,..", help="Stored number types to compare [default: f16].")
@click.option(
    "--normalize",
    multiple=True,
    metavar="NAME[,K=V..]",
    help="Normalisations to compare; give the option several times.",
)
@click.option(
    "--noise",
    type=click.FloatRange(0, 10),
    default=0.0,
    show_default=True,
    help="Noise of the network's maps, as a share of their peak.",
)
@click.option(
    "--samples", type=click.IntRange(0), default=1000, show_default=True, help="Samples to draw; 0 for all."
)
@click.option(
    "--preset",
    shell_complete=names_of("preset"),
    help="Settings that come with kp2heat, by name, for all that is not compared.",
)
@click.option(
    "--config", type=click.Path(path_type=Path), help="Your own settings for the same, a TOML file."
)
@click.option(
    "--sample", type=click.Choice(["instance", "image"]), help="One sample per person, or per image."
)
@click.option(
    "--fit", type=click.Choice(["stretch", "letterbox", "crop"]), help="How the image becomes the input."
)
@click.option("--padding", type=float, help="Factor on the box with --fit crop [default: 1.25].")
@click.option(
    "--align",
    help="Grid: half-pixel, stride, cell-center, align-corners [default: the codec's].",
)
@click.option(
    "--outside",
    type=click.Choice(["drop", "partial", "clip"]),
    help="Joints outside the input [default: drop].",
)
@click.option("--sigmas", default="", metavar="NAME|S1,S2,..", help="OKS sigmas where the skeleton has none.")
@click.option(
    "-o",
    "--output",
    "outputs",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="The table as .csv or .json, or a chart as .png, .svg or .pdf; may be given several times.",
)
@progress_option
@json_option("The costs")
@reading_options
def command(annotations: str, outputs: Sequence[Path], as_json: bool, **given: Any) -> None:
    """Measure what a representation costs on the keypoints of ANNOTATIONS, before any training.

    Every combination is drawn, stored and decoded, and a line says which one to use. Without --noise the numbers
    are those of the labels alone.

    \b
    kp2heat budget person_keypoints.json --input-size 192x256
    kp2heat budget keypoints.json --input-size 224x224 --stride 8 --method auto,dark --dtype f16,u8 --noise 0.02
    kp2heat budget keypoints.json --input-size 192x256 --stride 4,8 --codec gaussian,udp-combined -o budget.png
    kp2heat budget keypoints.json --input-size 224x224 --size 28x28 --normalize none --normalize sigmoid,gain=12
    """
    from kp2heat.cli.evaluate import sigmas_option
    from kp2heat.formats import read
    from kp2heat.pipeline.seeing.budget import budget
    from kp2heat.pipeline.seeing.budget_file import TABLES, write_budget
    from kp2heat.pipeline.seeing.output_file import check_chart

    for path in outputs:
        check_chart(path, TABLES)
    base, grid = _grid(given)
    with waiting(f"reading {annotations}"):
        rows = read(annotations, **reading(given))
    with bar(prod(map(len, grid.values())), "combinations") as advance:
        report = budget(
            rows,
            base,
            grid,
            given["method"] or ["auto"],
            most=given["samples"],
            noise=given["noise"],
            sigmas=sigmas_option(given["sigmas"]),
            progress=advance,
        )
    for note in report.notes:
        say(f"note: {note}")
    for path in outputs:
        write_budget(report, path)
        say(f"{path}: {len(report.costs)} combinations")
    if as_json:
        print_json(report.to_json())
    else:
        show(budget_text(report))


def _grid(given: dict[str, Any]) -> tuple[Any, dict[str, list[Any]]]:
    """Return the settings that are the same for all, and what is compared: field -> its values."""
    from kp2heat.cli.options.spec import spec_from
    from kp2heat.spec.language import parse_pairs

    same = ("preset", "config", "sample", "fit", "input_size", "padding", "align", "outside")
    base, _ = spec_from(defaultdict(lambda: None, {"params": (), **{name: given[name] for name in same}}))
    if given["stride"] and given["size"]:
        raise click.UsageError("Give --stride or --size, not both.")
    grid: dict[str, list[Any]] = {}
    if given["size"]:
        grid["sizes"] = [[size] for size in given["size"]]
    elif given["stride"]:
        grid["strides"] = [[_number(stride)] for stride in given["stride"]]
    elif not base.sizes:
        grid["strides"] = [[stride] for stride in base.strides or STRIDES]
    elif len(base.sizes) + len(base.strides) > 1:
        grid["sizes"] = [[size] for size in base.sizes]
    for name in ("sigma", "codec", "dtype"):
        if given[name]:
            grid[name] = [[value] if name == "sigma" else value for value in given[name]]
    if given["normalize"]:
        names = [text.split(",") for text in given["normalize"]]
        grid["normalize"] = [(name, parse_pairs(params, "--normalize")) for name, *params in names]
    return base, grid


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise click.BadParameter(f"'{word}' is not a stride", param_hint="--stride") from None


def budget_text(report: Budget) -> str:
    """Return the table, what it is about, and the advice."""
    names = ("size", "sigma", "codec", "dtype", "normalize", "method")
    chosen = report.recommended
    rows = [
        [
            ("> " if cost is chosen else "  ") + cost.settings["size"],
            *(cost.settings[name] for name in names[1:]),
            *(cost.mean, cost.p95, cost.max),
            None if cost.pck is None else f"{100 * cost.pck:.2f}",
            None if cost.ap is None else f"{100 * cost.ap:.1f}",
            cost.dropped,
            cost.missed,
            None if cost.sample_bytes is None else human_bytes(cost.sample_bytes),
            None if cost.total_bytes is None else human_bytes(cost.total_bytes),
        ]
        for cost in report.costs
        if not cost.refused
    ]
    numbers = ("mean px", "p95", "max", "PCK@0.05", "AP", "dropped", "missed", "per sample", "total")
    refused = [
        f"refused: {cost.settings['size']} {cost.settings['codec']}: {cost.refused}"
        for cost in report.costs
        if cost.refused
    ]
    some = f"{report.samples} of" if report.samples < report.total else "all"
    noise = f"noise of {report.noise:g} of the peak" if report.noise else "no noise: the labels alone"
    head = f"errors in input px on {some} {report.total} samples, {noise}; bytes are on disk, for all {report.total} samples"
    return "\n".join([head, "", table(["  map", *names[1:], *numbers], rows), *refused, "", report.advice()])
