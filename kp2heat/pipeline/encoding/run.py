"""Write the shards and the manifest of an encoding."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import asdict
from functools import partial
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from kp2heat.compiled import compiled_for
from kp2heat.contracts import Mapper
from kp2heat.drawing.planes import held_joints
from kp2heat.drawing.samples import scene_of
from kp2heat.engines import ENGINES, useful_workers
from kp2heat.files.folder import make_folder
from kp2heat.frame import finite
from kp2heat.machine.cores import threads
from kp2heat.machine.heap import give_back
from kp2heat.pipeline.encoding.cleanup import remove_files, unfinished_files_removed
from kp2heat.pipeline.encoding.compress import level_streams
from kp2heat.pipeline.encoding.disk_space import check_space
from kp2heat.pipeline.encoding.manifest import manifest_content
from kp2heat.pipeline.encoding.output_folder import (
    ExistingShards,
    Folder,
    complete_encoding,
    list_folder,
    reusable_shards,
    unchanged_shards,
)
from kp2heat.pipeline.encoding.planning.invalid_annotations import write_skipped
from kp2heat.pipeline.encoding.planning.plan import Plan
from kp2heat.pipeline.encoding.planning.stored_images import stored_images
from kp2heat.pipeline.encoding.report import EncodeReport, ShardReport
from kp2heat.pipeline.encoding.shard_job import Job, make_job, shard_attributes, shard_columns
from kp2heat.scene import Scene
from kp2heat.shards.lock import check_not_held, locked
from kp2heat.shards.manifest import read_manifest, write_manifest
from kp2heat.shards.reading.existing import describe_shard
from kp2heat.shards.schema import MANIFEST, SKIPPED, shard_name
from kp2heat.shards.writing.writer import Chunks, Written, compose_shard

_drawing = Lock()
"""Held while a shard is drawn: workers and engines may use threads, so that one shard is written while the next is
drawn, and the shards of one process share tables and HDF5's layout."""


def run_plan(
    plan: Plan,
    out: str | Path,
    *,
    workers: int = 1,
    engine: Mapper | None = None,
    overwrite: bool = False,
    again: Collection[str] = (),
    progress: Callable[[int], None] = lambda _rows: None,
) -> EncodeReport:
    """Write the plan's shards and manifest into the folder ``out``.

    A folder that holds the same encoding is completed, and left alone if it is whole; shards named in ``again``
    are encoded anew; ``progress`` is called with the number of finished rows. OutputError where the folder holds
    anything else and ``overwrite`` is not set, where another run is writing it, and where the disk is too small.
    Interrupted after Ctrl-C.
    """
    began = time.monotonic()
    path = Path(out)
    make_folder(path)
    complete = None if overwrite or again else complete_encoding(list_folder(path), plan)
    if complete is not None:
        progress(len(plan.samples))
        return EncodeReport(plan, tuple(complete.reports[n] for n in plan.names), plan.shards, 0.0)
    with locked(path, plan.settings()) as lock:
        folder = list_folder(path)
        for name in folder.part_locks:
            check_not_held(path, name)
        if overwrite:
            existing = unchanged_shards(folder, plan)
            _remove_all_but(folder, existing)
        else:
            existing = reusable_shards(folder, plan, lock.left, again=again)
            remove_files(path, folder.unfinished)
        lock.taken_over = True
        with unfinished_files_removed(path, plan.names):
            shards = write_shards(plan, path, plan.names, existing, workers, engine, progress)
            write_skipped(path, plan.skipped)
            content = manifest_content(plan, shards)
            if read_manifest(path) != content:
                write_manifest(path, content)
            remove_files(path, list_folder(path).part_files)
    notes = () if lock.note is None else (lock.note,)
    return EncodeReport(plan, shards, len(existing), time.monotonic() - began, notes=notes)


def _remove_all_but(folder: Folder, existing: ExistingShards) -> None:
    """Remove the manifest first, so that a killed run never leaves one that lists missing shards."""
    remove_files(folder.path, [MANIFEST, SKIPPED, *folder.part_files])
    remove_files(folder.path, [n for n in (*folder.shards, *folder.unfinished) if n not in existing.names])


