"""Hold an output folder against its manifest, its format, and the truth that its shards carry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kp2heat.annotations import Annotations
from kp2heat.engines import ENGINES
from kp2heat.errors import ShardError
from kp2heat.pipeline.decoding.run import decode_dataset
from kp2heat.pipeline.encoding.output_folder import look, refuse_other
from kp2heat.pipeline.encoding.plan import plan
from kp2heat.pipeline.encoding.run import EncodeReport, run_plan
from kp2heat.pipeline.sampling import spread
from kp2heat.pipeline.verification.shard_check import Defect, Found, Inquiry, inquire
from kp2heat.shards.manifest import listed_files, read_manifest
from kp2heat.shards.reading.dataset import open_shards
from kp2heat.shards.schema import MANIFEST, SKIPPED
from kp2heat.spec import Spec

DECODED = 4
"""Shards decoded for the error that is reported."""


@dataclass(frozen=True)
class VerifyReport:
    """What was looked at and what was found wrong; ``error``: mean and greatest error in input px by level."""

    shards: int
    samples: int
    redrawn: int
    defects: tuple[Defect, ...]
    notes: tuple[str, ...]
    error: Mapping[str, Mapping[str, float | None]]

    @property
    def broken(self) -> list[str]:
        """The shards that have to be encoded again."""
        return sorted({defect.file for defect in self.defects if defect.encode_again})

    def to_json(self) -> dict[str, Any]:
        """What ``--json`` says."""
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
    workers: int = 1,
    progress: Callable[[int], None] = lambda _shards: None,
) -> VerifyReport:
    """Every shard: its file against the manifest, its structure, its content, and some samples drawn again.

    ``quick`` leaves out whatever reads the maps: hashes, redrawing, decoding. ShardError where there is no
    manifest to go by.
    """
    folder = Path(out)
    manifest = read_manifest(folder)
    if manifest is None:
        raise ShardError(
            str(folder),
            f"holds no {MANIFEST}: its encoding was never finished",
            "run the same encode command again",
        )
    names = listed_files(manifest)
    jobs = [Inquiry(folder, entry, dict(manifest["settings"]), quick) for entry in manifest["shards"]]
    engine = ENGINES["processes" if workers > 1 and len(jobs) > 1 else "serial"]
    results: list[Found] = []
    with closing(engine.run(_inquired, jobs, min(workers, max(1, len(jobs))))) as found:
        for one in found:
            results.append(one)
            progress(1)
    defects = [*_folder_defects(folder, manifest, names), *(d for one in results for d in one.defects)]
    return VerifyReport(
        shards=len(names),
        samples=sum(one.rows for one in results),
        redrawn=sum(one.redrawn for one in results),
        defects=tuple(defects),
        notes=tuple(dict.fromkeys(note for one in results for note in one.notes)),
        error={} if quick or defects else decode_error(folder, names),
    )


def _inquired(job: Inquiry) -> Callable[[], Found]:
    """``inquire`` as engines run it: nothing is left to finish."""
    found = inquire(job)
    return lambda: found


def _folder_defects(folder: Path, manifest: Mapping[str, Any], names: list[str]) -> list[Defect]:
    """What the folder holds beside, and what the manifest says of the whole."""
    held = look(folder)
    unlisted = sorted(set(held.shards) - set(names))
    defects = [Defect(n, "unlisted", "is not in the manifest", False) for n in unlisted]
    defects += [Defect(n, "part", "is the rest of a run that was killed", False) for n in held.parts]
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


def decode_error(folder: Path, names: list[str]) -> dict[str, dict[str, float | None]]:
    """Mean and greatest error in input px of a few shards, by level."""
    chosen = [folder / names[i] for i in spread(len(names), DECODED)]
    if not chosen:
        return {}
    report = decode_dataset(open_shards(chosen)).to_json()
    return {
        name: {key: level["input"].get(key) for key in ("mean", "max")}
        for name, level in report["levels"].items()
    }


def repair(
    out: str | Path, report: VerifyReport, annotations: Annotations, *, workers: int = 1
) -> EncodeReport:
    """Encode the broken shards again; OutputError where the annotations are not those of the folder."""
    folder = Path(out)
    manifest = read_manifest(folder) or {}
    settings = dict(manifest["settings"])
    own = {k: v for k, v in settings.items() if k in Spec.__dataclass_fields__}
    planned = plan(annotations, Spec.from_fields(own, MANIFEST), shard_rows=settings["shard_rows"])
    refuse_other(look(folder), settings, planned)
    return run_plan(planned, folder, workers=workers, again=frozenset(report.broken))
