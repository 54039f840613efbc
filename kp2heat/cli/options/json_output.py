"""``--json`` and ``--json-schema`` of every command that reports numbers, and ``--progress`` of long ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from kp2heat.cli.output.console import PROGRESS, print_json

F = TypeVar("F", bound=Callable[..., Any])


def json_option(what: str) -> Callable[[F], F]:
    """Give a command ``--json``, described by what it prints, and the hidden ``--json-schema``."""

    def decorate(command: F) -> F:
        schema = click.option(
            "--json-schema",
            is_flag=True,
            is_eager=True,
            expose_value=False,
            hidden=True,
            callback=_print_schema,
            help="Print the JSON Schema of --json and exit.",
        )
        shown = f"{what} as JSON on stdout; --json-schema prints its schema."
        return schema(click.option("--json", "as_json", is_flag=True, help=shown)(command))

    return decorate


def _print_schema(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    """Print the JSON Schema of the command's report, if it is wanted, and end the command."""
    if wanted:
        from kp2heat.pipeline.json_reports import json_schema

        print_json(json_schema(str(context.command.name)))
        context.exit()


def progress_option(command: F) -> F:
    """Give a command ``--progress``: a bar, lines of JSON for batch systems, or nothing, all on stderr."""
    return click.option(
        "--progress",
        type=click.Choice(["bar", "json", "none"]),
        expose_value=False,
        callback=_set_progress,
        help="A bar on a terminal, JSON lines for batch systems, or none [default: bar].",
    )(command)


def _set_progress(_context: click.Context, _option: click.Parameter, kind: str | None) -> None:
    PROGRESS.set(kind or "bar")
