"""The files by which the parts of one encoding know of each other, without a coordinator.

==========================  ===================================================================================
``parts.json``              what is planned: a manifest without shards; written by the first part to start
``part-I-of-N.json``        a manifest of the shards of one finished part
``part-I-of-N.lock``        held while the part is running
==========================  ===================================================================================
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from kp2heat.errors import OutputError
from kp2heat.files.atomic import PART
from kp2heat.pipeline.array_jobs.array_part import Part
from kp2heat.pipeline.encoding.manifest import manifest_content
from kp2heat.pipeline.encoding.planning.plan import Plan
from kp2heat.pipeline.encoding.report import ShardReport
from kp2heat.pipeline.encoding.settings_check import check_same_settings
from kp2heat.shards.manifest import read_manifest, write_manifest

PARTS = "parts.json"
PART_FILE = re.compile(r"part-(\d{5,9})-of-(\d{5,9})\.(json|lock)")


def part_of(name: str) -> Part | None:
    """Return the part that a report or lock of this name belongs to, or None.

    >>> part_of("part-00002-of-00010.lock")
    Part(number=2, count=10)
    """
    match = PART_FILE.fullmatch(name)
    return Part(int(match[1]), int(match[2])) if match else None


def overlapping(names: Iterable[str], part: Part, shards: int) -> tuple[str, ...]:
    """Return the reports or locks of parts that have shards in common with this one.

    >>> overlapping(["part-00001-of-00002.json", "part-00002-of-00002.json"], Part(1, 3), 9)
    ('part-00001-of-00002.json',)
    """
    wanted = part.span(shards)
    others = {name: other.span(shards) for name in names if (other := part_of(name))}
    return tuple(
        n for n, span in others.items() if max(span.start, wanted.start) < min(span.stop, wanted.stop)
    )


def announce(folder: Path, plan: Plan, part: Part) -> None:
    """Write what is planned, unless another part has; OutputError if that part's settings are different.

    The file appears whole and at once, so that of parts started together one writes it and the others compare.
    """
    if not (folder / PARTS).exists():
        mine = f"{PARTS}.{part.name}"  # no other process has this part's lock
        write_manifest(folder, {**manifest_content(plan, ()), "planned_shards": plan.shards}, mine)
        try:
            os.link(folder / mine, folder / PARTS)
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            (folder / mine).replace(folder / PARTS)
        with suppress(FileNotFoundError):
            (folder / mine).unlink()
    content = read_manifest(folder, PARTS) or {}
    check_same_settings(folder, content.get("settings"), plan.settings())


def write_part_report(folder: Path, plan: Plan, part: Part, shards: tuple[ShardReport, ...]) -> None:
    """Write the report of a finished part."""
    write_manifest(folder, {**manifest_content(plan, shards), "part": str(part)}, f"{part.name}.json")


def reported_by_parts(folder: Path, names: tuple[str, ...], settings: object) -> dict[str, ShardReport]:
    """Return the shards that these part reports list, by name; OutputError if one is of other settings."""
    reports: dict[str, ShardReport] = {}
    for name in names:
        content = read_manifest(folder, name) or {}
        if not isinstance(settings, dict):
            raise OutputError(
                str(folder), f"holds {name} of an unknown encoding", "remove it, or choose another OUT"
            )
        check_same_settings(folder, content.get("settings"), settings)
        reports.update({r.file: r for r in map(ShardReport.from_json, content["shards"])})
    return reports


def is_unfinished(name: str) -> bool:
    """Return whether this is a part's file that was not finished."""
    stem = name.removesuffix(PART)
    return stem.startswith(f"{PARTS}.") or (stem != name and (stem == PARTS or part_of(stem) is not None))
