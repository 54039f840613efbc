"""Annotations -> shards: the plan cut into self-contained jobs, run by an engine, closed by a manifest."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat import __version__
from kp2heat.annotations import Annotations
from kp2heat.contracts import Level
from kp2heat.engines import ENGINES
from kp2heat.errors import OutputError
from kp2heat.frame import show_size
from kp2heat.pipeline.plan import Plan, plan
from kp2heat.pipeline.render import draw
from kp2heat.pipeline.samples import Samples, scene_of
from kp2heat.scene import Scene
from kp2heat.shards.manifest import file_sha256, read_manifest, write_manifest
from kp2heat.shards.schema import FORMAT, MANIFEST, PERSON_COLUMNS, SHARD_NAME, LevelLayout, shard_name
from kp2heat.shards.writer import Chunks, write_shard
from kp2heat.spec import FORMAT_VERSION, Spec

DRAW_BYTES = 1 << 22
"""Dense bytes drawn at a time: fits the cache of one core, and bounds memory whatever the shard holds."""


@dataclass(frozen=True, eq=False)
class Job:
    """One shard, with all a worker needs: no file is read and nothing dense is sent."""

    name: str
    folder: Path
    spec: Spec
    fingerprint: str
    annotations: Annotations
    samples: Samples
    levels: tuple[Level, ...]
    layouts: tuple[LevelLayout, ...]


@dataclass(frozen=True)
class ShardReport:
    """One finished shard. Counts are per joint, over the shard's people."""

    file: str
    rows: int
    bytes: int
    sha256: str
    labelled: tuple[int, ...]
    drawn: tuple[int, ...]
    outside: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class EncodeReport:
    """A finished encoding; ``kept`` of its shards stood already."""

    plan: Plan
    shards: tuple[ShardReport, ...]
    kept: int
    seconds: float

    @property
    def bytes(self) -> int:
        """Of all shard files."""
        return sum(shard.bytes for shard in self.shards)

    def joints(self) -> dict[str, dict[str, int]]:
        """Per joint: labelled, drawn, outside the input."""
        names = self.plan.annotations.skeleton.names
        counts = {key: _total(self.shards, key, len(names)) for key in ("labelled", "drawn", "outside")}
        return {name: {key: int(c[k]) for key, c in counts.items()} for k, name in enumerate(names)}

    def to_json(self) -> dict[str, Any]:
        """What ``--json`` says."""
        planned = self.plan.to_json()
        return {
            **planned,
            "bytes": self.bytes,
            "kept_shards": self.kept,
            "seconds": round(self.seconds, 3),
            "per_joint": self.joints(),
        }


def _total(shards: tuple[ShardReport, ...], key: str, joints: int) -> NDArray[np.int64]:
    counts = [getattr(shard, key) for shard in shards]
    return np.asarray(np.sum(counts or [np.zeros(joints)], axis=0), np.int64)


def encode_dataset(
    annotations: Annotations,
    out: str | Path,
    spec: Spec,
    *,
    workers: int = 1,
    overwrite: bool = False,
    shard_rows: int | None = None,
) -> EncodeReport:
    """Plan and write in one call: annotations -> shards and manifest in the folder ``out``."""
    return run_plan(plan(annotations, spec, shard_rows=shard_rows), out, workers=workers, overwrite=overwrite)


def run_plan(
    planned: Plan,
    out: str | Path,
    *,
    workers: int = 1,
    overwrite: bool = False,
    progress: Callable[[int], None] = lambda _rows: None,
) -> EncodeReport:
    """Write the plan's shards and manifest into the folder ``out``; ``progress`` hears of finished rows.

    A folder that holds the same encoding is completed, and left alone if it is whole. OutputError where it
    holds anything else and ``overwrite`` is not set.
    """
    began = time.monotonic()
    folder = Path(out)
    kept = _prepare(folder, planned, overwrite)
    jobs = _jobs(folder, planned)
    todo = [job for job in jobs if job.name not in kept]
    engine = ENGINES["processes" if workers > 1 and len(todo) > 1 else "serial"]
    done = dict(kept)
    progress(sum(report.rows for report in kept.values()))
    for report in engine.run(encode_shard, todo, workers):
        done[report.file] = report
        progress(report.rows)
    shards = tuple(done[job.name] for job in jobs)
    report = EncodeReport(planned, shards, len(kept), time.monotonic() - began)
    content = _manifest(report)
    if read_manifest(folder) != content:
        write_manifest(folder, content)
    return report


def encode_shard(job: Job) -> ShardReport:
    """Draw and write one shard."""
    scene = scene_of(job.annotations, job.samples, job.spec)
    path = job.folder / job.name
    names = job.annotations.skeleton
    attrs = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "generator": f"kp2heat {__version__}",
        "spec": json.dumps(job.spec.to_fields(), sort_keys=True),
        "skeleton": json.dumps(names.to_json(), sort_keys=True),
        "fingerprint": job.fingerprint,
        "input_size": show_size(scene.input_size),
        "rows": len(job.samples),
    }
    counts = _counts(scene)
    write_shard(path, len(job.samples), attrs, job.layouts, _chunks(job, scene), _columns(job))
    return ShardReport(job.name, len(job.samples), path.stat().st_size, file_sha256(path), *counts)


