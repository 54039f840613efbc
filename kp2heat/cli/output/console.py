"""Printing of all commands: messages and progress on stderr, tables and JSON on stdout."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

import click

from kp2heat.cli.signals import stop_if_asked

PROGRESS: ContextVar[str] = ContextVar("progress", default="bar")
"""How a command tells of itself on stderr: bar, json (every line is a JSON object), or none (messages only)."""


def say(text: str) -> None:
    """Print a message on stderr; with ``--progress json`` as the event ``message``."""
    if PROGRESS.get() == "json":
        event("message", text=text)
    else:
        click.echo(text, err=True)


def event(name: str, **values: Any) -> None:
    """Print an event as one line of JSON on stderr."""
    click.echo(json.dumps({"event": name, **values}), err=True)


def show(text: str, *, newline: bool = True) -> None:
    """Print a result on stdout; once its reader has left, as ``head -1`` does, the rest goes nowhere.

    The command goes on, so that its exit code still says what it found.
    """
    try:
        click.echo(text, nl=newline)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_json(value: Any) -> None:
    """Print JSON on stdout."""
    show(json.dumps(value, indent=1))


@contextmanager
def bar(total: int, unit: str) -> Iterator[Any]:
    """Show a progress bar on stderr if it is a terminal; yield the function that advances it and checks for Ctrl-C.

    With ``--progress json`` it is the event ``progress`` at the beginning, at the end, and once per second in between.
    """
    if PROGRESS.get() == "json":
        yield _events(total, unit)
        return
    if PROGRESS.get() == "none" or not sys.stderr.isatty():
        yield lambda _count: stop_if_asked()
        return
    from tqdm import tqdm

    def advance(count: int) -> None:
        shown.update(count)
        stop_if_asked()

    with tqdm(total=total, unit=f" {unit}", file=sys.stderr, leave=False, unit_scale=True) as shown:
        yield advance


def _events(total: int, unit: str) -> Callable[[int], None]:
    """Return a function that adds to the finished count and prints it, at most once per second and at the end."""
    began = printed = time.monotonic()
    done = 0

    def show_event() -> None:
        event("progress", done=done, total=total, unit=unit, seconds=round(time.monotonic() - began, 3))

    def advance(count: int) -> None:
        nonlocal done, printed
        done += count
        if done >= total or time.monotonic() - printed >= PATIENCE:
            printed = time.monotonic()
            show_event()
        stop_if_asked()

    show_event()
    return advance


PATIENCE = 1.0
"""Seconds before the elapsed time of a step without progress is shown."""


@contextmanager
def waiting(text: str) -> Iterator[None]:
    """After 1 s, show the elapsed time of a step without progress, if stderr is a terminal."""
    done = threading.Event()

    def show() -> None:
        from tqdm import tqdm

        if done.wait(PATIENCE):
            return
        with tqdm(desc=text, bar_format="{desc} {elapsed}", file=sys.stderr, leave=False) as shown:
            while not done.wait(PATIENCE / 2):
                shown.refresh()

    clock = threading.Thread(target=show, daemon=True)
    if sys.stderr.isatty() and PROGRESS.get() == "bar":
        with suppress(RuntimeError):  # no thread can be started
            clock.start()
    try:
        yield
    finally:
        done.set()
        if clock.ident is not None:
            clock.join()


def table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return a plain-text table, its first column aligned left and the others right."""
    cells = [list(header), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]
        ).rstrip()
        for row in cells
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) < 100 else f"{value:.1f}"
    return str(value)


def human_bytes(count: float) -> str:
    """Return a size in powers of 1000 bytes.

    >>> human_bytes(3_400_000)
    '3.4 MB'
    """
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"
