"""``kp2heat export``."""

from __future__ import annotations

import click

from kp2heat.cli.options.json_output import progress_option
from kp2heat.cli.output.console import bar, say
from kp2heat.errors import plural

TARGETS = ("webdataset", "npz", "zarr", "zarr-refs", "coco", "csv")


@click.command("export")
@click.argument("shards", nargs=-1, required=True, metavar="SHARDS...")
@click.option("--to", "target", type=click.Choice(TARGETS), required=True, help="What to write.")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="PATH",
    help="Folder (webdataset, npz, zarr) or file (zarr-refs, coco, csv).",
)
@click.option("--overwrite", is_flag=True, help="Replace files that exist.")
@progress_option
def command(shards: tuple[str, ...], target: str, output: str, overwrite: bool) -> None:
    """Write the labels of SHARDS for webdataset, NumPy or zarr, or their truth as COCO or CSV.

    Labels are streamed; every file is whole or absent. zarr-refs is a file in kerchunk's format, with which zarr
    reads the shards where they are.

    \b
    kp2heat export labels --to webdataset -o tars
    kp2heat export labels --to npz -o arrays
    kp2heat export labels --to zarr -o labels.zarr
    kp2heat export labels --to zarr-refs -o labels.json
    kp2heat export labels --to coco -o keypoints.json
    """
    from kp2heat.pipeline.export.run import export
    from kp2heat.shards.reading.dataset import open_shards

    opened = open_shards(list(shards))
    with bar(len(opened), "samples") as advance:
        files = export(opened, output, target, overwrite=overwrite, progress=advance)
    say(f"wrote {plural(len(files), 'file')}, {plural(len(opened), 'sample')}")
