"""Ten thousand shards, a million samples: every command stays linear in time and bounded in memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.robust.sets import ROOT

STEP = """
import json, resource, sys, time
import numpy as np
import kp2heat
from kp2heat.annotations import Annotations, Images
from kp2heat.pipeline.describe import describe
from kp2heat.pipeline.encoding.run import run_plan
from kp2heat.pipeline.encoding.planning.plan import plan
from kp2heat.pipeline.verification.run import verify_dataset
from kp2heat.spec import Spec

def people(count):
    xy = np.random.default_rng(0).uniform(0, 31, (count, 2, 2))
    number = np.arange(count)
    images = Images(number, np.strings.add(number.astype(np.str_), ".jpg"), np.full((count, 2), 32))
    return Annotations(
        kp2heat.Skeleton(("a", "b")), images, xy, np.full((count, 2), 2), np.full((count, 4), np.nan),
        np.full(count, np.nan), np.zeros(count, bool), number, number)

def encode(count, out):
    spec = Spec.from_fields({"fit": "stretch", "input_size": "32x32", "sizes": ["8x8"]}, "test")
    return run_plan(plan(people(count), spec, shard_rows=64), out).kept

def resume(count, out):
    import os
    os.unlink(out + "/manifest.json")
    return encode(count, out)

STEPS = {
    "encode": encode,
    "again": encode,
    "resume": resume,
    "inspect": lambda count, out: describe(out)["samples"],
    "decode": lambda count, out: kp2heat.decode_dataset(out).to_json()["levels"]["8x8"]["states"]["scored"],
    "verify": lambda count, out: len(verify_dataset(out, quick=True).defects),
}
name, count, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
began = time.monotonic()
result = STEPS[name](count, out)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"result": result, "seconds": time.monotonic() - began, "peak": peak}))
"""
BYTES_A_SAMPLE = 2500
"""Memory a sample may cost: its annotations, its rows in the report of errors, its share of a shard's record."""


def step(name: str, count: int, out: Path) -> dict[str, float]:
    ran = subprocess.run(
        [sys.executable, "-c", STEP, name, str(count), str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert ran.returncode == 0, f"{name}: {ran.stderr[-2000:]}"
    found: dict[str, float] = json.loads(ran.stdout)
    return found


@pytest.mark.slow
def test_a_million_samples_in_fifteen_thousand_shards(tmp_path: Path) -> None:
    few, many = 125_000, 1_000_000
    expected = {"again": 1, "resume": 1, "inspect": 64, "decode": 128, "verify": 0, "encode": 0}
    for name in ("encode", "again", "resume", "inspect", "decode", "verify"):
        small, large = (step(name, count, tmp_path / str(count)) for count in (few, many))
        print(
            f"{name}: {large['seconds']:.1f} s and {large['peak'] / 1e6:.0f} MB for {many} samples, "
            f"{small['seconds']:.1f} s and {small['peak'] / 1e6:.0f} MB for {few}"
        )
        assert large["result"] == expected[name] * -(-many // 64)
        assert large["seconds"] < 1.6 * 8 * small["seconds"] + 2, name
        assert large["peak"] - small["peak"] < BYTES_A_SAMPLE * (many - few), name
    assert len(list((tmp_path / str(many)).glob("*.h5"))) == 15_625
