"""``verify`` finds every flipped bit, wherever in the file it lies; no other reader gives a wrong number."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from kp2heat.errors import Kp2heatError
from kp2heat.pipeline.verification.run import verify_dataset
from tests.pipeline.encoding.test_output_folder import encode, people
from tests.robust.head_flips import numbers


@pytest.mark.parametrize("flips", [40, pytest.param(500, marks=pytest.mark.slow)])
def test_every_flipped_bit_is_found(tmp_path: Path, flips: int) -> None:
    encode(people(150), tmp_path / "whole")
    folder = Path(shutil.copytree(tmp_path / "whole", tmp_path / "out"))
    shards = sorted(folder.glob("*.h5"))
    random = np.random.default_rng(7)
    found = 0
    for _ in range(flips):
        shard = shards[random.integers(len(shards))]
        data = bytearray(shard.read_bytes())
        place, bit = int(random.integers(len(data))), int(random.integers(8))
        data[place] ^= 1 << bit
        shard.write_bytes(data)
        assert verify_dataset(folder).broken == [shard.name], f"byte {place}, bit {bit} of {shard.name}"
        found += 1
        data[place] ^= 1 << bit
        shard.write_bytes(data)
    assert found == flips
    assert verify_dataset(folder).defects == ()


@pytest.mark.parametrize("flips", [40, pytest.param(300, marks=pytest.mark.slow)])
def test_no_flipped_bit_changes_a_number_silently(tmp_path: Path, flips: int) -> None:
    encode(people(20), tmp_path / "out", sizes=["48x64", "12x16"])
    shard = Path(shutil.move(tmp_path / "out" / "shard-00000.h5", tmp_path / "alone.h5"))
    whole, expected, random = bytearray(shard.read_bytes()), numbers(shard), np.random.default_rng(3)
    outcomes: Counter[str] = Counter()
    for place, bit in zip(
        random.integers(len(whole), size=flips), random.integers(8, size=flips), strict=True
    ):
        whole[place] ^= 1 << bit
        shard.write_bytes(whole)
        whole[place] ^= 1 << bit
        try:
            outcomes["same" if numbers(shard) == expected else "wrong"] += 1
        except Kp2heatError:
            outcomes["refused"] += 1
    print(outcomes)
    assert outcomes["wrong"] == 0
    assert outcomes["refused"] > flips / 2
