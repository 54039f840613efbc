"""Reading of shards in worker processes first, as an option."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from kp2heat.cli.output.console import bar, say
from kp2heat.errors import ShardError

isolate_option = click.option(
    "--isolate",
    is_flag=True,
    help="Read each shard in a worker process first, and skip damaged ones (exit 3).",
)


def readable_shards(shards: Sequence[Path], *, all_needed: bool) -> tuple[list[Path], int]:
    """Return the files that can be read, and the number of others, each of which is named on stderr.

    ShardError where none can be read, or one cannot and ``all_needed``.
    """
    from kp2heat.pipeline.verification.isolation import read_isolated
    from kp2heat.shards.reading.dataset import shard_files

    files = shard_files(shards)
    readable, last = [], None
    with bar(len(files), "shards") as advance:
        for reading in read_isolated(files):
            if reading.error is None:
                readable.append(reading.path)
            else:
                last = reading
                say(f"skipped {reading.path.name}: {reading.error}")
            advance(1)
    if last is not None and (all_needed or not readable):
        todo = "run kp2heat verify OUT --repair ANNOTATIONS"
        raise ShardError(
            last.path.name, "cannot be read" + (", and the predictions are of all shards" * all_needed), todo
        )
    return readable, len(files) - len(readable)
