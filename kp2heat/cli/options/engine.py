"""Where a command runs its jobs, as options."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS = (
    click.option(
        "--workers",
        type=click.IntRange(1, 1024),
        default=1,
        metavar="N",
        help="Most processes to use; the output is the same [default: 1].",
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


def engine_options(command: F) -> F:
    """Give a command the options of an engine; ``engine_from`` turns them into keywords."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def engine_from(given: dict[str, Any]) -> dict[str, Any]:
    """Return the keywords ``workers`` and ``engine`` of the library's functions."""
    from kp2heat.engines import ENGINES

    if given["engine"] != "dask":
        if given["scheduler"]:
            raise click.UsageError("--scheduler goes with --engine dask.")
        return {"workers": given["workers"]}
    run = ENGINES["dask"].run
    return {"engine": partial(run, workers=given["workers"], scheduler=given["scheduler"])}
