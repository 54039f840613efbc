"""Say what an output folder holds, and which of its shards a run may keep."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kp2heat.atomic import PART
from kp2heat.errors import OutputError, ShardError
from kp2heat.pipeline.encoding.plan import Plan
from kp2heat.pipeline.encoding.report import ShardReport
from kp2heat.pipeline.encoding.settings_check import check_same_settings
from kp2heat.pipeline.encoding.shard_job import make_job
from kp2heat.shards.lock import LOCK
from kp2heat.shards.manifest import file_sha256, read_manifest
from kp2heat.shards.reading.dataset import Shard
from kp2heat.shards.schema import MANIFEST, SHARD_NAME, SKIPPED


@dataclass(frozen=True)
class ExistingShards:
    """The shards to keep: those that the manifest reports, and those that have yet to be reported."""

    reports: Mapping[str, ShardReport]
    unreported: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.reports) + len(self.unreported)


@dataclass(frozen=True)
class Folder:
    """The names in an output folder, by kind. ``parts`` are unfinished files."""

    path: Path
    manifest: bool
    shards: tuple[str, ...]
    parts: tuple[str, ...]
    foreign: tuple[str, ...]
    locked: bool
    skipped: bool


def list_folder(path: Path) -> Folder:
    """Return what the folder holds; OutputError where it cannot be read."""
    try:
        names = sorted(entry.name for entry in path.iterdir())
    except OSError as error:
        raise OutputError(
            str(path), f"cannot be read ({error.strerror})", "fix its permissions, or choose another OUT"
        ) from None
    shards = [n for n in names if SHARD_NAME.fullmatch(n)]
    parts = [n for n in names if n.endswith(PART) and _is_ours(n.removesuffix(PART))]
    ours = {*shards, *parts, MANIFEST, SKIPPED, LOCK}
    foreign = [n for n in names if n not in ours]
    return Folder(
        path, MANIFEST in names, tuple(shards), tuple(parts), tuple(foreign), LOCK in names, SKIPPED in names
    )


def _is_ours(name: str) -> bool:
    return name in (MANIFEST, SKIPPED) or SHARD_NAME.fullmatch(name) is not None


def complete_encoding(folder: Folder, plan: Plan) -> ExistingShards | None:
    """Return the whole encoding, if the folder holds it and nothing unfinished."""
    if folder.locked or folder.parts or not folder.manifest:
        return None
    manifest = read_manifest(folder.path) or {}
    if manifest.get("fingerprint") != plan.fingerprint or manifest.get("settings") != plan.settings():
        return None
    reports = _reported(folder, manifest)
    lists_skipped = folder.skipped == bool(plan.skipped)
    whole = lists_skipped and len(reports) == plan.shards == len(folder.shards)
    return ExistingShards(reports) if whole else None


def reusable_shards(
    folder: Folder, plan: Plan, killed_run: Mapping[str, Any] | None, *, again: Collection[str] = ()
) -> ExistingShards:
    """Return the shards of this encoding; OutputError if the folder holds anything of another.

    killed_run  the settings that a killed run left in its lock
    again       shards to be encoded anew although they exist
    """
    manifest = read_manifest(folder.path)
    if manifest is not None:
        check_same_settings(folder.path, manifest.get("settings"), plan.settings())
        reports = {n: r for n, r in _reported(folder, manifest).items() if n not in again}
        existing = ExistingShards(reports)
    elif folder.shards:
        existing = ExistingShards({}, frozenset(_unreported(folder, plan)) - set(again))
    else:
        existing = ExistingShards({})
        if folder.parts:
            check_same_settings(folder.path, killed_run, plan.settings())
        elif folder.foreign:
            raise OutputError(
                str(folder.path),
                f"is not empty (it holds '{folder.foreign[0]}')",
                "choose a new or an empty folder",
            )
    surplus = sorted(set(folder.shards) - set(plan.names))
    if surplus:
        raise OutputError(
            str(folder.path),
            f"holds {surplus[0]}, which is not of this encoding",
            "remove it, choose another OUT, or give --overwrite",
        )
    return existing


def unchanged_shards(folder: Folder, plan: Plan) -> ExistingShards:
    """Return the shards that the manifest lists, that are as written, and that this encoding needs too."""
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
    existing = set(folder.shards)
    return {
        r.file: r for r in reports if r.file in existing and (folder.path / r.file).stat().st_size == r.bytes
    }


def _unreported(folder: Folder, plan: Plan) -> list[str]:
    """Return the existing shards of an encoding without a manifest; OutputError if one was made otherwise."""
    existing, planned = set(folder.shards), plan.settings()
    numbers = {name: number for number, name in enumerate(plan.names) if name in existing}
    for name, number in numbers.items():
        try:
            attrs = Shard(folder.path / name).attrs
        except ShardError as error:
            raise OutputError(
                str(folder.path), f"holds a damaged shard ({error})", "remove it, or give --overwrite"
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
                "choose another OUT, or give --overwrite to replace what changes",
            )
    return list(numbers)
