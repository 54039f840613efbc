"""Encode into an object store: a shard is written and hashed here, uploaded, then reported; the manifest comes last.

Each shard has a report of its own in the store, like that of a part, until the manifest lists it. So a run that was
killed, or whose upload failed, is continued by the same command, and parts are merged as in a folder.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from kp2heat.contracts import Mapper
from kp2heat.engines import local, useful_workers
from kp2heat.errors import Interrupted, OutputError
from kp2heat.files.storage import Store
from kp2heat.pipeline.array_jobs.array_part import Part
from kp2heat.pipeline.array_jobs.merging import MergeReport, all_shards, merged, merged_content
from kp2heat.pipeline.array_jobs.part_files import PARTS, part_of
from kp2heat.pipeline.encoding.disk_space import estimated_bytes
from kp2heat.pipeline.encoding.manifest import manifest_content, with_shards
from kp2heat.pipeline.encoding.planning.invalid_annotations import write_skipped
from kp2heat.pipeline.encoding.planning.plan import Plan
from kp2heat.pipeline.encoding.report import EncodeReport, ShardReport
from kp2heat.pipeline.encoding.run import encode_shard
from kp2heat.pipeline.encoding.settings_check import check_same_settings
from kp2heat.pipeline.encoding.shard_job import Job, make_job
from kp2heat.shards.manifest import read_manifest, write_manifest
from kp2heat.shards.schema import MANIFEST, SHARD_NAME, SKIPPED, shard_name


def run_remote(
    plan: Plan,
    url: str,
    *,
    part: Part | None = None,
    workers: int = 1,
    engine: Mapper | None = None,
    overwrite: bool = False,
    progress: Callable[[int], None] = lambda _rows: None,
) -> EncodeReport:
    """Write the plan's shards and manifest, or one part's shards, into an object store.

    OutputError where the store holds another encoding and ``overwrite`` is not set, or where a request fails again
    and again; finished shards are kept. There is no lock: two runs at once do the work twice, to the same bytes.
    """
    began = time.monotonic()
    store = Store(url.rstrip("/"))
    names = plan.names if part is None else tuple(map(shard_name, part.span(plan.shards)))
    with tempfile.TemporaryDirectory(prefix="kp2heat-") as temporary:
        folder = Path(temporary)
        if overwrite:
            _remove_encoding(store)
        plan, notes = _for_random_reads(store, folder, plan)
        reports, complete = _existing(store, folder, plan, names)
        kept = len(reports)
        progress(sum(report.rows for report in reports.values()))
        if not complete:
            write_manifest(folder, {**manifest_content(plan, ()), "planned_shards": plan.shards}, PARTS)
            _upload(store, folder, [PARTS])  # so that another run with other settings is refused
        try:
            missing = [name for name in names if name not in reports]
            for report in _encoded(store, folder, plan, missing, workers, engine):
                reports[report.file] = report
                progress(report.rows)
        except KeyboardInterrupt:
            raise Interrupted(
                url,
                f"interrupted; {len(reports)} of {len(names)} shards are uploaded and kept",
                "run the same command again to continue",
            ) from None
        shards = tuple(reports[name] for name in names)
        if not complete and names[:1] == plan.names[:1]:
            write_skipped(folder, plan.skipped)
            _upload(store, folder, [SKIPPED] if plan.skipped else [])
        if part is None and not complete:
            _upload_manifest(store, folder, manifest_content(plan, shards))
        elif complete and len(shards) > kept:
            store.remove(_of_parts(store.sizes()))
    return EncodeReport(plan, shards, kept, time.monotonic() - began, part, notes)


def merge_remote(url: str) -> MergeReport:
    """Write the manifest of an encoding in an object store whose parts are finished; no shard is read."""
    store = Store(url.rstrip("/"))
    sizes = store.sizes()
    with tempfile.TemporaryDirectory(prefix="kp2heat-") as temporary:
        folder = Path(temporary)
        _fetch(store, folder, [name for name in (MANIFEST, PARTS) if name in sizes])
        manifest = read_manifest(folder)
        if manifest is not None:
            store.remove(_of_parts(sizes))
            return merged(manifest, 0)
        planned = read_manifest(folder, PARTS)
        if planned is None:
            raise OutputError(url, "holds no parts of an encoding", "run kp2heat encode --part I/N first")
        lists = [name for name in sizes if part_of(name)]
        reports = _reports(store, folder, lists, planned["settings"], sizes)
        shards = all_shards(url, reports, int(planned["planned_shards"]), lists)
        content = merged_content(planned, shards)
        _upload_manifest(store, folder, content)
    return merged(content, len(lists))


def _for_random_reads(store: Store, folder: Path, plan: Plan) -> tuple[Plan, tuple[str, ...]]:
    """Return the plan with samples that can be read alone, where "fast" is asked for, and a note that says so.

    What the store already holds with larger chunks is continued with them.
    """
    if plan.spec.compress != "fast":
        return plan, ()
    _fetch(store, folder, [name for name in (MANIFEST, PARTS) if name in store.sizes()])
    existing = read_manifest(folder) or read_manifest(folder, PARTS) or {}
    if existing.get("settings", {}).get("compress") == "fast":
        return plan, ()
    note = "into a store with --compress single: a sample that is read alone costs its own bytes"
    return plan.compressed("single"), (note,)


def _existing(
    store: Store, folder: Path, plan: Plan, names: tuple[str, ...]
) -> tuple[dict[str, ShardReport], bool]:
    """Return the reports of finished shards, and whether there is a manifest of the whole encoding."""
    sizes, settings = store.sizes(), plan.settings()
    ours = {n for n in sizes if n in (MANIFEST, SKIPPED, PARTS) or part_of(n) or SHARD_NAME.fullmatch(n)}
    if sizes and not ours:
        raise OutputError(store.url, f"is not empty (it holds '{next(iter(sizes))}')", "choose a new folder")
    _fetch(store, folder, [name for name in (MANIFEST, PARTS) if name in sizes])
    manifest = read_manifest(folder)
    if manifest is not None:
        check_same_settings(store, manifest["settings"], settings)
        reports = {r.file: r for r in map(ShardReport.from_json, manifest["shards"])}
        whole = {n: r for n, r in reports.items() if n in names and sizes.get(n) == r.bytes}
        return whole, len(reports) == plan.shards
    if (planned := read_manifest(folder, PARTS)) is not None:
        check_same_settings(store, planned["settings"], settings)
    lists = [f"{_shard_part(n, plan.shards).name}.json" for n in names]
    return _reports(store, folder, [name for name in lists if name in sizes], settings, sizes), False


def _reports(
    store: Store, folder: Path, lists: list[str], settings: Mapping[str, Any], sizes: Mapping[str, int]
) -> dict[str, ShardReport]:
    """Return the shards that these reports list and that the store holds with the reported size."""
    _fetch(store, folder, lists)
    reports: dict[str, ShardReport] = {}
    for name in lists:
        content = read_manifest(folder, name) or {}
        check_same_settings(store, content["settings"], settings)
        for report in map(ShardReport.from_json, content["shards"]):
            if sizes.get(report.file) == report.bytes:
                reports[report.file] = report
    return reports


def _encoded(
    store: Store, folder: Path, plan: Plan, names: list[str], workers: int, engine: Mapper | None
) -> Any:
    """Return the reports of these shards as they are uploaded."""
    numbers = [number for number, name in enumerate(plan.names) if name in set(names)]
    needed = estimated_bytes(plan, plan.rows(numbers), len(numbers))
    workers = useful_workers(workers, len(numbers), needed)
    if engine is None:
        engine = local(workers)
    planned = manifest_content(plan, ())
    jobs = (make_job(plan, number, folder, share=needed // workers) for number in numbers)
    return engine(partial(encode_and_upload, store, planned, plan.shards), jobs)


def encode_and_upload(store: Store, planned: Mapping[str, Any], shards: int, job: Job) -> ShardReport:
    """Write one shard here, upload it and then its report; nothing of it stays here."""
    job.folder.mkdir(parents=True, exist_ok=True)
    report = encode_shard(job)
    part = _shard_part(job.name, shards)
    content = {**with_shards(planned, [report]), "part": str(part)}
    write_manifest(job.folder, content, f"{part.name}.json")
    _upload(store, job.folder, [job.name, f"{part.name}.json"])
    return report


def _shard_part(name: str, shards: int) -> Part:
    """Return the part that consists of this shard alone."""
    return Part(int(name.removeprefix("shard-").removesuffix(".h5")) + 1, shards)


def _upload(store: Store, folder: Path, names: Sequence[str]) -> None:
    """Upload these files, and remove them here."""
    for name in names:
        store.upload(folder / name)
        (folder / name).unlink()


def _upload_manifest(store: Store, folder: Path, content: dict[str, Any]) -> None:
    """Upload the manifest, the last of all; then the reports of parts are not needed any more."""
    write_manifest(folder, content)
    _upload(store, folder, [MANIFEST])
    store.remove(_of_parts(store.sizes()))


def _of_parts(sizes: Mapping[str, int]) -> list[str]:
    return [name for name in sizes if name == PARTS or part_of(name)]


def _remove_encoding(store: Store) -> None:
    """Remove the manifest first, so that a killed run never leaves one that lists missing shards."""
    sizes = store.sizes()
    store.remove([MANIFEST] if MANIFEST in sizes else [])
    store.remove([n for n in sizes if n in (SKIPPED, PARTS) or part_of(n) or SHARD_NAME.fullmatch(n)])


def _fetch(store: Store, folder: Path, names: list[str]) -> None:
    for name, data in store.read(names).items():
        (folder / name).write_bytes(data)
