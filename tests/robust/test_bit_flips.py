"""``verify`` finds every flipped bit, wherever in the file it lies."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from kp2heat.pipeline.verification.run import verify_dataset
from tests.pipeline.encoding.test_output_folder import encode, people


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
