"""Every bit of the head of a small shard flipped: refused in a sentence, or of no consequence; never a hang.

All bits take some minutes: ``pytest -m slow tests/robust/test_head_flips.py``; the quick test takes every 997th.
"""

from __future__ import annotations

import select
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from kp2heat.shards.reading.existing import describe_shard
from tests.pipeline.encoding.test_output_folder import encode, people
from tests.robust.sets import ROOT

PATIENCE = 120.0
"""Seconds of waiting for one flip on a busy machine; its processor time is limited to 5 s."""


def outcomes(shard: Path, stop: int, step: int) -> Counter[str]:
    """Return how often each outcome came; a reader that hangs or dies is named with its bit and started again."""
    counts: Counter[str] = Counter()
    first = 0
    while first < stop:
        words = [
            sys.executable,
            "-m",
            "tests.robust.head_flips",
            str(shard),
            str(first),
            str(stop),
            str(step),
        ]
        with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout is not None
            while select.select([running.stdout], [], [], PATIENCE)[0] and (
                line := running.stdout.readline()
            ):
                bit, outcome = line.split(maxsplit=1)
                first = int(bit) + step
                counts[outcome.strip()] += 1
            if first < stop:
                running.kill()
                counts[f"bit {first}: hung or died"] += 1
                first += step
    return counts


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    encode(people(4), tmp_path / "out")
    return Path((tmp_path / "out" / "shard-00000.h5").rename(tmp_path / "alone.h5"))


def test_some_bits_of_a_head(shard: Path) -> None:
    counts = outcomes(shard, 8 * describe_shard(shard).head_bytes, 997)
    assert set(counts) <= {"refused", "same"}, counts


@pytest.mark.slow
def test_every_bit_of_a_head(shard: Path) -> None:
    counts = outcomes(shard, 8 * describe_shard(shard).head_bytes, 1)
    print(counts)
    assert set(counts) <= {"refused", "same"}, counts
    assert counts["refused"] > counts["same"]
