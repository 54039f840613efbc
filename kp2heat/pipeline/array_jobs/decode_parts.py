"""Parts of one decoding: each writes its totals and its people's keypoints, and their merging gives those of one run.

============================  =====================================================================
``decoded-I-of-N.npz``        the totals of a part
``decoded-I-of-N.json|csv``   its keypoints, where a results file is asked for
``decoded-I-of-N.lock``       held while the part is running
============================  =====================================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from hashlib import sha256
from pathlib import Path
from typing import Any

from kp2heat.contracts import Mapper
from kp2heat.errors import OutputError, plural
from kp2heat.pipeline.array_jobs.array_part import Part
from kp2heat.pipeline.array_jobs.decode_jobs import align_all, decode_jobs, run_decode_jobs
from kp2heat.pipeline.array_jobs.inventory import ListedShard
from kp2heat.pipeline.array_jobs.totals_file import read_totals, write_totals
from kp2heat.pipeline.decoding.reporting.results_file import join_results, results_writer
from kp2heat.pipeline.decoding.reporting.totals import Totals, merged
from kp2heat.pipeline.decoding.run import DecodeOptions
from kp2heat.pipeline.predictions.align import Settings as Predictions
from kp2heat.shards.lock import locked
from kp2heat.shards.reading.shard import Shard

DECODED = re.compile(r"decoded-(\d{5,9})-of-(\d{5,9})\.npz")
WHOLE = Part(1, 1)
SHOWN = 12
"""Missing parts that a message lists."""


def decode_totals(
    listed: Sequence[ListedShard],
    options: DecodeOptions,
    *,
    predictions: Predictions | None = None,
    results: Path | None = None,
    score: str = "peak",
    part: Part = WHOLE,
    folder: Path | None = None,
    workers: int = 1,
    engine: Mapper | None = None,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Totals | None:
    """Decode shards a few at a time and return their totals, in memory that does not grow with their number.

    results  the file that the keypoints are written to while they are decoded, with this ``score``
    part     decode these of the shards only, and write totals and keypoints into ``folder``, for :func:`merge_decoded`

    None for a part without shards. OutputError where another process is at the same part.
    """
    jobs = decode_jobs(
        listed,
        part.span(len(listed)),
        options,
        workers=workers,
        text=None if results is None else results.suffix,
        score=score,
    )
    aligned = align_all(listed, predictions, options.levels)
    joints = Shard(listed[0].path).skeleton.names

    def run(path: Path | None) -> Totals | None:
        with results_writer(path, joints) if path else nullcontext(lambda _text: None) as write:
            policy = {"workers": workers, "engine": engine, "write": write, "progress": progress}
            return run_decode_jobs(jobs, aligned=aligned, **policy) if jobs else None  # type: ignore[arg-type]

    if folder is None:
        return run(results)
    folder.mkdir(parents=True, exist_ok=True)
    about = _about(listed, options, predictions, results, score)
    stem = f"decoded-{part.number:05d}-of-{part.count:05d}"
    with locked(folder, {}, f"{stem}.lock") as lock:
        lock.taken_over = True
        whole = run(results and folder / f"{stem}{results.suffix}")
        write_totals(folder / f"{stem}.npz", whole, about)
    return whole


def _about(
    listed: Sequence[ListedShard],
    options: DecodeOptions,
    predictions: Predictions | None,
    results: Path | None,
    score: str,
) -> dict[str, Any]:
    """Return what parts must have in common to be merged."""
    shards = "\n".join(f"{s.path.name} {s.rows} {s.fingerprint}" for s in listed)
    return {
        "shards": sha256(shards.encode()).hexdigest(),
        "method": options.method,
        "levels": list(options.levels or ()),
        "min_score": options.min_score,
        "params": {name: str(value) for name, value in options.params.items()},
        "predictions": {} if predictions is None else {k: str(v) for k, v in vars(predictions).items()},
        "results": None if results is None else str(results),
        "score": score,
    }


def holds_decoded(folder: Path) -> bool:
    """Return whether a folder holds parts of a decoding."""
    return folder.is_dir() and any(DECODED.fullmatch(path.name) for path in folder.iterdir())


def merge_decoded(folder: Path) -> tuple[Totals, Path | None]:
    """Return the totals of all parts in a folder, and the results file that was written from their keypoints.

    OutputError where parts are missing, or of other shards or settings.
    """
    paths = {
        Part(int(m[1]), int(m[2])): path for path in folder.iterdir() if (m := DECODED.fullmatch(path.name))
    }
    count = max(part.count for part in paths)
    missing = [number for number in range(1, count + 1) if Part(number, count) not in paths]
    if missing:
        shown = ", ".join(f"{n}/{count}" for n in missing[:SHOWN]) + (", ..." if len(missing) > SHOWN else "")
        todo = f"run the same kp2heat decode command with --part {missing[0]}/{count}, then merge again"
        raise OutputError(str(folder), f"lacks {plural(len(missing), 'part')} of {count} ({shown})", todo)
    ordered = [paths[Part(number, count)] for number in range(1, count + 1)]
    parts = [read_totals(path) for path in ordered]
    about = parts[0][1]
    for path, (_, other) in zip(ordered, parts, strict=True):
        _check_same(path, about, other)
    whole = merged([part for part, _ in parts if part is not None])
    if about["results"] is None:
        return whole, None
    results = Path(about["results"])
    pieces = [path.with_suffix(results.suffix) for path in ordered]
    join_results(pieces, results, whole.joints)
    return whole, results


def _check_same(path: Path, about: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    for name, value in about.items():
        if other.get(name) != value:
            raise OutputError(
                path.name,
                f"is of other {name} than the first part ({str(other.get(name))[:60]}, not {str(value)[:60]})",
                "give each decoding a folder of its own",
            )
