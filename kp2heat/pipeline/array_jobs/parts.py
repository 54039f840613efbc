"""Encode one part of a job into a folder that all parts share."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from kp2heat.contracts import Mapper
from kp2heat.files.atomic import PART
from kp2heat.files.folder import make_folder
from kp2heat.pipeline.array_jobs.array_part import Part
from kp2heat.pipeline.array_jobs.part_files import announce, overlapping, part_of, write_part_report
from kp2heat.pipeline.encoding.cleanup import remove_files, unfinished_files_removed
from kp2heat.pipeline.encoding.output_folder import list_folder, reusable_shards
from kp2heat.pipeline.encoding.planning.invalid_annotations import write_skipped
from kp2heat.pipeline.encoding.planning.plan import Plan
from kp2heat.pipeline.encoding.report import EncodeReport
from kp2heat.pipeline.encoding.run import write_shards
from kp2heat.shards.lock import check_not_held, locked
from kp2heat.shards.schema import shard_name


def run_part(
    plan: Plan,
    out: str | Path,
    part: Part,
    *,
    workers: int = 1,
    engine: Mapper | None = None,
    progress: Callable[[int], None] = lambda _rows: None,
) -> EncodeReport:
    """Write one part of the plan's shards, and its report, into the folder ``out`` that all parts share.

    Parts need not know of each other; any may be run again, or by another number of parts. OutputError where
    another process is writing this part, a part that overlaps it or the whole, and where the folder holds anything
    of another encoding. Interrupted after Ctrl-C.
    """
    began = time.monotonic()
    path = Path(out)
    names = tuple(map(shard_name, part.span(plan.shards)))
    make_folder(path)
    with locked(path, plan.settings(), f"{part.name}.lock") as lock:
        check_not_held(path)
        folder = list_folder(path)
        for name in overlapping(folder.part_locks, part, plan.shards):
            if part_of(name) != part:
                check_not_held(path, name)
        existing = reusable_shards(folder, plan, lock.left, part=part)
        if not folder.manifest:
            announce(path, plan, part)
        remove_files(path, {name + PART for name in names} & set(folder.unfinished))
        lock.taken_over = True
        with unfinished_files_removed(path, names):
            shards = write_shards(plan, path, names, existing, workers, engine, progress)
            if not folder.manifest:
                if part.span(plan.shards).start == 0:
                    write_skipped(path, plan.skipped)
                write_part_report(path, plan, part, shards)
    return EncodeReport(plan, shards, len(existing), time.monotonic() - began, part)
