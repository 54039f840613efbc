"""``kp2heat report``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kp2heat.cli.options.completion import names_of
from kp2heat.cli.options.json_output import progress_option
from kp2heat.cli.options.predictions import prediction_options, predictions_of
from kp2heat.cli.options.reading import reading, reading_options
from kp2heat.cli.options.sections import SectionedCommand, given_options
from kp2heat.cli.options.values import listed
from kp2heat.cli.output.console import human_bytes, say, waiting
from kp2heat.cli.output.decode_run import decode_shown
from kp2heat.errors import InputError
from kp2heat.files.atomic import write_whole
from kp2heat.files.storage import location

if TYPE_CHECKING:
    from kp2heat.pictures.page import Page
    from kp2heat.pipeline.decoding.reporting.report import DecodeReport
    from kp2heat.pipeline.seeing.images import Pictures


@click.command("report", cls=SectionedCommand)
@click.argument("path", metavar="SHARDS|RESULTS")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default="report.html",
    show_default=True,
    help="The HTML file.",
)
@click.option(
    "--truth",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Annotations to score RESULTS against; they are checked for problems too.",
)
@click.option(
    "--worst",
    type=click.IntRange(0, 500),
    default=24,
    show_default=True,
    help="How many of the worst samples to show.",
)
@click.option(
    "--method",
    shell_complete=names_of("method"),
    default="auto",
    show_default=True,
    help="Decoders to compare on SHARDS; several with commas.",
)
@listed("--level", metavar="WxH,..", help="Use only these map sizes.")
@prediction_options
@click.option(
    "--sigmas",
    default="",
    metavar="NAME|S1,S2,..",
    help="OKS sigmas for RESULTS, where the skeleton has none.",
)
@reading_options
@progress_option
def command(path: str, output: Path, **given: Any) -> None:
    """Write one HTML file about SHARDS decoded, or RESULTS against --truth: errors, joints, worst samples, findings.

    The file holds everything, sends no request, and follows the reader's light or dark setting. With --images the
    worst samples are shown on their images. The reading options are those of --truth.

    \b
    kp2heat report labels --images images -o report.html
    kp2heat report labels --predictions out.npy --flipped flipped.npy --method dark,argmax --images images
    kp2heat report results.json --truth person_keypoints.json --images images
    """
    from kp2heat.pictures.page import render_page
    from kp2heat.pipeline.describe import holds_shards
    from kp2heat.pipeline.seeing.images import Pictures
    from kp2heat.pipeline.seeing.output_file import check_page

    check_page(output)
    pictures = Pictures(given["images"]) if given["images"] else None
    page = (_of_shards if holds_shards(path) else _of_results)(path, given, pictures)
    write_whole(output, render_page(page))
    for name, reason in list(pictures.notes.items())[:3] if pictures else ():
        say(f"{name}: {reason}; drawn on a plain canvas")
    say(f"{output}: {human_bytes(output.stat().st_size)}")


def _of_shards(path: str, given: dict[str, Any], pictures: Pictures | None) -> Page:
    from kp2heat.formats import validate
    from kp2heat.pipeline.seeing.html_report import decoded_page
    from kp2heat.shards.reading.dataset import open_shards

    if unused := given_options("Metrics"):
        raise click.UsageError(f"{unused[0]} goes with RESULTS: the report of SHARDS has no AP.")
    if given["truth"] is None and (unused := given_options("Reading", but=("images", "swap"))):
        raise click.UsageError(f"{unused[0]} says how --truth is read: give that too.")
    shards = open_shards(location(path))
    predictions = predictions_of(given, given["swap"])
    findings = None if given["truth"] is None else validate(given["truth"], **reading(given))
    report = decode_shown(shards, predictions, given)
    with waiting("drawing the report"):
        return decoded_page(report, findings=findings, images=pictures, worst=given["worst"])


def _of_results(path: str, given: dict[str, Any], pictures: Pictures | None) -> Page:
    from kp2heat.cli.evaluate import sigmas_option
    from kp2heat.formats import validate
    from kp2heat.pipeline.evaluation.run import evaluate_files
    from kp2heat.pipeline.seeing.html_report import evaluated_page

    if given["truth"] is None and not Path(path).exists():
        raise InputError(path, "there is no such file or folder", "check the path")
    if given["truth"] is None:
        raise click.UsageError(
            "RESULTS are scored against --truth FILE; or give the OUT folder of kp2heat encode."
        )
    if unused := given_options("Decoding", "Predictions"):
        raise click.UsageError(f"{unused[0]} goes with SHARDS: RESULTS are decoded already.")
    with waiting(f"reading {path}"):
        evaluated = evaluate_files(
            path, given["truth"], reading=reading(given), sigmas=sigmas_option(given["sigmas"])
        )
        findings = validate(given["truth"], **reading(given))
    with waiting("drawing the report"):
        return evaluated_page(evaluated, findings=findings, images=pictures, worst=given["worst"])


def write_decoded(report: DecodeReport, path: Path) -> None:
    """Write the page of decoded shards without pictures from images: what ``decode --report`` asks for."""
    from kp2heat.pictures.page import render_page
    from kp2heat.pipeline.seeing.html_report import decoded_page

    with waiting("drawing the report"):
        write_whole(path, render_page(decoded_page(report)))
    say(f"{path}: {human_bytes(path.stat().st_size)}")
