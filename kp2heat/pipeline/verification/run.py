"""Check an output folder against its manifest, its format, and the ground truth that its shards carry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from kp2heat.annotations import Annotations
from kp2heat.contracts import Mapper
from kp2heat.engines import local, useful_workers
from kp2heat.errors import InputError, ShardError
from kp2heat.files.storage import is_remote
from kp2heat.pipeline.decoding.run import decode_dataset
from kp2heat.pipeline.encoding.output_folder import list_folder
from kp2heat.pipeline.encoding.planning.plan import plan
from kp2heat.pipeline.encoding.report import EncodeReport
from kp2heat.pipeline.encoding.run import run_plan
from kp2heat.pipeline.encoding.settings_check import check_same_settings
from kp2heat.pipeline.sampling import evenly_spaced
from kp2heat.pipeline.verification.isolation import file_bytes, isolated
from kp2heat.pipeline.verification.shard_check import (
    REDRAWN,
    CheckResult,
    Defect,
    ShardCheck,
    check_downloaded,
    check_shard,
)
from kp2heat.shards.manifest import listed_files, read_manifest
from kp2heat.shards.reading.dataset import open_shards
from kp2heat.shards.reading.remote_copy import local_copy, manifest_copy
from kp2heat.shards.schema import MANIFEST, SKIPPED
from kp2heat.spec import Spec

DECODED = 4
"""Shards decoded for the error that is reported."""
PASSES = 8
"""Times that a sample's values are gone over when they are drawn again as float64 and compared."""


