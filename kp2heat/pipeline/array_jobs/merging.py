"""Merge the parts of an encoding: write its manifest from their reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kp2heat.errors import OutputError
from kp2heat.pipeline.array_jobs.array_part import Part
from kp2heat.pipeline.array_jobs.part_files import PARTS, part_of, reported_by_parts
from kp2heat.pipeline.encoding.cleanup import remove_files
from kp2heat.pipeline.encoding.manifest import with_shards
from kp2heat.pipeline.encoding.output_folder import Folder, list_folder, whole_shards
from kp2heat.pipeline.encoding.report import ShardReport
from kp2heat.shards.lock import check_not_held, locked
from kp2heat.shards.manifest import read_manifest, write_manifest
from kp2heat.shards.schema import shard_name

SHOWN = 12
"""Missing parts or shards that a message lists."""


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
    if manifest is not None and not (folder.part_files or folder.locked or folder.unfinished):
        return merged(manifest, 0)
    planned = read_manifest(path, PARTS) or manifest
    if planned is None:
        raise OutputError(str(path), "holds no parts of an encoding", "run kp2heat encode --part I/N first")
    with locked(path, planned["settings"]) as lock:
        folder = list_folder(path)
        for name in folder.part_locks:
            check_not_held(path, name)
        lock.taken_over = True
        content = read_manifest(path) or _content(folder, planned)
        write_manifest(path, content)
        remove_files(path, [*folder.part_files, *folder.unfinished])
    return merged(content, len(folder.part_reports))


def _content(folder: Folder, planned: Mapping[str, Any]) -> dict[str, Any]:
    """Return the manifest of what was planned, with the shards that the parts' reports list."""
    reports = reported_by_parts(folder.path, folder.part_reports, planned["settings"])
    files = (*folder.part_reports, *folder.part_locks)
    shards = all_shards(folder.path, whole_shards(folder, reports), int(planned["planned_shards"]), files)
    return merged_content(planned, shards)


def merged_content(planned: Mapping[str, Any], shards: Sequence[ShardReport]) -> dict[str, Any]:
    """Return the manifest that lists these shards, of the content of ``parts.json``."""
    content = {key: value for key, value in planned.items() if key != "planned_shards"}
    return with_shards(content, shards)


def merged(manifest: Mapping[str, Any], parts: int) -> MergeReport:
    """Return the summary of a manifest that was made from so many parts."""
    totals = manifest["totals"]
    return MergeReport(
        len(manifest["shards"]), totals["samples"], totals["bytes"], manifest["skipped"], parts
    )


def all_shards(
    where: object, reports: Mapping[str, ShardReport], total: int, part_files: Sequence[str]
) -> list[ShardReport]:
    """Return the reports of all shards in order; OutputError names what is missing and how to make it.

    where       folder or store, for the message
    reports     of the shards that exist
    part_files  names of the parts' files, which tell their number
    """
    missing = [number for number in range(total) if shard_name(number) not in reports]
    if missing:
        raise OutputError(str(where), *_what_is_missing(missing, total, part_files))
    return [reports[shard_name(number)] for number in range(total)]


def _what_is_missing(missing: Sequence[int], total: int, part_files: Sequence[str]) -> tuple[str, str]:
    """Return the missing parts, or the missing shards where no part is known, and what to do."""
    counts = Counter(part.count for name in part_files if (part := part_of(name)))
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
