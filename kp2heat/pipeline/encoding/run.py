"""Annotations -> shards: the plan cut into self-contained jobs, run by an engine, closed by a manifest."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat import __version__, compiled
from kp2heat.annotations import Annotations
from kp2heat.arrays import Ints
from kp2heat.engines import ENGINES
from kp2heat.frame import finite, show_size
from kp2heat.pipeline.encoding.compress import level_streams
from kp2heat.pipeline.encoding.disk_space import check_space
from kp2heat.pipeline.encoding.invalid_annotations import write_skipped
from kp2heat.pipeline.encoding.output_folder import (
    Standing,
    clear,
    finished,
    look,
    names,
    run_settings,
    settle,
    tidied,
)
from kp2heat.pipeline.encoding.plan import Plan, plan
from kp2heat.pipeline.encoding.render import held_joints
from kp2heat.pipeline.encoding.samples import scene_of
from kp2heat.pipeline.encoding.shard_job import Job, ShardReport, make_job
from kp2heat.scene import Scene
from kp2heat.shards.lock import locked
from kp2heat.shards.manifest import file_sha256, read_manifest, write_manifest
from kp2heat.shards.reading.dataset import shard_content_sha256
from kp2heat.shards.schema import FORMAT, PERSON_COLUMNS, shard_name
from kp2heat.shards.writing.writer import Chunks, Written, make_shard
from kp2heat.spec import CODEC_REVISION, FORMAT_VERSION, Spec

WORKER_MODULES = ("kp2heat.cli", "kp2heat.pipeline.rehearsal")
"""What a worker of the command has loaded when it has written its first shard."""


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


def _total(shards: tuple[ShardReport, ...], key: str, joints: int) -> Ints:
    counts = [getattr(shard, key) for shard in shards]
    return np.asarray(np.sum(counts or [np.zeros(joints)], axis=0), np.int64)


def expect_workers() -> None:
    """``run_plan`` will be asked for several workers, by a process that is all ours: they begin to load now."""
    from kp2heat.engines.processes import get_ready

    get_ready([*compiled.modules(), *WORKER_MODULES])


def encode_dataset(
    annotations: Annotations,
    out: str | Path,
    spec: Spec,
    *,
    workers: int = 1,
    overwrite: bool = False,
    shard_rows: int | None = None,
    on_error: str = "fail",
) -> EncodeReport:
    """Plan and write in one call: annotations -> shards and manifest in the folder ``out``."""
    planned = plan(annotations, spec, shard_rows=shard_rows, on_error=on_error)
    return run_plan(planned, out, workers=workers, overwrite=overwrite)


def run_plan(
    planned: Plan,
    out: str | Path,
    *,
    workers: int = 1,
    overwrite: bool = False,
    again: Collection[str] = (),
    progress: Callable[[int], None] = lambda _rows: None,
) -> EncodeReport:
    """Write the plan's shards and manifest into the folder ``out``; ``progress`` hears of finished rows.

    A folder that holds the same encoding is completed, and left alone if it is whole; shards named in
    ``again`` are encoded anew. OutputError where it holds anything else and ``overwrite`` is not set, where
    another run is writing it, and where the disk is too small. Interrupted after Ctrl-C.
    """
    began = time.monotonic()
    folder = Path(out)
    found = look(folder)
    whole = None if overwrite or again else finished(found, planned)
    if whole is not None:
        progress(len(planned.samples))
        return EncodeReport(planned, tuple(whole.reports[n] for n in names(planned)), planned.shards, 0.0)
    with locked(folder, run_settings(planned)) as lock:
        found = look(folder)
        standing = clear(found, planned) if overwrite else settle(found, planned, lock.left, again=again)
        lock.taken_over = True
        with tidied(folder, planned):
            shards = _write(planned, folder, standing, workers, lock.descriptor, progress)
            kept = len(standing.reports) + len(standing.unreported)
            report = EncodeReport(planned, shards, kept, time.monotonic() - began)
            write_skipped(folder, planned.skipped)
            content = manifest_of(report)
            if read_manifest(folder) != content:
                write_manifest(folder, content)
    return report


def _write(
    planned: Plan,
    folder: Path,
    standing: Standing,
    workers: int,
    held: int,
    progress: Callable[[int], None],
) -> tuple[ShardReport, ...]:
    """Encode what does not stand; reports of all shards in order."""
    done = dict(standing.reports)
    todo = [number for number, name in enumerate(names(planned)) if name not in done]
    needed = check_space(planned, folder, [n for n in todo if shard_name(n) not in standing.unreported])
    progress(sum(report.rows for report in done.values()))
    engine = ENGINES["processes" if workers > 1 and len(todo) > 1 else "serial"]
    workers = min(workers, max(1, len(todo)))
    share = needed // workers
    jobs = (
        make_job(planned, n, folder, stands=shard_name(n) in standing.unreported, share=share) for n in todo
    )
    with closing(engine.run(encode_shard, jobs, workers, (held,))) as results:
        for report in results:
            done[report.file] = report
            progress(report.rows)
    return tuple(done[name] for name in names(planned))


def encode_shard(job: Job) -> Callable[[], ShardReport]:
    """Draw one shard, or look at one that stands; calling the result writes it and reports."""
    compiled.expect(job.share)
    scene = scene_of(job.annotations, job.samples, job.spec)
    path = job.folder / job.name
    own = scene.first_instances() if len(job.samples.others) else scene
    counts = _counts(job, own)
    keep: Callable[[], Written] = partial(_standing, path)
    if not job.stands:
        keep = make_shard(
            path, len(job.samples), _attrs(job, scene), job.layouts, _chunks(job, scene), _columns(job)
        )

    def finish() -> ShardReport:
        written = keep()
        return ShardReport(
            job.name, len(job.samples), written.bytes, written.sha256, written.content_sha256,
            job.fingerprint, *counts,
        )  # fmt: skip

    return finish


def _standing(path: Path) -> Written:
    return Written(path.stat().st_size, file_sha256(path), shard_content_sha256(path))


def _attrs(job: Job, scene: Scene) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "generator": f"kp2heat {__version__}",
        "codec_revision": CODEC_REVISION,
        "spec": json.dumps(job.spec.settings(), sort_keys=True),
        "skeleton": json.dumps(job.annotations.skeleton.to_json(), sort_keys=True),
        "fingerprint": job.fingerprint,
        "input_size": show_size(scene.input_size),
        "rows": len(job.samples),
    }


def _counts(job: Job, scene: Scene) -> tuple[tuple[int, ...], ...]:
    """Return how many of each joint are labelled, held by a map of some level, and outside the input."""
    labelled = finite(scene.xy)
    held = np.logical_or.reduce([held_joints(job.spec, level, scene) for level in job.levels])
    return tuple(tuple(int(n) for n in mask.sum(axis=0)) for mask in (labelled, held, scene.outside))


def _chunks(job: Job, scene: Scene) -> Chunks:
    """All planes, level by level."""
    for level, layout in zip(job.levels, job.layouts, strict=True):
        for plane, first, streams in level_streams(job.spec, level, layout, scene):
            yield level.name, plane, first, streams


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


def manifest_of(report: EncodeReport) -> dict[str, Any]:
    """The content of ``manifest.json``."""
    planned = report.plan
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "generator": f"kp2heat {__version__}",
        "fingerprint": planned.fingerprint,
        "settings": run_settings(planned),
        "per_joint": report.joints(),
        "skipped": len(planned.skipped),
        "totals": {
            "samples": len(planned.samples),
            "people": len(planned.samples.row),
            "bytes": report.bytes,
            "dense_bytes": planned.row_bytes * len(planned.samples),
        },
        "shards": [shard.to_json() for shard in report.shards],
    }
