"""What shards hold, and how, as options of ``kp2heat encode``."""

from __future__ import annotations

import click

from kp2heat.cli.options.values import byte_count, stacked

storing_options = stacked(
    click.option(
        "--shard-rows",
        type=int,
        metavar="N",
        help="Samples per shard, a multiple of 64 [default: 4096, or fewer if large].",
    ),
    click.option(
        "--shard-size", type=byte_count, metavar="SIZE", help="Uncompressed bytes per shard, e.g. 256MB."
    ),
    click.option(
        "--compress",
        type=click.Choice(["fast", "small", "single"]),
        help="Fast to write, small, or fast to read one by one [default: fast].",
    ),
    click.option(
        "--store",
        type=click.Choice(["maps", "truth"]),
        help="Maps, or joints alone, from which maps are drawn on read [default: maps].",
    ),
    click.option(
        "--with-images",
        type=click.Choice(["png", "jpeg", "webp", "raw"]),
        help="Store the pictures of --images (folder, zip, tar) too.",
    ),
    click.option(
        "--images-as",
        type=click.Choice(["crop", "whole"]),
        help="Store each sample's input, or whole images [default: crop].",
    ),
    click.option(
        "--augment",
        type=click.IntRange(0),
        metavar="N",
        help="N augmented copies in place of each sample [default: 0].",
    ),
    click.option(
        "--augment-preset",
        metavar="NAME",
        help="cpm-mpii (default), hrnet, mmpose, centernet or another recipe.",
    ),
    click.option(
        "--augment-seed", type=click.IntRange(0), metavar="N", help="Seed of the copies [default: 0]."
    ),
)
