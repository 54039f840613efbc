"""``kp2heat merge``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kp2heat.cli.options.json_output import json_option
from kp2heat.cli.options.sections import SectionedCommand
from kp2heat.cli.output.console import human_bytes, print_json, say, show
from kp2heat.errors import plural
from kp2heat.files.storage import location


@click.command("merge", cls=SectionedCommand)
@click.argument("out", type=location)
@json_option("The summary")
def command(out: Path | str, as_json: bool) -> None:
    """Put the parts of encode --part or decode --part together.

    OUT of encode: write its manifest. The folder of decode --into: print the report of all parts, and write the file
    of their -o. Reads the parts' reports and no shard. Names the parts that are missing, with what to do; may be run
    again at any time. Exit code 3: merged, and annotations were skipped, or most joints were missed.

    \b
    for i in 1 2 3 4; do kp2heat encode a.json labels --preset people-28-14-7 --part $i/4; done
    kp2heat merge labels
    for i in 1 2 3 4; do kp2heat decode labels -o results.json --part $i/4 --into decoded; done
    kp2heat merge decoded
    """
    from kp2heat.pipeline.array_jobs.decode_parts import holds_decoded

    if isinstance(out, Path) and holds_decoded(out):
        _merge_decoded(out, as_json)
    else:
        _merge_encoded(out, as_json)


def _merge_decoded(folder: Path, as_json: bool) -> None:
    from kp2heat.cli.output.tables import report_text
    from kp2heat.pipeline.array_jobs.decode_parts import merge_decoded
    from kp2heat.pipeline.decoding.reporting.report_json import report_json, useless

    whole, results = merge_decoded(folder)
    if results is not None:
        say(f"{results}: {whole.people} people, keypoints of the {whole.levels[0].level} level in image px")
    if as_json:
        print_json(report_json(whole))
    else:
        show(report_text(report_json(whole), per_joint=False))
    if useless(whole):
        say("warning: most joints were missed, so the errors mean little; see the joint status")
        sys.exit(3)


def _merge_encoded(out: Path | str, as_json: bool) -> None:
    from kp2heat.pipeline.array_jobs.merging import merge_parts
    from kp2heat.pipeline.encoding.remote import merge_remote
    from kp2heat.shards.schema import SKIPPED

    report = merge_remote(out) if isinstance(out, str) else merge_parts(out)
    if as_json:
        print_json(report.to_json())
    else:
        merged = f"merged {plural(report.parts, 'part')}" if report.parts else "is complete"
        show(
            f"{out}: {merged}; {plural(report.shards, 'shard')}, {plural(report.samples, 'sample')}, "
            f"{human_bytes(report.bytes)} on disk"
        )
    if report.skipped:
        say(f"{plural(report.skipped, 'annotation')} skipped; see {out}/{SKIPPED} for the reasons")
        sys.exit(3)
