"""Options on a network's predictions for shards, shared by decode, preview and report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from kp2heat.cli.options.reading import swap_pairs
from kp2heat.cli.options.sections import given_options
from kp2heat.cli.options.values import listed, stacked
from kp2heat.cli.output.console import say

if TYPE_CHECKING:
    from kp2heat.pipeline.predictions.align import Settings
    from kp2heat.skeleton import Skeleton

prediction_options = stacked(
    click.option(
        "--predictions",
        multiple=True,
        metavar="FILE[:DATASET]",
        help="A network's maps (.h5, .npy, .npz); several are combined.",
    ),
    click.option(
        "--predicted-as",
        type=click.Choice(["labels", "raw", "logits", "sigmoid", "softmax"]),
        default="labels",
        show_default=True,
        help="What the predicted values are.",
    ),
    click.option(
        "--flipped",
        multiple=True,
        metavar="FILE[:DATASET]",
        help="Maps of the mirrored input: flipped back and averaged in.",
    ),
    click.option(
        "--flip-shift", is_flag=True, help="Shift flipped maps one cell, as HRNet does, instead of exactly."
    ),
    click.option(
        "--accumulate",
        type=click.Choice(["mean", "sum"]),
        default="mean",
        show_default=True,
        help="Combine several predictions by mean or sum.",
    ),
    click.option(
        "--grid",
        metavar="WxH",
        help="Map size that several predictions are resized to [default: the largest].",
    ),
    listed("--channels", metavar="NAME,..", help="Joint of each predicted map, where the order differs."),
)
"""The options of predictions; ``predictions_of`` turns them into settings."""


def predictions_of(given: dict[str, Any], swap: Sequence[str] | None) -> Settings | None:
    """Return how predictions are taken, None where there are none; ``swap``: pairs A:B of mirrored joints."""
    if not given["predictions"]:
        if unused := given_options("Predictions", but=("min_score", "score", "boxes")):
            raise click.UsageError(f"{unused[0]} goes with --predictions.")
        return None
    from kp2heat.frame import parse_size
    from kp2heat.pipeline.predictions.align import Settings

    return Settings(
        files=given["predictions"],
        flipped=given["flipped"],
        read_as=given["predicted_as"],
        shift=given["flip_shift"],
        accumulate=given["accumulate"],
        grid=None if given["grid"] is None else parse_size(given["grid"], "--grid"),
        channels=given["channels"],
        swap=swap_pairs(swap),
    )


def note_unpaired(predictions: Settings | None, skeleton: Skeleton) -> None:
    """Say which joints --flipped leaves on their side though their names look sided."""
    from kp2heat.skeleton import unpaired_sides

    if predictions is None or not predictions.flipped or predictions.swap:
        return
    if names := unpaired_sides(skeleton):
        say(f"note: --flipped exchanges no partner for {', '.join(names[:8])}: pair them with --swap A:B")
