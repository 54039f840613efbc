"""What an output folder holds, and what of it a run may keep: all of the same encoding, nothing of another."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kp2heat.atomic import PART, sync_folder
from kp2heat.errors import Interrupted, OutputError, ShardError
from kp2heat.pipeline.encoding.plan import Plan
from kp2heat.pipeline.encoding.shard_job import ShardReport, make_job
from kp2heat.shards.lock import LOCK
from kp2heat.shards.manifest import file_sha256, read_manifest
from kp2heat.shards.reading.dataset import Shard
from kp2heat.shards.schema import MANIFEST, SHARD_NAME, SKIPPED, shard_name
from kp2heat.spec import CODEC_REVISION, FORMAT_VERSION


@dataclass(frozen=True)
class Standing:
    """What is kept: shards with the manifest's word for them, and shards that have yet to be reported."""

    reports: Mapping[str, ShardReport]
    unreported: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Folder:
    """An output folder's content, by kind."""

    path: Path
    manifest: bool
    shards: tuple[str, ...]
    parts: tuple[str, ...]
    foreign: tuple[str, ...]
    locked: bool
    skipped: bool


def look(path: Path) -> Folder:
    """Make the folder if it is not there, and say what is in it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        names = sorted(entry.name for entry in path.iterdir())
    except OSError as error:
        raise OutputError(str(path), f"cannot be made ({error.strerror})", "choose another OUT") from None
    known = {MANIFEST, SKIPPED}
    shards = [n for n in names if SHARD_NAME.fullmatch(n)]
    parts = [n for n in names if n.endswith(PART) and _is_ours(n.removesuffix(PART))]
    ours = {*shards, *parts, *known, LOCK}
    foreign = [n for n in names if n not in ours]
    return Folder(
        path, MANIFEST in names, tuple(shards), tuple(parts), tuple(foreign), LOCK in names, SKIPPED in names
    )


def _is_ours(name: str) -> bool:
    return name in (MANIFEST, SKIPPED) or SHARD_NAME.fullmatch(name) is not None


def run_settings(planned: Plan) -> dict[str, Any]:
    """Everything a run is told apart by, one plain value a setting, as JSON holds it."""
    settings = {
        **planned.spec.settings(),
        "annotations": planned.digest,
        "shard_rows": planned.shard_rows,
        "codec_revision": CODEC_REVISION,
        "format_version": FORMAT_VERSION,
    }
    return dict(json.loads(json.dumps(settings)))


def finished(folder: Folder, planned: Plan) -> Standing | None:
    """The whole encoding, if the folder holds it and nothing is left to tidy up."""
    if folder.locked or folder.parts or not folder.manifest:
        return None
    manifest = read_manifest(folder.path) or {}
    if manifest.get("fingerprint") != planned.fingerprint:
        return None
    reports = _listed(folder, manifest)
    listed = folder.skipped == bool(planned.skipped)
    whole = listed and len(reports) == planned.shards == len(folder.shards)
    return Standing(reports) if whole else None


def settle(
    folder: Folder, planned: Plan, left: Mapping[str, Any] | None, *, again: Collection[str] = ()
) -> Standing:
    """Keep what is of this encoding and remove unfinished parts of it; OutputError if the folder holds another.

    left: the settings a killed run had noted in its lock; again: shards to be encoded anew though they stand.
    """
    manifest = read_manifest(folder.path)
    if manifest is not None:
        refuse_other(folder, manifest.get("settings"), planned)
        standing = Standing({n: r for n, r in _listed(folder, manifest).items() if n not in again})
    elif folder.shards:
        standing = Standing({}, frozenset(_ours(folder, planned)) - set(again))
    elif folder.parts:
        refuse_other(folder, left, planned)
        standing = Standing({})
    elif folder.foreign:
        raise OutputError(
            str(folder.path),
            f"is not empty (it holds '{folder.foreign[0]}')",
            "choose a new or an empty folder",
        )
    else:
        return Standing({})
    strangers = sorted(set(folder.shards) - set(names(planned)))
    if strangers:
        raise OutputError(
            str(folder.path), f"holds {strangers[0]}, which is not of this encoding",
            "remove it, choose another OUT, or give --overwrite",
        )  # fmt: skip
    remove(folder, folder.parts)
    return standing


def clear(folder: Folder, planned: Plan) -> Standing:
    """Remove all but the shards that the manifest lists, whole and unchanged, and that this encoding needs too."""
    try:
        listed = _listed(folder, read_manifest(folder.path) or {})
    except ShardError:
        listed = {}
    remove(folder, [n for n in (MANIFEST, SKIPPED) if (folder.path / n).exists()])
    planned_names = set(names(planned))
    keep = {
        name: report
        for name, report in listed.items()
        if name in planned_names
        and make_job(planned, _number(name), folder.path).fingerprint == report.fingerprint
        and file_sha256(folder.path / name) == report.sha256
    }
    remove(folder, [n for n in (*folder.shards, *folder.parts) if n not in keep])
    return Standing(keep)


@contextmanager
def tidied(path: Path, planned: Plan) -> Iterator[None]:
    """Leave no unfinished part behind, however the work ends; after Ctrl-C say what stands and how to go on."""
    try:
        yield
    except BaseException as error:
        folder = look(path)
        remove(folder, folder.parts)
        if _interrupts(error):
            raise Interrupted(
                str(path), f"interrupted; {len(folder.shards)} of {planned.shards} shards are finished and kept",
                "the same command goes on from there",
            ) from None  # fmt: skip
        raise


def _interrupts(error: BaseException) -> bool:
    """Ctrl-C, or what h5py makes of it where it strikes while HDF5 calls back."""
    return isinstance(error.__cause__ if isinstance(error, SystemError) else error, KeyboardInterrupt)


def remove(folder: Folder, names: Collection[str]) -> None:
    """Delete these files of the folder."""
    for name in names:
        try:
            (folder.path / name).unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(
                str(folder.path / name), f"cannot be removed ({error.strerror})", "mend its rights"
            ) from None
    if names:
        sync_folder(folder.path)


def refuse_other(folder: Folder, found: Mapping[str, Any] | None, planned: Plan) -> None:
    """OutputError that says, setting by setting, how what was found differs from what is planned."""
    if not isinstance(found, Mapping):
        raise OutputError(
            str(folder.path), "holds files of an unknown encoding", "choose another OUT, or give --overwrite"
        )
    changed = differences(found, run_settings(planned))
    if changed:
        raise OutputError(
            str(folder.path), f"holds another encoding: {'; '.join(changed)}",
            "choose another OUT, or give --overwrite to replace what changes",
        )  # fmt: skip


def differences(found: Mapping[str, Any], planned: Mapping[str, Any]) -> list[str]:
    """A phrase for every setting that is not the same."""
    names = [*planned, *(name for name in found if name not in planned)]
    return [_difference(n, found.get(n), planned.get(n)) for n in names if found.get(n) != planned.get(n)]


def _difference(name: str, old: Any, new: Any) -> str:
    if name == "annotations":
        return "the annotations were others"
    return f"{name.replace('_', '-')} was {_shown(old)}, is {_shown(new)}"


def _shown(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, Mapping):
        return ",".join(f"{k}={v}" for k, v in sorted(value.items()))
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _listed(folder: Folder, manifest: Mapping[str, Any]) -> dict[str, ShardReport]:
    """The manifest's shards that stand in the folder with the size it says, by name."""
    reports = [ShardReport.from_json(entry) for entry in manifest.get("shards", ())]
    standing = set(folder.shards)
    return {
        r.file: r for r in reports if r.file in standing and (folder.path / r.file).stat().st_size == r.bytes
    }


