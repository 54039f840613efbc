"""Parsers of option values that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import nan
from pathlib import Path
from typing import Any, TypeVar

import click

from kp2heat.errors import OutputError, SpecError

F = TypeVar("F", bound=Callable[..., Any])

UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "ki": 2**10, "mi": 2**20, "gi": 2**30}


def byte_count(text: str) -> int:
    """Return the number of bytes in ``256MB``, ``1GiB`` or ``1000``.

    >>> byte_count("1GiB")
    1073741824
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmg]i?)?b?", text.strip().lower())
    count = int(float(match[1]) * UNITS[match[2] or ""]) if match else 0
    if not count:
        raise click.BadParameter(f"'{text}' is not a size; write 256MB")
    return count


def pixels(text: str) -> float:
    """Return the number in ``0.1px`` or ``0.1``. NaN is rejected: it would pass every gate.

    >>> pixels("0.1px")
    0.1
    """
    value = _number(text.strip().removesuffix("px"))
    if not value >= 0:
        raise click.BadParameter(f"'{text}' is not a number of pixels; write 0.1px")
    return value


def threshold(text: str) -> float:
    """Return a number that others are compared with. NaN is rejected: everything would pass.

    >>> threshold("0.2")
    0.2
    """
    value = _number(text)
    if value != value:
        raise click.BadParameter(f"'{text}' is not a number; write 0.2")
    return value


def named_limit(text: str) -> tuple[str, float]:
    """Return the name and the number in ``ap=0.7``. NaN is rejected: it would pass no gate.

    >>> named_limit("PCK@0.1=0.9")
    ('PCK@0.1', 0.9)
    """
    name, _, number = text.rpartition("=")
    limit = _number(number)
    if not name or limit != limit:
        raise click.BadParameter(f"'{text}' names no number; write ap=0.7")
    return name, limit


def _number(text: str) -> float:
    """Return the number that a text is; NaN where it is none."""
    try:
        return float(text)
    except ValueError:
        return nan


def results_file(text: str) -> Path:
    """Return the path of a file to write later; SpecError for its suffix, OutputError for a missing folder."""
    path = Path(text)
    if path.suffix not in (".json", ".csv"):
        raise SpecError(
            "-o", f"'{path.name}' ends in neither .json nor .csv", "choose a name that ends in one of them"
        )
    if not path.parent.is_dir():
        raise OutputError(str(path), f"folder '{path.parent}' does not exist", "create it first")
    return path


def report_file(text: str) -> Path:
    """Return the path of a report to write later as :func:`results_file` does; "-" is standard output."""
    return Path(text) if text == "-" else results_file(text)


def words(text: str) -> list[str]:
    """Return the parts of a list such as ``8,16,32``.

    >>> words("8, 16,32")
    ['8', '16', '32']
    """
    return [word.strip() for word in text.split(",") if word.strip()]


def listed(*names: str, **more: Any) -> Callable[[Any], Any]:
    """Declare an option of ``words`` that joins the lists when it is given several times."""

    def joined(
        _context: click.Context, _option: click.Parameter, given: tuple[list[str], ...]
    ) -> list[str] | None:
        return [word for part in given for word in part] if given else None

    return click.option(*names, type=words, multiple=True, callback=joined, **more)


def stacked(*options: Callable[[Any], Any]) -> Callable[[F], F]:
    """Return a decorator that gives a command all of these options, in this order."""

    def decorate(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate
