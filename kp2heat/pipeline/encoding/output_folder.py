"""Say what an output folder holds, and which of its shards a run may keep."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kp2heat.errors import OutputError, ShardError
from kp2heat.files.atomic import PART
from kp2heat.pipeline.array_jobs.array_part import Part
from kp2heat.pipeline.array_jobs.part_files import (
    PARTS,
    is_unfinished,
    overlapping,
    part_of,
    reported_by_parts,
)
from kp2heat.pipeline.encoding.planning.plan import Plan
from kp2heat.pipeline.encoding.readable_shards import readable_shards
from kp2heat.pipeline.encoding.report import ShardReport
from kp2heat.pipeline.encoding.settings_check import check_same_settings
from kp2heat.pipeline.encoding.shard_job import make_job
from kp2heat.shards.lock import LOCK
from kp2heat.shards.manifest import file_sha256, read_manifest
from kp2heat.shards.reading.shard import Shard
from kp2heat.shards.schema import MANIFEST, SHARD_NAME, SKIPPED, shard_name


@dataclass(frozen=True)
class ExistingShards:
    """The shards to keep: those that the manifest reports, and those that have yet to be reported."""

    reports: Mapping[str, ShardReport]
    unreported: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.names)

    @property
    def names(self) -> frozenset[str]:
        """The names of all of them."""
        return self.unreported.union(self.reports)


@dataclass(frozen=True)
class Folder:
    """The names in an output folder, by kind.

    unfinished    files that were not finished
    part_reports  reports of parts; part_locks: locks of parts that are running, or were killed
    parts         whether it holds what parts have planned
    foreign       all names that are none of kp2heat's
    """

    path: Path
    manifest: bool
    shards: tuple[str, ...]
    unfinished: tuple[str, ...]
    foreign: tuple[str, ...]
    locked: bool
    skipped: bool
    parts: bool
    part_reports: tuple[str, ...]
    part_locks: tuple[str, ...]

    @property
    def part_files(self) -> tuple[str, ...]:
        """All files of parts, which a finished encoding does not need."""
        return (*self.part_reports, *self.part_locks, *([PARTS] if self.parts else []))


def list_folder(path: Path) -> Folder:
    """Return what the folder holds; OutputError where it cannot be read."""
    try:
        names = sorted(entry.name for entry in path.iterdir())
    except OSError as error:
        raise OutputError(
            str(path), f"cannot be read ({error.strerror})", "fix its permissions, or choose another OUT"
        ) from None
    shards = tuple(n for n in names if SHARD_NAME.fullmatch(n))
    unfinished = tuple(filter(_is_unfinished, names))
    of_parts = [n for n in names if part_of(n)]
    ours = {*shards, *unfinished, *of_parts, MANIFEST, SKIPPED, LOCK, PARTS}
    return Folder(
        path,
        manifest=MANIFEST in names,
        shards=shards,
        unfinished=unfinished,
        foreign=tuple(n for n in names if n not in ours),
        locked=LOCK in names,
        skipped=SKIPPED in names,
        parts=PARTS in names,
        part_reports=tuple(n for n in of_parts if n.endswith(".json")),
        part_locks=tuple(n for n in of_parts if n.endswith(".lock")),
    )


def _is_unfinished(name: str) -> bool:
    stem = name.removesuffix(PART)
    ours = stem in (MANIFEST, SKIPPED) or SHARD_NAME.fullmatch(stem) is not None
    return (ours and stem != name) or is_unfinished(name)


def complete_encoding(folder: Folder, plan: Plan) -> ExistingShards | None:
    """Return the whole encoding, if the folder holds it and nothing unfinished."""
    if folder.locked or folder.unfinished or folder.part_files or not folder.manifest:
        return None
    manifest = read_manifest(folder.path) or {}
    if manifest.get("fingerprint") != plan.fingerprint or manifest.get("settings") != plan.settings():
        return None
    reports = _reported(folder, manifest)
    lists_skipped = folder.skipped == bool(plan.skipped)
    whole = lists_skipped and len(reports) == plan.shards == len(folder.shards)
    return ExistingShards(reports) if whole else None


def reusable_shards(
    folder: Folder,
    plan: Plan,
    killed_run: Mapping[str, Any] | None,
    *,
    again: Collection[str] = (),
    part: Part | None = None,
) -> ExistingShards:
    """Return the shards of this encoding; OutputError if the folder holds anything of another.

    killed_run  the settings that a killed run left in its lock
    again       shards to be encoded anew although they exist
    part        the part of the encoding that is run [default: all of it]
    """
    wanted = plan.names if part is None else map(shard_name, part.span(plan.shards))
    names = set(wanted) - set(again)
    settings = plan.settings()
    planned_by_parts = read_manifest(folder.path, PARTS)
    if planned_by_parts is not None:
        check_same_settings(folder.path, planned_by_parts.get("settings"), settings)
    manifest = read_manifest(folder.path)
    if manifest is not None:
        check_same_settings(folder.path, manifest.get("settings"), settings)
        reports = _reported(folder, manifest)
    else:
        lists = folder.part_reports
        if part is not None:
            lists = overlapping(lists, part, plan.shards)
        reports = whole_shards(folder, reported_by_parts(folder.path, lists, settings))
    reports = {name: report for name, report in reports.items() if name in names}
    unreported = names & set(folder.shards) - set(reports) if manifest is None else set()
    if unreported:
        _check_unreported(folder, plan, unreported)
    elif manifest is None and not folder.shards and planned_by_parts is None:
        _check_nothing_else(folder, killed_run, settings)
    surplus = sorted(set(folder.shards) - set(plan.names))
    if surplus:
        raise OutputError(
            str(folder.path),
            f"holds {surplus[0]}, which is not of this encoding",
            "remove it, choose another OUT, or give --overwrite",
        )
    return ExistingShards(reports, frozenset(unreported))


def _check_nothing_else(
    folder: Folder, killed_run: Mapping[str, Any] | None, settings: Mapping[str, Any]
) -> None:
    """Raise an OutputError if a folder without shards holds unfinished ones of another run, or other files."""
    if any(SHARD_NAME.fullmatch(name.removesuffix(PART)) for name in folder.unfinished):
        check_same_settings(folder.path, killed_run, settings)
    elif folder.foreign:
        raise OutputError(
            str(folder.path),
            f"is not empty (it holds '{folder.foreign[0]}')",
            "choose a new or an empty folder",
        )


def unchanged_shards(folder: Folder, plan: Plan) -> ExistingShards:
    """Return the shards that this encoding needs too, and that are as the manifest says they were written.

    Without a manifest, those that can be read whole.
    """
    if not folder.manifest:
        return ExistingShards({}, frozenset(readable_shards(folder.path, folder.shards, plan)))
    try:
        manifest = read_manifest(folder.path) or {}
        compressed_alike = dict(manifest.get("settings", {})).get("compress") == plan.spec.compress
        reports = _reported(folder, manifest) if compressed_alike else {}
    except ShardError:
        reports = {}
    number = {name: number for number, name in enumerate(plan.names)}
    return ExistingShards(
        {
            name: report
            for name, report in reports.items()
            if name in number
            and make_job(plan, number[name], folder.path).fingerprint == report.fingerprint
            and file_sha256(folder.path / name) == report.sha256
        }
    )


def _reported(folder: Folder, manifest: Mapping[str, Any]) -> dict[str, ShardReport]:
    """Return the manifest's shards that exist with the size it says, by name."""
    reports = [ShardReport.from_json(entry) for entry in manifest.get("shards", ())]
    return whole_shards(folder, {report.file: report for report in reports})


