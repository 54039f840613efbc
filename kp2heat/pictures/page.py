"""One self-contained HTML page: values and pictures in, text out. All values are escaped."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from kp2heat.libraries import library

Row = Sequence[Any]


@dataclass(frozen=True, eq=False)
class Table:
    """A table: names of columns, rows of values (numbers are aligned and sorted as such; None is unknown)."""

    header: Sequence[str]
    rows: Sequence[Row]


@dataclass(frozen=True, eq=False)
class Picture:
    """An encoded picture with its media type, such as ``image/jpeg``, and a caption."""

    data: bytes
    media: str
    words: str

    @property
    def uri(self) -> str:
        """The picture as a data URI."""
        return f"data:{self.media};base64,{base64.b64encode(self.data).decode()}"


@dataclass(frozen=True, eq=False)
class Page:
    """What a report shows. Charts are (title, note, svg); their SVG is ours and is not escaped.

    facts     names and values of the summary
    findings  (severity, code, count, found, todo, places)
    """

    title: str
    subtitle: str
    facts: Sequence[tuple[str, str]]
    summary: Table
    charts: Sequence[tuple[str, str, str]]
    joints: Table
    findings: Sequence[tuple[str, str, int, str, str, str]]
    worst: Sequence[Picture]
    worst_words: str
    settings: Sequence[tuple[str, str]]
    notes: Sequence[str] = field(default_factory=tuple)


@cache
def _template() -> Any:
    """Return the compiled template; DependencyError with the install line where Jinja is missing."""
    jinja = library("jinja2", "report")
    loader = jinja.PackageLoader("kp2heat.pictures")
    environment = jinja.Environment(
        loader=loader, autoescape=True, undefined=jinja.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["show"] = show
    return environment.get_template("report.html")


def show(value: Any) -> str:
    """Return a table's cell as text.

    >>> show(0.00123), show(12.3456), show(None), show(7)
    ('0.0012', '12.35', '–', '7')
    """
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) < 1 else f"{value:.2f}"
    return str(value)


def render_page(page: Page) -> str:
    """Return the HTML of a report: no request leaves it, and every name in it is shown as text."""
    return str(_template().render(page=page, numbers=(int, float)))
