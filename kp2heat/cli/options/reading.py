"""Options on how to read an annotation file, shared by every command that takes one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from kp2heat.cli.options.completion import names_of
from kp2heat.cli.options.values import listed, stacked, threshold
from kp2heat.errors import SpecError
from kp2heat.files.storage import location

reading_options = stacked(
    click.option(
        "--format",
        "format_name",
        shell_complete=names_of("format"),
        help="How the annotations are written, where the content does not tell.",
    ),
    click.option("--category", help="Category name or id, where the file has several."),
    click.option(
        "--images", type=location, help="Folder (or URL) of the images, for their sizes and for pictures."
    ),
    click.option("--image-size", metavar="WxH", help="Size of every image, where the file does not say."),
    click.option(
        "--size-from-joints", is_flag=True, help="Estimate unknown image sizes from the farthest joint."
    ),
    click.option(
        "--coords", type=click.Choice(["pixel", "normalised", "percent"]), help="Unit of the coordinates."
    ),
    click.option(
        "--origin",
        type=click.Choice(["0", "1", "corner"]),
        help="Coordinate of the first pixel's centre: 0, 1, or 0.5 (corner: its corner is 0).",
    ),
    click.option(
        "--visibility",
        type=click.Choice(["auto", "coco", "flag", "score"]),
        help="What a joint's third number is: 0/1/2, 0/1, or a score.",
    ),
    click.option(
        "--min-likelihood", type=threshold, metavar="FLOAT", help="Treat lower-scoring joints as missing."
    ),
    click.option(
        "--skeleton",
        shell_complete=names_of("skeleton"),
        help="Names, partners and sigmas of the joints: coco, mpii, hand21, ... or a .toml file.",
    ),
    listed("--swap", metavar="A:B,..", help="Joints that mirror each other."),
    listed("--names", metavar="N,N,..", help="Names of joints that have none in the file."),
    listed("--columns", metavar="C,C,..", help="Column names of a CSV without a header."),
)
"""The reading options; ``reading`` turns them into keywords of ``formats.read``."""


def reading(given: dict[str, Any]) -> dict[str, Any]:
    """Return keywords of :func:`kp2heat.read` from a command's options."""
    from kp2heat.frame import parse_size

    kept = (
        *("category", "images", "size_from_joints", "coords"),
        *("origin", "visibility", "min_likelihood", "skeleton"),
    )
    keywords = {name: given[name] for name in kept if given[name] not in (None, False)}
    keywords |= {name: tuple(given[name]) for name in ("names", "columns") if given[name]}
    if given["image_size"] is not None:
        keywords["image_size"] = parse_size(given["image_size"], "--image-size")
    if given["swap"]:
        keywords["swap"] = swap_pairs(given["swap"])
    return {"format": given["format_name"], **keywords}


def swap_pairs(pairs: Sequence[str] | None) -> tuple[tuple[str, str], ...]:
    """Return pairs of joint names, written ``A:B`` each.

    >>> swap_pairs(["left_eye:right_eye"])
    (('left_eye', 'right_eye'),)
    """
    split = [pair.split(":") for pair in pairs or ()]
    wrong = next((pair for pair, names in zip(pairs or (), split, strict=True) if len(names) != 2), None)
    if wrong is not None:
        raise SpecError("--swap", f"'{wrong}' is not a pair of joints", "write left_eye:right_eye")
    return tuple((a, b) for a, b in split)
