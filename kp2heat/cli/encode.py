"""``kp2heat encode``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kp2heat.cli.options.engine import engine_from, engine_options, part_from, reading_engine
from kp2heat.cli.options.json_output import json_option, progress_option
from kp2heat.cli.options.reading import reading, reading_options
from kp2heat.cli.options.sections import SectionedCommand
from kp2heat.cli.options.spec import spec_from, spec_options
from kp2heat.cli.options.storing import storing_options
from kp2heat.cli.options.values import pixels
from kp2heat.cli.output.console import bar, human_bytes, print_json, say, show, waiting
from kp2heat.cli.output.encode_summary import plan_text, summary_text
from kp2heat.errors import plural
from kp2heat.files.storage import location

if TYPE_CHECKING:
    from kp2heat.pipeline.array_jobs.array_part import Part
    from kp2heat.pipeline.encoding.planning.plan import Plan
    from kp2heat.pipeline.encoding.report import EncodeReport
    from kp2heat.spec import Spec


@click.command("encode", cls=SectionedCommand)
@click.argument("annotations")
@click.argument("out", required=False, type=location)
@spec_options
@reading_options
@storing_options
@engine_options
@click.option(
    "--part",
    metavar="I/N|auto",
    help="Part I of N (auto: by the batch system), for array jobs; see merge.",
)
@click.option(
    "--overwrite/--resume", help="Re-encode with new settings; or continue an interrupted run [default]."
)
@click.option(
    "--on-error",
    type=click.Choice(["fail", "skip"]),
    default="fail",
    help="Invalid annotations and images: stop, or skip them [default: fail].",
)
@click.option("--dry-run", is_flag=True, help="Show what would be written; write nothing.")
@click.option(
    "--preview",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also draw 16 samples into FILE.png, .jpg or .webp, as kp2heat preview does.",
)
@click.option("--check", is_flag=True, help="Decode what was written and report the error.")
@click.option(
    "--fail-above",
    type=pixels,
    metavar="PX",
    help="Exit 4 if the mean error is larger, e.g. 0.1px; implies --check.",
)
@json_option("The summary")
@progress_option
@click.option("-q", "--quiet", is_flag=True, help="Print no summary.")
def command(annotations: str, out: Path | str | None, **given: Any) -> None:
    """Render ANNOTATIONS (COCO JSON, CSV; - for stdin; a folder; a 'pattern') as heatmap labels into OUT.

    \b
    kp2heat encode person_keypoints.json labels --preset coco-hrnet-w32-256x192
    kp2heat encode keypoints.csv labels --sample image --input-size 224x224 --size 28x28,14x14,7x7
    kp2heat encode a.json labels --codec udp --input-size 192x256 --stride 4 --sigma 8px --check
    cat a.json | kp2heat encode - labels --preset landmarks-28-14-7 --dry-run
    """
    if out is None and not given["dry_run"]:
        raise click.UsageError("Missing argument 'OUT': the folder to write to.")
    if given["preview"] is not None:
        from kp2heat.pipeline.seeing.picture_file import check_picture_path

        check_picture_path(given["preview"], "--preview")
    part = _part(given)
    drawn = given["dry_run"] or given["preview"] is not None  # of samples from all parts
    planned = _plan(annotations, given, None if drawn else part)
    if given["preview"] is not None:
        from kp2heat.cli.seeing.preview import preview_plan

        preview_plan(planned, given["preview"], given["images"])
    if given["dry_run"] or out is None:
        _print_plan(planned, given["as_json"])
    else:
        _encode(planned, out, part, given)


def _part(given: dict[str, Any]) -> Part | None:
    """Return the part to write, None for the whole."""
    if given["part"] is not None and given["overwrite"]:
        raise click.UsageError(
            "--part cannot --overwrite what other parts write: remove OUT, or give a new one."
        )
    return part_from(given)


def _plan(annotations: str, given: dict[str, Any], part: Part | None) -> Plan:
    """Read the annotations, or those of one part, and plan their encoding; say what was assumed."""
    from kp2heat.formats import read
    from kp2heat.pipeline.array_jobs.part_plan import plan_part
    from kp2heat.pipeline.encoding.planning.plan import plan

    spec, resets = spec_from(given)
    _check_together(spec, given)
    policy = {
        "shard_rows": given["shard_rows"],
        "shard_bytes": given["shard_size"],
        "images": given["images"],
        "on_error": given["on_error"],
    }
    options = {"on_error": given["on_error"], **_sizes_from_folder(reading(given))}
    with waiting(f"reading {annotations}"):
        if part is None:
            planned = plan(read(annotations, engine=reading_engine(given), **options), spec, **policy)
        else:
            planned = plan_part(annotations, options, spec, part, reading_engine(given), **policy)
    if not given["quiet"]:
        if planned.annotations.reading:
            say(f"{planned.annotations.source}: {planned.annotations.reading}")
        if resets:
            say(f"note: {'; '.join(resets)}")
        for note in planned.notes:
            say(f"note: {note}")
        for warning in planned.warnings:
            say(f"warning: {warning}")
    return planned


def _check_together(spec: Spec, given: dict[str, Any]) -> None:
    """Raise a UsageError for an option that says nothing without another one."""
    if given["images_as"] and spec.with_images is None:
        raise click.UsageError("--images-as goes with --with-images.")
    for option in ("augment_preset", "augment_seed"):
        if given[option] is not None and not spec.augment:
            raise click.UsageError(f"--{option.replace('_', '-')} goes with --augment N.")


def _sizes_from_folder(options: dict[str, Any]) -> dict[str, Any]:
    """Return the reading options without an archive of images: sizes are read from folders alone."""
    archive = isinstance(options.get("images"), Path) and options["images"].is_file()
    return {key: value for key, value in options.items() if not (archive and key == "images")}


def _print_plan(planned: Plan, as_json: bool) -> None:
    from kp2heat.pipeline.encoding.disk_space import estimated_sizes

    sizes = estimated_sizes(planned)
    size = sizes[planned.spec.compress]
    if as_json:
        print_json({**planned.to_json(), "estimated_bytes": size, "estimated_bytes_by_compress": sizes})
    else:
        shown = ", ".join(f"{human_bytes(count)} with --compress {name}" for name, count in sizes.items())
        if planned.spec.store == "truth":
            shown = f"{human_bytes(size)} of joints and frames; maps are drawn when they are read"
        show(f"{plan_text(planned)}\nabout {shown}, estimated from a trial encode")


def _encode(planned: Plan, out: Path | str, part: Part | None, given: dict[str, Any]) -> None:
    """Write the shards, print the summary, and exit as the gate and the skipped annotations demand."""
    from kp2heat.cli.output.decode_report import gate
    from kp2heat.pipeline.array_jobs.parts import run_part
    from kp2heat.pipeline.encoding.remote import run_remote
    from kp2heat.pipeline.encoding.run import run_plan
    from kp2heat.shards.schema import SKIPPED

    rows = planned.rows(range(planned.shards) if part is None else part.span(planned.shards))
    with bar(rows, "samples") as advance:
        policy = {**engine_from(given, threads=2), "progress": advance}
        if isinstance(out, str):
            report = run_remote(planned, out, part=part, overwrite=given["overwrite"], **policy)
        elif part is None:
            report = run_plan(planned, out, overwrite=given["overwrite"], **policy)
        else:
            report = run_part(planned, out, part, **policy)
    for note in report.notes:
        say(f"note: {note}")
    summary = report.to_json()
    if given["check"] or given["fail_above"] is not None:
        summary["check"] = _check(out, report)
    if given["as_json"]:
        print_json(summary)
    elif not given["quiet"]:
        show(summary_text(report, out, summary.get("check")))
    gate(given["fail_above"], summary.get("check", {"levels": {}}))
    if planned.skipped:
        say(f"{plural(len(planned.skipped), 'annotation')} skipped; see {out}/{SKIPPED} for the reasons")
        sys.exit(3)


def _check(out: Path | str, report: EncodeReport) -> dict[str, Any]:
    """Decode what was written; return the report of the error."""
    from kp2heat.pipeline.decoding.run import decode_dataset

    names = [shard.file for shard in report.shards]
    paths = [f"{out}/{name}" if isinstance(out, str) else out / name for name in names]
    return decode_dataset(paths).to_json() if paths else {"levels": {}}