def _counts(scene: Scene) -> tuple[tuple[int, ...], ...]:
    labelled = np.isfinite(scene.xy).all(axis=-1)
    return tuple(tuple(int(n) for n in mask.sum(axis=0)) for mask in (labelled, scene.drawn, scene.outside))


def _chunks(job: Job, scene: Scene) -> Chunks:
    """All planes, level by level, a bounded number of rows at a time."""
    for level, layout in zip(job.levels, job.layouts, strict=True):
        dense = max(int(np.prod(plane.row)) for plane in layout.planes.values()) * 8
        whole = max(plane.chunk for plane in layout.planes.values())
        rows = max(whole, DRAW_BYTES // max(1, dense) // whole * whole)
        for start in range(0, len(job.samples), rows):
            part = scene.part(start, min(start + rows, len(job.samples)))
            for plane, values in draw(job.spec, level, part).items():
                yield level.name, plane, start, values


def _columns(job: Job) -> dict[str, dict[str, NDArray[Any]]]:
    """The truth that travels in the shard."""
    rows = job.annotations.take(job.samples.row)
    people: dict[str, NDArray[Any]] = {
        name: rows.id if name == "annotation_id" else getattr(rows, name) for name in PERSON_COLUMNS
    }
    images = job.annotations.images
    image = job.samples.image
    samples: dict[str, NDArray[Any]] = {
        "frame": job.samples.frame.matrix,
        "image_id": images.id[image],
        "image_size": images.size[image],
        "file_name": images.file_name[image],
    }
    if job.spec.sample == "instance":
        return {"samples": {**people, **samples}}
    return {"samples": samples, "people": {**people, "sample": job.samples.sample}}


def _jobs(folder: Path, planned: Plan) -> list[Job]:
    return [
        _job(folder, planned, number, start, stop)
        for number, (start, stop) in enumerate(zip(planned.cuts, planned.cuts[1:], strict=False))
    ]


def _job(folder: Path, planned: Plan, number: int, start: int, stop: int) -> Job:
    """A job carries only its own rows: annotations and images are cut down and renumbered."""
    samples = planned.samples.take(start, stop)
    annotations = planned.annotations
    rows = annotations.take(samples.row)
    used, image = np.unique(samples.image, return_inverse=True)
    images = type(annotations.images)(
        annotations.images.id[used], annotations.images.file_name[used], annotations.images.size[used]
    )
    place = np.searchsorted(used, rows.image)
    own = Annotations(
        rows.skeleton, images, rows.xy, rows.visible, rows.bbox, rows.area, rows.crowd, place, rows.id,
        source=rows.source,
    )  # fmt: skip
    samples = Samples(image, np.arange(len(own)), samples.sample, samples.frame, {})
    return Job(
        shard_name(number),
        folder,
        planned.spec,
        planned.fingerprint,
        own,
        samples,
        planned.levels,
        planned.layouts,
    )


def _prepare(folder: Path, planned: Plan, overwrite: bool) -> dict[str, ShardReport]:
    """Make the folder; the shards of this very encoding that stand in it, by name."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        content = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        raise OutputError(str(folder), f"cannot be made ({error.strerror})", "choose another OUT") from None
    ours = [
        name
        for name in content
        if SHARD_NAME.fullmatch(name.removesuffix(".part")) or name.startswith(MANIFEST)
    ]
    if overwrite:
        for name in ours:
            (folder / name).unlink()
        return {}
    for name in ours:
        if name.endswith(".part"):
            (folder / name).unlink()
    manifest = read_manifest(folder) if MANIFEST in content else None
    finished = [name for name in ours if SHARD_NAME.fullmatch(name)]
    if manifest and manifest.get("fingerprint") == planned.fingerprint:
        listed = {s["file"]: ShardReport(**{**s, **_tuples(s)}) for s in manifest["shards"]}
        return {name: listed[name] for name in finished if name in listed}
    if manifest or finished:
        raise OutputError(str(folder), "holds another encoding", "choose another OUT, or give --overwrite")
    if content:
        raise OutputError(
            str(folder), f"is not empty (it holds '{content[0]}')", "choose a new or an empty folder"
        )
    return {}


def _tuples(shard: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    return {key: tuple(shard[key]) for key in ("labelled", "drawn", "outside")}


def _manifest(report: EncodeReport) -> dict[str, Any]:
    planned = report.plan
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "generator": f"kp2heat {__version__}",
        "spec": planned.spec.to_fields(),
        "fingerprint": planned.fingerprint,
        "shards": [
            {**asdict(s), **{k: list(v) for k, v in _tuples(asdict(s)).items()}} for s in report.shards
        ],
        "per_joint": report.joints(),
        "totals": {
            "samples": len(planned.samples),
            "people": len(planned.samples.row),
            "bytes": report.bytes,
            "dense_bytes": planned.row_bytes * len(planned.samples),
        },
    }
