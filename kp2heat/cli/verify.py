"""``kp2heat verify``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kp2heat.cli.options.engine import engine_from, engine_options
from kp2heat.cli.options.json_output import json_option, progress_option
from kp2heat.cli.options.reading import reading, reading_options
from kp2heat.cli.options.sections import SectionedCommand
from kp2heat.cli.output.console import bar, print_json, say, show
from kp2heat.errors import plural
from kp2heat.files.storage import location

if TYPE_CHECKING:
    from kp2heat.pipeline.verification.run import VerifyReport


@click.command("verify", cls=SectionedCommand)
@click.argument("folders", nargs=-1, required=True, type=location, metavar="OUT...")
@click.option(
    "--quick", is_flag=True, help="Check sizes, structure and tables only: read no map, hash no file."
)
@click.option("--repair", metavar="ANNOTATIONS", help="Re-encode damaged shards from the same annotations.")
@click.option(
    "--isolate/--no-isolate",
    default=True,
    help="Check shards in worker processes with limited time and memory; one that crashes HDF5 is reported "
    "[default: --isolate].",
)
@reading_options
@engine_options
@progress_option
@json_option("The report")
def command(
    folders: tuple[Path | str, ...], quick: bool, repair: str | None, as_json: bool, **given: Any
) -> None:
    """Check the folder OUT against its manifest, the format, and the ground truth that its shards carry.

    Exit code 0: everything is as it was written, or was repaired; 1: it is not.
    Every folder is checked, whatever is found in the first.

    \b
    kp2heat verify labels
    kp2heat verify train_labels val_labels --quick
    kp2heat verify labels --quick --json
    kp2heat verify labels --repair person_keypoints.json
    """
    if repair is not None and len(folders) > 1:
        raise click.UsageError("--repair ANNOTATIONS goes with one folder.")
    reports = {out: _checked(out, quick, repair, given) for out in folders}
    if as_json:
        shown = [{"folder": str(out), **report.to_json()} for out, report in reports.items()]
        print_json(shown[0] if len(shown) == 1 else shown)
    else:
        show("\n".join(_text(out, report, quick) for out, report in reports.items()))
    if any(report.defects for report in reports.values()):
        sys.exit(1)


def _checked(out: Path | str, quick: bool, repair: str | None, given: dict[str, Any]) -> VerifyReport:
    """Return the report of a folder, after the repair that was asked for."""
    from kp2heat.formats import read
    from kp2heat.pipeline.verification.run import is_interrupted, verify_dataset
    from kp2heat.pipeline.verification.run import repair as repair_shards
    from kp2heat.shards.manifest import read_manifest
    from kp2heat.shards.reading.remote_copy import manifest_copy

    where = {"isolate": given["isolate"], **engine_from(given)}
    if isinstance(out, str) and repair is not None:
        raise click.UsageError(
            "--repair works in folders: remove the shard from the store, and encode again."
        )
    folder = manifest_copy(out) if isinstance(out, str) else out
    listed = len((read_manifest(folder) or {}).get("shards", ()))
    with bar(listed, "shards") as advance:
        report = verify_dataset(out, quick=quick, **where, progress=advance)
    if repair is not None and isinstance(out, Path) and (report.broken or is_interrupted(out)):
        damaged = report.broken
        repair_shards(
            out, report, read(repair, **reading(given)), images=given["images"], **engine_from(given)
        )
        say(f"re-encoded {', '.join(damaged)}" if damaged else "removed what an interrupted run left")
        report = verify_dataset(out, quick=quick, **where)
    return report


def _text(out: Path | str, report: VerifyReport, quick: bool) -> str:
    lines = [f"{defect.file}: {defect.found} ({defect.kind})" for defect in report.defects]
    lines += [f"note: {note}" for note in report.notes]
    if report.defects:
        return "\n".join([*lines, _verdict(out, report)])
    checked = f"files, content, structure and {report.redrawn} redrawn samples agree"
    if not report.redrawn:
        checked = "files, content and structure agree"
    if quick:
        checked = "sizes, structure and tables agree"
    lines.append(f"{out}: {plural(report.shards, 'shard')}, {plural(report.samples, 'sample')}: {checked}")
    lines += [
        f"decode error at {level}: mean {numbers['mean']:.4f}, max {numbers['max']:.4f} input px"
        for level, numbers in report.error.items()
        if numbers["mean"] is not None and numbers["max"] is not None
    ]
    return "\n".join(lines)


def _verdict(out: Path | str, report: VerifyReport) -> str:
    damaged = len(report.broken)
    if not damaged:
        return f"{out}: the shards are whole, but {plural(len(report.defects), 'problem')} found"
    verb = "is" if damaged == 1 else "are"
    found = f"{out}: {damaged} of {plural(report.shards, 'shard')} {verb} damaged"
    return f"{found}; run `kp2heat verify {out} --repair ANNOTATIONS` to re-encode {'it' if damaged == 1 else 'them'}"
