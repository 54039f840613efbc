"""``kp2heat merge``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kp2heat.cli.options.sections import SectionedCommand
from kp2heat.cli.options.values import location
from kp2heat.cli.output.console import human_bytes, print_json, say, show
from kp2heat.errors import plural


@click.command("merge", cls=SectionedCommand)
@click.argument("out", type=location)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON on stdout.")
def command(out: Path | str, as_json: bool) -> None:
    """Write the manifest of the folder OUT, whose shards were written by encode --part.

    Reads the parts' reports and no shard. Names the parts that are missing, with what to do; may be run again at
    any time. Exit code 3: merged, and annotations were skipped.

    \b
    for i in 1 2 3 4; do kp2heat encode a.json labels --preset people-28-14-7 --part $i/4; done
    kp2heat merge labels
    """
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
