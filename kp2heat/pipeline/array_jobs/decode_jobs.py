"""Decode a few shards at a time: every job gives totals and the text of its people, and forgets the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kp2heat.compiled import compiled_for
from kp2heat.contracts import Mapper
from kp2heat.engines import local, useful_workers
from kp2heat.errors import ShardError, SpecError
from kp2heat.pipeline.array_jobs.inventory import ListedShard
from kp2heat.pipeline.decoding.reporting.report import totals
from kp2heat.pipeline.decoding.reporting.results_file import results_text
from kp2heat.pipeline.decoding.reporting.totals import Totals, merged
from kp2heat.pipeline.decoding.run import DecodeOptions, decode_shards
from kp2heat.pipeline.decoding.sources import open_aligned, sample_ids
from kp2heat.pipeline.predictions.align import Predicted
from kp2heat.pipeline.predictions.align import Settings as Predictions
from kp2heat.shards.reading.dataset import Shards, check_same_encoding, open_shards
from kp2heat.shards.reading.shard import Shard

BLOCK = 1 << 13
"""Samples of a job, if shards are not larger: 3 kB each while it is decoded."""
EXACT_BYTES = 1 << 27
"""Bytes of distances that are kept for exact percentiles: 80,000 people of 17 joints at three levels."""
JOINT_BYTES = 32
"""Bytes of distances per joint and result: in image px, in input px, and in two groups of joints."""
MERGED_AT_ONCE = 4
"""Totals of jobs that wait to be merged."""


@dataclass(frozen=True)
class DecodeJob:
    """A few shards to decode.

    files    the shards; ``reference``: a shard of the whole, whose settings theirs must be
    first    the number of their first sample in the whole; ``rows``: of their samples
    every    as of Totals
    share    bytes of shards that a process has before it
    options  what is decoded, and how
    text     suffix of the results file whose text is wanted; None: no text
    score    the score of a joint in it
    """

    files: tuple[Path, ...]
    reference: Path
    first: int
    rows: int
    every: int
    share: int
    options: DecodeOptions
    text: str | None = None
    score: str = "peak"

    def __str__(self) -> str:
        return self.files[0].name


class Decoded(NamedTuple):
    """A job's totals, and the text of its people for a results file."""

    totals: Totals
    text: str


def decode_job(job: DecodeJob, aligned: Predicted | None = None) -> Decoded:
    """Decode the shards of a job, or the predictions made for them."""
    shards = open_shards(job.files)
    check_same_encoding(shards.shards[0], Shard(job.reference))
    if len(shards) != job.rows:
        raise ShardError(
            str(job),
            f"and the shards with it hold {len(shards)} samples, not {job.rows}",
            "run kp2heat verify",
        )
    with compiled_for(job.share):
        report = decode_shards(shards, job.options, aligned, before=job.first)
        text = "" if job.text is None else results_text(report, job.text, job.score)
        return Decoded(totals(report, job.every, job.first), text)


def decode_jobs(
    listed: Sequence[ListedShard],
    part: range,
    options: DecodeOptions,
    *,
    workers: int = 1,
    text: str | None = None,
    score: str = "peak",
) -> list[DecodeJob]:
    """Return the jobs that decode the shards numbered ``part`` of all that are listed."""
    if not part:
        return []
    starts = np.cumsum([0, *(shard.rows for shard in listed)]).tolist()
    first = Shard(listed[0].path)
    results = len(options.levels or first.levels) * len(options.method.split(","))
    need = JOINT_BYTES * results * sum(shard.joints for shard in listed)
    every = max(1, -(-need // EXACT_BYTES))
    share = sum(listed[n].path.stat().st_size for n in part) // workers
    cut = [part.start]
    for number in part:
        if starts[number] - starts[cut[-1]] >= BLOCK:
            cut.append(number)
    return [
        DecodeJob(
            tuple(listed[n].path.absolute() for n in range(start, stop)),
            first.path.absolute(),
            starts[start],
            starts[stop] - starts[start],
            every,
            share,
            options,
            text,
            score,
        )
        for start, stop in zip(cut, [*cut[1:], part.stop], strict=True)
    ]


def run_decode_jobs(
    jobs: Sequence[DecodeJob],
    *,
    aligned: Predicted | None = None,
    workers: int = 1,
    engine: Mapper | None = None,
    write: Callable[[str], None] = lambda _text: None,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Totals:
    """Return the totals of all jobs; ``write`` is called with the text of each, in order."""
    if engine is None or aligned is not None:
        workers = 1 if aligned is not None else useful_workers(workers, len(jobs), jobs[0].share * workers)
        engine = local(workers)
    function = decode_job if aligned is None else partial(decode_job, aligned=aligned)
    waiting: list[Totals] = []
    for job, decoded in zip(jobs, engine(function, jobs), strict=True):
        write(decoded.text)
        waiting.append(decoded.totals)
        if len(waiting) == MERGED_AT_ONCE and job.every > 1:
            waiting = [merged(waiting)]
        progress(job.rows)
    return merged(waiting)


def align_all(
    listed: Sequence[ListedShard], predictions: Predictions | None, levels: Sequence[str] | None
) -> Predicted | None:
    """Return predictions aligned with all samples, of which only the ids are kept; None where there are none."""
    if predictions is None:
        return None
    if not listed:
        raise SpecError("--predictions", "there are no samples", "give the shards they were made for")
    ids = np.concatenate([sample_ids(Shards([Shard(shard.path)])) for shard in listed])
    return open_aligned(Shards([Shard(listed[0].path)]), predictions, levels, ids)