def write_shards(
    plan: Plan,
    folder: Path,
    names: Sequence[str],
    existing: ExistingShards,
    workers: int,
    engine: Mapper | None,
    progress: Callable[[int], None],
) -> tuple[ShardReport, ...]:
    """Encode those of the named shards that do not exist; return the reports of all named, in order."""
    reports = dict(existing.reports)
    number = {name: number for number, name in enumerate(plan.names)}
    numbers = [number[name] for name in names if name not in reports]
    give_back()  # what reading and planning took
    needed = check_space(plan, folder, [n for n in numbers if shard_name(n) not in existing.unreported])
    workers = useful_workers(workers, len(numbers), needed)
    if engine is None and workers > 1:
        engine = partial(ENGINES["processes"].run, workers=workers, threads=2)
    place = folder.absolute()  # workers may have another working directory
    jobs = (
        make_job(plan, n, place, exists=shard_name(n) in existing.unreported, share=needed // workers)
        for n in numbers
    )
    progress(sum(report.rows for report in reports.values()))
    results = encode_shards(jobs) if engine is None else engine(encode_shard, jobs)
    try:
        for report in results:
            reports[report.file] = report
            progress(report.rows)
    finally:  # a generator's workers and threads end before the folder is cleaned up
        if hasattr(results, "close"):
            results.close()
    return tuple(reports[name] for name in names)


def encode_shard(job: Job) -> ShardReport:
    """Draw and write one shard, or read one that exists, and report it."""
    (report,) = encode_shards([job])
    return report


def encode_shards(jobs: Iterable[Job]) -> Iterator[ShardReport]:
    """Yield the report of each shard in order; threads hash and write one while the next is drawn.

    One that is drawn is written at once, beside the one before it, whose memory goes before another is drawn.
    """
    before: Future[ShardReport] | None = None
    with threads(2, "write") as writers:
        for job in jobs:
            with _drawing:
                finish = _draw_shard(job)
            drawn = writers.submit(finish)
            if before is not None:
                yield before.result()
            before = drawn
        if before is not None:
            yield before.result()


def _draw_shard(job: Job) -> Callable[[], ShardReport]:
    """Draw a shard in memory; calling the result writes it and returns its report."""
    scene = scene_of(job.annotations, job.samples, job.spec)
    path, rows = job.folder / job.name, len(job.samples)
    write: Callable[[], Written] = partial(describe_shard, path)
    with compiled_for(job.share):
        if not job.exists:
            attrs, columns = shard_attributes(job), shard_columns(job)
            layouts, chunks = job.layouts, _chunks(job, scene)
            if job.images is not None and job.spec.with_images is not None:
                pictures = stored_images(job.annotations, job.samples, job.spec, job.images)
                layouts, chunks = (*layouts, pictures.layout), chain(chunks, pictures.chunks())
            shard = compose_shard(rows, attrs, layouts, chunks, columns)
            write = partial(shard.write, path)
        counts = _counts(job, scene.first_instances() if len(job.samples.others) else scene)

    def finish() -> ShardReport:
        written = asdict(write())
        return ShardReport(file=job.name, rows=rows, fingerprint=job.fingerprint, **counts, **written)

    return finish


def _counts(job: Job, scene: Scene) -> dict[str, Any]:
    """Return how many of each joint are labelled, held by a map of some level, and outside the input."""
    held = np.logical_or.reduce([held_joints(job.spec, level, scene) for level in job.levels])
    masks = {"labelled": finite(scene.xy), "drawn": held, "outside": scene.outside}
    return {name: tuple(mask.sum(axis=0).tolist()) for name, mask in masks.items()}


def _chunks(job: Job, scene: Scene) -> Chunks:
    """Yield the chunks of all planes, level by level."""
    for level, layout in zip(job.levels, job.layouts, strict=True):
        for plane, first, streams in level_streams(job.spec, level, layout, scene):
            yield level.name, plane, first, streams