def _ours(folder: Folder, planned: Plan) -> list[str]:
    """The standing shards of an encoding without a manifest; OutputError if one was made otherwise."""
    standing = set(folder.shards)
    mine = [name for name in names(planned) if name in standing]
    for name in mine:
        try:
            attrs = Shard(folder.path / name).attrs
        except ShardError as error:
            raise OutputError(
                str(folder.path), f"holds a broken shard ({error})", "remove it, or give --overwrite"
            ) from None
        known = {"annotations": planned.digest, "shard_rows": planned.shard_rows}
        versions = {"codec_revision": int(attrs["codec_revision"]), "format_version": attrs["format_version"]}
        refuse_other(folder, {**attrs["spec"], **known, **versions}, planned)
        if attrs["fingerprint"] != make_job(planned, _number(name), folder.path).fingerprint:
            raise OutputError(
                str(folder.path), f"holds {name} made from other annotations or with another shard-rows",
                "choose another OUT, or give --overwrite to replace what changes",
            )  # fmt: skip
    return mine


def _number(name: str) -> int:
    found = SHARD_NAME.fullmatch(name)
    assert found is not None
    return int(found[1])


def names(planned: Plan) -> list[str]:
    """The planned shards' file names."""
    return [shard_name(number) for number in range(planned.shards)]
