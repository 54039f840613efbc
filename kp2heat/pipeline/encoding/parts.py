"""Encode one part of a job into a shared folder, and merge the parts."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kp2heat.engines import Mapper
from kp2heat.errors import OutputError
from kp2heat.pipeline.array_part import Part
from kp2heat.pipeline.encoding.cleanup import make_folder, remove_files, unfinished, unfinished_files_removed
from kp2heat.pipeline.encoding.invalid_annotations import write_skipped
from kp2heat.pipeline.encoding.manifest import with_shards
from kp2heat.pipeline.encoding.output_folder import Folder, list_folder, reusable_shards
from kp2heat.pipeline.encoding.part_files import (
    PARTS,
    announce,
    overlapping,
    part_of,
    reported_by_parts,
    write_part_report,
)
from kp2heat.pipeline.encoding.plan import Plan
from kp2heat.pipeline.encoding.report import EncodeReport, ShardReport
from kp2heat.pipeline.encoding.run import write_shards
from kp2heat.shards.lock import check_not_held, locked
from kp2heat.shards.manifest import read_manifest, write_manifest
from kp2heat.shards.schema import shard_name

SHOWN = 12
"""Missing parts or shards that a message lists."""


def run_part(
    plan: Plan,
    out: str | Path,
    part: Part,
    *,
    workers: int = 1,
    engine: Mapper | None = None,
    progress: Callable[[int], None] = lambda _rows: None,
) -> EncodeReport:
    """Write one part of the plan's shards, and its report, into the folder ``out`` that all parts share.

    Parts need not know of each other; any may be run again, or by another number of parts. OutputError where
    another process is writing this part, a part that overlaps it or the whole, and where the folder holds anything
    of another encoding. Interrupted after Ctrl-C.
    """
    began = time.monotonic()
    path = Path(out)
    names = tuple(map(shard_name, part.span(plan.shards)))
    make_folder(path)
    with locked(path, plan.settings(), f"{part.name}.lock") as lock:
        check_not_held(path)
        folder = list_folder(path)
        for name in overlapping(folder.part_locks, part, plan.shards):
            if part_of(name) != part:
                check_not_held(path, name)
        existing = reusable_shards(folder, plan, lock.left, part=part)
        if not folder.manifest:
            announce(path, plan, part)
        remove_files(path, set(map(unfinished, names)) & set(folder.unfinished))
        lock.taken_over = True
        with unfinished_files_removed(path, names):
            shards = write_shards(plan, path, names, existing, workers, engine, progress)
            if not folder.manifest:
                if part.span(plan.shards).start == 0:
                    write_skipped(path, plan.skipped)
                write_part_report(path, plan, part, shards)
    return EncodeReport(plan, shards, len(existing), time.monotonic() - began, part)


@dataclass(frozen=True)
class MergeReport:
    """A merged encoding. ``parts`` counts the reports that were merged: none if it was complete already."""

    shards: int
    samples: int
    bytes: int
    skipped: int
    parts: int

    def to_json(self) -> dict[str, int]:
        """Return what ``--json`` prints."""
        return dict(vars(self))


def merge_parts(out: str | Path) -> MergeReport:
    """Write the manifest of an encoding whose parts are finished, and remove the parts' reports.

    No shard is read. OutputError names the parts that are missing, running, or of other settings.
    """
    path = Path(out)
    if not path.is_dir():
        raise OutputError(str(path), "is not a folder", "give the OUT of encode --part")
    folder = list_folder(path)
    manifest = read_manifest(path)
    if manifest is not None and not folder.part_files:
        return _merged(manifest, 0)
    planned = read_manifest(path, PARTS) or manifest
    if planned is None:
        raise OutputError(str(path), "holds no parts of an encoding", "run kp2heat encode --part I/N first")
    with locked(path, planned["settings"]) as lock:
        folder = list_folder(path)
        for name in folder.part_locks:
            check_not_held(path, name)
        lock.taken_over = True
        content = read_manifest(path) or with_shards(
            {key: value for key, value in planned.items() if key != "planned_shards"},
            _all_shards(folder, planned),
        )
        write_manifest(path, content)
        remove_files(path, [*folder.part_files, *folder.unfinished])
    return _merged(content, len(folder.part_reports))


def _merged(manifest: Mapping[str, Any], parts: int) -> MergeReport:
    totals = manifest["totals"]
    return MergeReport(
        len(manifest["shards"]), totals["samples"], totals["bytes"], manifest["skipped"], parts
    )


def _all_shards(folder: Folder, planned: Mapping[str, Any]) -> list[ShardReport]:
    """Return the reports of all shards in order; OutputError names what is missing and how to make it."""
    reports = reported_by_parts(folder.path, folder.part_reports, planned["settings"])
    total = int(planned["planned_shards"])
    existing = set(folder.shards)
    missing = [
        number
        for number, name in enumerate(map(shard_name, range(total)))
        if name not in reports
        or name not in existing
        or (folder.path / name).stat().st_size != reports[name].bytes
    ]
    if missing:
        raise OutputError(str(folder.path), *_what_is_missing(folder, missing, total))
    return [reports[shard_name(number)] for number in range(total)]


def _what_is_missing(folder: Folder, missing: Sequence[int], total: int) -> tuple[str, str]:
    """Return the missing parts, or the missing shards where no part is known, and what to do."""
    counts = Counter(
        part.count for name in (*folder.part_reports, *folder.part_locks) if (part := part_of(name))
    )
    if not counts:
        names = _shown([shard_name(number) for number in missing])
        return f"lacks {len(missing)} of {total} shards ({names})", "run kp2heat encode --part I/N for them"
    count = counts.most_common(1)[0][0]
    numbers = sorted({_part_that_makes(number, count, total) for number in missing})
    parts = _shown([str(Part(number, count)) for number in numbers])
    return (
        f"lacks {len(missing)} of {total} shards, of {'part' if len(numbers) == 1 else 'parts'} {parts}",
        f"run the same kp2heat encode command with --part {numbers[0]}/{count}"
        + (" and so on" if len(numbers) > 1 else "")
        + ", then merge again",
    )


def _part_that_makes(shard: int, count: int, total: int) -> int:
    """Return the number of the part of ``count`` whose span holds this shard: the inverse of ``Part.span``."""
    return -(-((shard + 1) * count) // total)


def _shown(names: Sequence[str]) -> str:
    more = f", and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