def whole_shards(folder: Folder, reports: Mapping[str, ShardReport]) -> dict[str, ShardReport]:
    """Return the reports of shards that exist with the size reported."""
    existing = set(folder.shards)
    return {
        name: report
        for name, report in reports.items()
        if name in existing and (folder.path / name).stat().st_size == report.bytes
    }


def _check_unreported(folder: Folder, plan: Plan, names: Collection[str]) -> None:
    """Raise an OutputError if one of these shards, which no manifest lists, is not of this encoding."""
    planned = plan.settings()
    for number, name in enumerate(plan.names):
        if name not in names:
            continue
        try:
            attrs = Shard(folder.path / name).attrs
        except ShardError as error:
            raise OutputError(
                str(folder.path),
                f"holds a damaged shard ({error})",
                "give --overwrite to encode it again, or remove it",
            ) from None
        settings = {
            **attrs["spec"],
            "annotations": plan.digest,
            "shard_rows": plan.shard_rows,
            "codec_revision": int(attrs["codec_revision"]),
            "format_version": attrs["format_version"],
        }
        check_same_settings(folder.path, settings, planned)
        if attrs["fingerprint"] != make_job(plan, number, folder.path).fingerprint:
            raise OutputError(
                str(folder.path),
                f"holds {name} made from other annotations or with another shard-rows",
                "choose another OUT, or give --overwrite (without --part) to replace what changes",
            )
