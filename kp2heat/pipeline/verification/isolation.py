"""Look at shards from anywhere in worker processes: one that makes HDF5 crash, hang or swell is a finding."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kp2heat.engines.limits import Limits
from kp2heat.errors import Kp2heatError
from kp2heat.machine.cores import cores
from kp2heat.shards.reading.shard import Shard

BASE = Limits(seconds=8, memory=2 << 30)
"""Limits for a shard without bytes."""
BYTES_PER_SECOND = 20_000_000
"""Bytes that the slowest machine reads, hashes or draws in a second of processor time."""
MEMORY_PER_BYTE = 4
"""Bytes of memory per byte that is read or drawn."""
BLOCK = 64
"""Rows read at a time."""


class Reading(NamedTuple):
    """What came of reading one shard whole: ``error`` is None, or says why it cannot be read."""

    path: Path
    error: str | None


def isolated(
    function: Callable[[Any], Any],
    jobs: Iterable[Any],
    workers: int,
    size: Callable[[Any], int],
    lost: Callable[[Any, str], Any],
) -> Generator[Any, None, None]:
    """Yield the result of each job in order; a job that ends its process, or reaches a limit, gives ``lost``.

    size  bytes that a job reads and draws; the limits follow them
    lost  job and reason -> the result in its place
    """
    from kp2heat.engines.processes import run_isolated  # multiprocessing takes as long as a small job

    return run_isolated(function, jobs, workers, lambda job: limits_of(size(job)), lost)


def limits_of(size: int) -> Limits:
    """Return the limits for reading and drawing so many bytes.

    >>> limits_of(0).seconds, limits_of(2_000_000_000).seconds
    (8, 108)
    """
    return Limits(BASE.seconds + size // BYTES_PER_SECOND, BASE.memory + MEMORY_PER_BYTE * size)


def file_bytes(path: Path) -> int:
    """Return the size of a file; 0 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def read_isolated(paths: Sequence[Path]) -> Generator[Reading, None, None]:
    """Read each shard whole in a worker process, and yield what came of it."""
    workers = min(cores(), len(paths))
    return isolated(read_whole, paths, workers, file_bytes, lambda path, reason: Reading(path, reason))


def read_whole(path: Path) -> Reading:
    """Read everything that a shard holds: what HDF5 has read here without harm it reads elsewhere too."""
    try:
        shard = Shard(path)
        _ = shard.truth
        for name, info in shard.levels.items():
            for plane in info.planes:
                for row in range(0, shard.rows, BLOCK):
                    shard.read(name, plane, row, row + BLOCK)
        shard.close()
    except (Kp2heatError, OSError) as error:
        return Reading(path, str(error).removeprefix(f"{path.name}: "))
    return Reading(path, None)
