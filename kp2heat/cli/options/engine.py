"""Where a command runs its jobs, as options."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from kp2heat.cli.options.values import stacked
from kp2heat.cli.output.console import say
from kp2heat.machine.cores import cores

if TYPE_CHECKING:
    from kp2heat.contracts import Mapper
    from kp2heat.pipeline.array_jobs.array_part import Part

engine_options = stacked(
    click.option(
        "--workers",
        type=click.IntRange(1, 1024),
        default=1,
        metavar="N",
        help="Most processes to use, where they gain time; the output is the same [default: 1].",
    ),
    click.option(
        "--engine",
        type=click.Choice(["processes", "dask"]),
        default="processes",
        help="Processes here, or a Dask cluster (kp2heat[dask]) [default: processes].",
    ),
    click.option(
        "--scheduler",
        metavar="TCP://..|FILE",
        help="Scheduler of a running Dask cluster [default: a new one here].",
    ),
)
"""The options of an engine; ``engine_from`` turns them into keywords."""


def engine_from(given: dict[str, Any], threads: int = 1) -> dict[str, Any]:
    """Return the keywords ``workers`` and ``engine`` of the library's functions; ``threads`` of a Dask worker here."""
    from kp2heat.engines import ENGINES

    if given["engine"] != "dask":
        if given["scheduler"]:
            raise click.UsageError("--scheduler goes with --engine dask.")
        return {"workers": given["workers"]}
    run = ENGINES["dask"].run
    return {"engine": partial(run, workers=given["workers"], scheduler=given["scheduler"], threads=threads)}


def reading_engine(given: dict[str, Any]) -> Mapper:
    """Return what reads the blocks of a large annotation file: this process, or ``--workers`` of this machine."""
    from kp2heat.engines import local

    return local(1 if given["engine"] == "dask" else min(given["workers"], cores()))


def part_from(given: dict[str, Any]) -> Part | None:
    """Return the part of ``--part``, None for the whole; say where it was taken from."""
    from kp2heat.pipeline.array_jobs.array_part import parse_part

    if given["part"] is None:
        return None
    part, source = parse_part(given["part"])
    if source != "--part" and not given["quiet"]:
        say(f"part {part}, from {source}")
    return part
