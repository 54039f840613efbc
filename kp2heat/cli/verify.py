"""``kp2heat verify``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kp2heat.cli.console import bar, counted, print_json, say
from kp2heat.cli.reading import reading, reading_options

if TYPE_CHECKING:
    from kp2heat.pipeline.verification.run import VerifyReport


@click.command("verify")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--quick", is_flag=True, help="Sizes, structure and tables only: read no map, hash no file.")
@click.option(
    "--repair", metavar="ANNOTATIONS", help="Encode broken shards again, from the same annotations."
)
@reading_options
@click.option("--workers", type=click.IntRange(1, 1024), default=1, show_default=True, help="Processes.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON on stdout.")
def command(out: Path, quick: bool, repair: str | None, workers: int, as_json: bool, **given: Any) -> None:
    """Hold the folder OUT of encode against its manifest, the format, and the truth its shards carry.

    Exit code 0: all is as it was written; 1: something is not (or was not, and could not be repaired).

    \b
    kp2heat verify labels
    kp2heat verify labels --quick --json
    kp2heat verify labels --repair person_keypoints.json
    """
    from kp2heat.formats import read
    from kp2heat.pipeline.verification.run import repair as encode_again
    from kp2heat.pipeline.verification.run import verify_dataset
    from kp2heat.shards.manifest import read_manifest

    listed = len((read_manifest(out) or {}).get("shards", ()))
    with bar(listed, "shards") as advance:
        report = verify_dataset(out, quick=quick, workers=workers, progress=advance)
    if repair is not None and report.broken:
        broken = report.broken
        encode_again(out, report, read(repair, **reading(given)), workers=workers)
        say(f"encoded again: {', '.join(broken)}")
        report = verify_dataset(out, quick=quick, workers=workers)
    if as_json:
        print_json(report.to_json())
    else:
        click.echo(_text(out, report, quick))
    if report.defects:
        sys.exit(1)


def _text(out: Path, report: VerifyReport, quick: bool) -> str:
    lines = [f"{d.file}: {d.found} ({d.kind})" for d in report.defects]
    lines += [f"note: {note}" for note in report.notes]
    if report.defects:
        todo = f"; kp2heat verify {out} --repair ANNOTATIONS encodes them again" if report.broken else ""
        return "\n".join(
            [*lines, f"{out}: broken: {len(report.broken)} of {counted(report.shards, 'shard')}{todo}"]
        )
    how = "sizes, structure and tables agree" if quick else (
        f"files, content and structure agree, and so do {report.redrawn} samples drawn again"
    )  # fmt: skip
    lines.append(f"{out}: {counted(report.shards, 'shard')}, {counted(report.samples, 'sample')}: {how}")
    lines += [
        f"decode error at {level}: mean {numbers['mean']:.4f}, max {numbers['max']:.4f} input px"
        for level, numbers in report.error.items()
        if numbers["mean"] is not None and numbers["max"] is not None
    ]
    return "\n".join(lines)