@dataclass(frozen=True)
class VerifyReport:
    """The result of a verification.

    redrawn  samples whose maps were drawn again and compared
    error    level -> mean and greatest decode error in input px
    """

    shards: int
    samples: int
    redrawn: int
    defects: tuple[Defect, ...]
    notes: tuple[str, ...]
    error: Mapping[str, Mapping[str, float | None]]

    @property
    def broken(self) -> list[str]:
        """The shards that have to be encoded again, sorted."""
        return sorted({defect.file for defect in self.defects if defect.encode_again})

    def to_json(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {
            "whole": not self.defects,
            "shards": self.shards,
            "samples": self.samples,
            "redrawn": self.redrawn,
            "defects": [asdict(defect) for defect in self.defects],
            "notes": list(self.notes),
            "error": {level: dict(numbers) for level, numbers in self.error.items()},
        }


def verify_dataset(
    out: str | Path,
    *,
    quick: bool = False,
    isolate: bool = False,
    workers: int = 1,
    engine: Mapper | None = None,
    progress: Callable[[int], None] = lambda _shards: None,
) -> VerifyReport:
    """Check every shard: its file against the manifest, its structure, its content, and some samples drawn again.

    Shards in an object store are downloaded one by one, checked, and removed. ``quick`` leaves out whatever reads the
    maps: hashes, redrawing, decoding. ``isolate`` looks at shards in worker processes with limits of time and memory,
    so that one that makes HDF5 crash is a defect like others; an ``engine`` does so its own way. InputError where the folder
    does not exist, ShardError where it has no manifest.

    >>> import tempfile, kp2heat
    >>> rows, out = kp2heat.read("sample_data/annotations.json"), tempfile.mkdtemp()
    >>> _ = kp2heat.encode_dataset(rows, out, kp2heat.Spec(input_size=(64, 64), sizes=((16, 16),)))
    >>> report = verify_dataset(out)
    >>> report.shards, report.samples, report.defects
    (1, 50, ())
    """
    remote = is_remote(out)
    folder = manifest_copy(str(out)) if remote else Path(out)
    manifest = read_manifest(folder)
    if manifest is None and not remote and not folder.is_dir():
        found = "is a file" if folder.exists() else "there is no such folder"
        raise InputError(str(folder), found, "give the OUT folder of kp2heat encode")
    if manifest is None:
        raise ShardError(
            str(folder),
            f"holds no {MANIFEST}: its encoding was never finished",
            "run the same encode command again, or kp2heat merge after encode --part",
        )
    names = listed_files(manifest)
    jobs = [
        ShardCheck(folder.absolute(), entry, dict(manifest["settings"]), quick)
        for entry in manifest["shards"]
    ]
    size = sum(entry.get("bytes", 0) for entry in manifest["shards"])
    workers = useful_workers(workers, len(jobs), size, threads=False)
    check = partial(check_downloaded, url=str(out).rstrip("/")) if remote else check_shard
    if engine is None and isolate and not remote:  # the time of a download has no limit
        engine = partial(isolated, workers=workers, size=partial(_work, manifest), lost=_lost)
    elif engine is None:
        engine = local(workers)
    results: list[CheckResult] = []
    for result in engine(check, jobs):
        results.append(result)
        progress(1)
    defects = [*_folder_defects(folder, manifest, names), *(d for one in results for d in one.defects)]
    return VerifyReport(
        shards=len(names),
        samples=sum(one.rows for one in results),
        redrawn=sum(one.redrawn for one in results),
        defects=tuple(defects),
        notes=tuple(dict.fromkeys(note for one in results for note in one.notes)),
        error={} if quick or defects else decode_error(local_copy(str(out)) if remote else folder, names),
    )


def _work(manifest: Mapping[str, Any], job: ShardCheck) -> int:
    """Return the bytes that a check reads and draws."""
    totals = manifest.get("totals", {})
    drawn = REDRAWN * _count(totals.get("dense_bytes")) // max(1, _count(totals.get("samples")))
    return file_bytes(job.folder / str(job)) + PASSES * drawn


def _count(value: object) -> int:
    """Return a count of a manifest from anywhere; 0 unless it is one that a disk can hold."""
    return value if isinstance(value, int) and 0 <= value < 1 << 50 else 0


def _lost(job: ShardCheck, reason: str) -> CheckResult:
    return CheckResult(defects=(Defect(str(job), "structure", reason),))


def _folder_defects(folder: Path, manifest: Mapping[str, Any], names: list[str]) -> list[Defect]:
    """Return what is wrong with the folder's other files and with the manifest's totals."""
    held = list_folder(folder)
    unlisted = sorted(set(held.shards) - set(names))
    defects = [Defect(n, "unlisted", "is not in the manifest", False) for n in unlisted]
    defects += [Defect(n, "part", "is left over from an interrupted run", False) for n in held.unfinished]
    totals, entries = manifest.get("totals", {}), manifest["shards"]
    for key, name in (("samples", "rows"), ("bytes", "bytes")):
        if totals.get(key) != sum(entry.get(name, 0) for entry in entries):
            defects.append(
                Defect(MANIFEST, "manifest", f"its total of {key} is not the sum of its shards", False)
            )
    if len(set(names)) != len(names):
        defects.append(Defect(MANIFEST, "manifest", "lists a shard twice", False))
    path = folder / SKIPPED
    lines = len(path.read_bytes().splitlines()) if path.is_file() else 0
    if lines != manifest.get("skipped"):
        found = f"lists {lines} annotations, and {manifest.get('skipped')} were skipped"
        defects.append(Defect(SKIPPED, "skipped", found, False))
    return defects


def is_interrupted(out: Path) -> bool:
    """Return whether a run that was killed left its lock or an unfinished file in the folder."""
    folder = list_folder(out)
    return folder.locked or bool(folder.unfinished)


def decode_error(folder: Path, names: list[str]) -> dict[str, dict[str, float | None]]:
    """Return level -> mean and greatest decode error in input px, of a few shards."""
    chosen = [folder / names[i] for i in evenly_spaced(len(names), DECODED)]
    if not chosen:
        return {}
    report = decode_dataset(open_shards(chosen)).to_json()
    return {
        name: {key: level["input"].get(key) for key in ("mean", "max")}
        for name, level in report["levels"].items()
    }


def repair(
    out: str | Path,
    report: VerifyReport,
    annotations: Annotations,
    *,
    images: str | Path | None = None,
    workers: int = 1,
    engine: Mapper | None = None,
) -> EncodeReport:
    """Encode the damaged shards again; OutputError where the annotations are not those of the folder."""
    folder = Path(out)
    manifest = read_manifest(folder) or {}
    settings = dict(manifest["settings"])
    fields = {k: v for k, v in settings.items() if k in Spec.__dataclass_fields__}
    planned = plan(
        annotations, Spec.from_fields(fields, MANIFEST), shard_rows=settings["shard_rows"], images=images
    )
    check_same_settings(folder, settings, planned.settings())
    return run_plan(planned, folder, workers=workers, engine=engine, again=frozenset(report.broken))
