"""Files that a command writes at its end, refused at its beginning where they could not be written."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from kp2heat.errors import OutputError, SpecError
from kp2heat.files.atomic import write_whole
from kp2heat.pictures.charts.style import matplotlib

CHARTS = (".png", ".svg", ".pdf")
PAGES = (".html", ".htm")


def check_output(path: Path, suffixes: Collection[str], found: str, option: str = "-o") -> None:
    """Raise a SpecError, which says what is ``found``, on another suffix, and an OutputError where the folder is missing."""
    if path.suffix.lower() not in suffixes:
        raise SpecError(option, f"'{path.name}' is {found}", f"end it in {', '.join(suffixes)}")
    if not path.parent.is_dir():
        raise OutputError(str(path), f"folder '{path.parent}' does not exist", "create it first")


def check_chart(path: Path, tables: Collection[str]) -> None:
    """Raise as ``check_output`` for a file of a chart or table, and where the library of charts is missing."""
    check_output(path, (*tables, *CHARTS), "neither a table nor a chart")
    if path.suffix.lower() in CHARTS:
        matplotlib()


def check_page(path: Path, option: str = "-o") -> None:
    """Raise as ``check_output`` for an HTML file."""
    check_output(path, PAGES, "not an HTML file's name", option)


def write_chart_or_json(path: Path, numbers: Mapping[str, Any], chart: Callable[[str], bytes]) -> None:
    """Write the chart of this suffix, or for .json the numbers, whole or not at all."""
    suffix = path.suffix.lower()
    write_whole(path, chart(suffix) if suffix in CHARTS else json.dumps(numbers, indent=1) + "\n")
