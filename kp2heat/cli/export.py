"""``kp2heat export``."""

from __future__ import annotations

import click

from kp2heat.cli.options.json_output import progress_option
from kp2heat.cli.output.console import bar, say
from kp2heat.errors import plural

TARGETS = ("webdataset", "npz", "coco", "csv")


@click.command("export")
@click.argument("shards", nargs=-1, required=True, metavar="SHARDS...")
@click.option("--to", "target", type=click.Choice(TARGETS), required=True, help="What to write.")
@click.option(
    "-o", "--output", required=True, metavar="PATH", help="Folder (webdataset, npz) or file (coco, csv)."
)
@click.option("--overwrite", is_flag=True, help="Replace files that exist.")
@progress_option
def command(shards: tuple[str, ...], target: str, output: str, overwrite: bool) -> None:
    """Write the labels of SHARDS as tar files for webdataset or as NumPy archives, or their truth as COCO or CSV.

    Labels are streamed, a file per shard; every file is whole or absent.

    \b
    kp2heat export labels --to webdataset -o tars
    kp2heat export labels --to npz -o arrays
    kp2heat export labels --to coco -o keypoints.json
    """
    from kp2heat.pipeline.export.run import export
    from kp2heat.shards.reading.dataset import open_shards

    opened = open_shards(list(shards))
    with bar(len(opened), "samples") as advance:
        files = export(opened, output, target, overwrite=overwrite, progress=advance)
    say(f"wrote {plural(len(files), 'file')}, {plural(len(opened), 'sample')}")
