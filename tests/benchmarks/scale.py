"""Time and peak memory of synthetic people at 28x28, 14x14 and 7x7: ``python -m tests.benchmarks.scale PEOPLE OUT [STEP]``.

The steps are encode, decode, verify and epoch (every sample once, shuffled); each is a process of its own.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

import kp2heat
from kp2heat.annotations import Annotations, Images
from kp2heat.formats.chunks import chunks
from kp2heat.pipeline.array_jobs.decode_parts import decode_totals
from kp2heat.pipeline.array_jobs.inventory import inventory
from kp2heat.pipeline.decoding.run import DecodeOptions
from kp2heat.pipeline.verification.run import verify_dataset
from kp2heat.shards.reading.dataset import open_shards, shard_files
from kp2heat.skeleton import Skeleton

JOINTS = 17


def people(count: int) -> Annotations:
    """Return people of 17 joints, a fifth of them hidden and a fifth unlabelled, one per image."""
    random = np.random.default_rng(0)
    corner, size = random.uniform(0, 300, (count, 1, 2)), random.uniform(60, 220, (count, 1, 2))
    xy = random.uniform(0.02, 0.98, (count, JOINTS, 2))
    xy *= size  # in place, and the visibility in parts: making people is not to take more than the people
    xy += corner
    visible = np.empty((count, JOINTS), np.uint8)
    for rows in chunks(count):
        visible[rows] = random.choice(3, visible[rows].shape, p=[0.2, 0.2, 0.6])
    visible[:, 0] = 2
    xy[visible == 0] = np.nan
    rows = np.arange(count)
    names = np.array([f"{row:09d}.jpg" for row in range(count)])
    return Annotations(
        Skeleton.numbered(JOINTS),
        Images(rows, names, np.full((count, 2), 640)),
        xy=xy,
        visible=visible,
        bbox=np.concatenate([corner[:, 0], size[:, 0]], axis=1),
        area=size.prod(axis=(1, 2)),
        crowd=np.zeros(count, bool),
        image=rows,
        id=rows,
    )


def encode(out: str, count: int) -> None:
    """Encode from annotations in memory; what they take at most while they are made is said first."""
    rows = people(count)
    report("annotations", 0.0)
    kp2heat.encode_dataset(rows, out, kp2heat.Spec.from_preset("people-28-14-7"))


def decode(out: str, _count: int) -> None:
    """Decode to the totals of the report."""
    decode_totals(inventory(shard_files(out)), DecodeOptions())


def verify(out: str, _count: int) -> None:
    """Check everything."""
    assert not verify_dataset(out).defects


def epoch(out: str, _count: int) -> None:
    """Read every sample once, shuffled."""
    shards = open_shards(out)
    for row in np.random.default_rng(0).permutation(len(shards)):
        shards[int(row)]


STEPS: dict[str, Callable[[str, int], None]] = {
    "encode": encode,
    "decode": decode,
    "verify": verify,
    "epoch": epoch,
}


def report(step: str, seconds: float) -> None:
    """Print seconds, those of the processor, and the greatest memory so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    processor = used.ru_utime + used.ru_stime
    sys.stdout.write(
        f"{step}: {seconds:.0f} s, {processor:.0f} s of the processor, {used.ru_maxrss / 1024:.0f} MB\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    count, out, *steps = sys.argv[1:]
    if len(steps) == 1:
        began = time.monotonic()
        STEPS[steps[0]](out, int(count))
        report(steps[0], time.monotonic() - began)
    else:
        for name in STEPS:
            subprocess.run([sys.executable, "-m", "tests.benchmarks.scale", count, out, name], check=True)
