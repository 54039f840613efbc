"""``kp2heat check-transform``."""

from __future__ import annotations

from pathlib import Path

import click

from kp2heat.cli.options.json_output import json_option
from kp2heat.cli.output.console import print_json, say, show


@click.command("check-transform")
@click.argument("transform", metavar="MODULE:FUNCTION")
@click.option(
    "--pictures", type=click.IntRange(1, 10_000), default=8, show_default=True, help="Pictures to try."
)
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the dots' places."
)
@click.option("--require-swap", is_flag=True, help="Fail where a mirrored picture keeps left and right.")
@click.option(
    "-o",
    "--output",
    metavar="PNG",
    type=click.Path(path_type=Path),
    help="Draw the worst picture: its dots, and crosses at the keypoints.",
)
@json_option("The result")
def command(
    transform: str, pictures: int, seed: int, require_swap: bool, output: Path | None, as_json: bool
) -> None:
    """Push calibration pictures through a transform, and measure where their dots and keypoints go.

    FUNCTION takes (image, keypoints): (h, w, 3) uint8 and (12, 2) px, an integer being a pixel's centre; it
    returns both moved. MODULE is a module's name or a file. Exit code 4 if keypoints are off or lost.

    \b
    kp2heat check-transform my_project.augment:train_transform
    kp2heat check-transform augment.py:resize -o worst.png
    """
    from kp2heat.errors import GateFailed
    from kp2heat.pipeline.seeing.picture_file import check_picture_path, write_picture
    from kp2heat.pipeline.training.check_transform import check_transform
    from kp2heat.pipeline.training.user_function import load_function

    if output:
        check_picture_path(output)
    result = check_transform(
        load_function(transform), pictures=pictures, seed=seed, require_swap=require_swap
    )
    if output:
        write_picture(result.picture, output)
        say(f"wrote {output}")
    if as_json:
        print_json(result.to_json())
    else:
        show(str(result))
    if not result.ok:
        raise GateFailed(transform, "moves picture and keypoints apart", "the report names the likely cause")
