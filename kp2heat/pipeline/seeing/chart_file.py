"""Charts and tables written to files, whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kp2heat.atomic import whole_or_absent
from kp2heat.errors import OutputError, SpecError
from kp2heat.pictures.charts.style import matplotlib

CHARTS = (".png", ".svg", ".pdf")


def check_chart_path(path: Path, tables: Sequence[str]) -> None:
    """Refuse at the start what could not be written at the end: a suffix, a missing folder, a missing library."""
    suffix, known = path.suffix.lower(), (*tables, *CHARTS)
    if suffix not in known:
        raise SpecError(
            "-o", f"'{path.name}' is neither a table nor a chart", f"end it in {', '.join(known)}"
        )
    if not path.parent.is_dir():
        raise OutputError(str(path), f"there is no folder '{path.parent}'", "make it first")
    if suffix in CHARTS:
        matplotlib()


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all."""
    with whole_or_absent(path) as part:
        part.write_bytes(data)
