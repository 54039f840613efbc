"""Shards in an object store are read by ranges: few requests, few bytes, faults tried again, damage noticed."""

from __future__ import annotations

import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest

import kp2heat
from kp2heat.errors import ShardError
from kp2heat.files.storage import Store
from kp2heat.pipeline.encoding.planning.plan import Plan, plan
from kp2heat.pipeline.encoding.remote import run_remote
from kp2heat.pipeline.encoding.run import run_plan
from kp2heat.pipeline.verification.run import verify_dataset
from kp2heat.spec import Spec
from tests.benchmarks.scale import people
from tests.s3 import Requests, content

pytestmark = [pytest.mark.remote, pytest.mark.filterwarnings("default")]


@pytest.fixture(scope="module")
def large() -> Plan:
    """Shards whose maps, of 28x28, 14x14 and 7x7, are too many to be kept in a head."""
    spec, _ = Spec.from_preset("people-28-14-7").overridden({"compress": "single"})
    return plan(people(1100), spec, shard_rows=1024)


def stored_bytes(shard: Path, level: str, row: int) -> int:
    """Return the stored bytes of one sample's map, alone in a chunk."""
    with h5py.File(shard, locking=False) as file:
        return len(zlib.compress(file[level]["heatmaps"][row].tobytes()))


def test_a_random_sample_takes_a_request_per_level_and_few_bytes(
    url: str, large: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes are counted as the server sent them; a sample's are those of its maps, compressed."""
    run_remote(large, url)
    run_plan(large, tmp_path / "local")
    shards, local = kp2heat.open(url), kp2heat.open(tmp_path / "local")
    for row in np.random.default_rng(0).permutation(1024)[:20].tolist():
        asked = Requests(monkeypatch)
        sample = shards[row]
        assert asked.count <= 3
        of_sample = sum(
            stored_bytes(tmp_path / "local" / "shard-00000.h5", name, row) for name in local.levels
        )
        assert 0 < asked.bytes <= 2 * of_sample
        for name in local.levels:
            for plane, values in sample[name].items():
                assert (values == local[row][name][plane]).all()
    again = kp2heat.open(url)
    asked = Requests(monkeypatch)
    assert (again[700]["7x7"]["weights"] == local[700]["7x7"]["weights"]).all()
    assert asked.count <= 3


def test_a_folder_is_decoded_by_few_long_ranges(
    url: str, large: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_remote(large, url)
    run_plan(large, tmp_path / "local")
    shards, asked = kp2heat.open(url), Requests(monkeypatch)
    assert kp2heat.decode_dataset(shards).to_json() == kp2heat.decode_dataset(tmp_path / "local").to_json()
    assert asked.count < 30


@pytest.mark.parametrize("error", [OSError("500 Internal Error"), TimeoutError("read timed out")])
def test_faults_while_reading_are_tried_again_and_then_said(
    url: str, large: Plan, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    run_remote(large, url)
    shards = kp2heat.open(url)
    expected = shards[5]["28x28"]["heatmaps"]

    def sometimes(count: int) -> None:
        if count % 2:
            raise error

    def always(_count: int) -> None:
        raise error

    Requests(monkeypatch, sometimes)
    assert (shards[5]["28x28"]["heatmaps"] == expected).all()
    Requests(monkeypatch, always)
    with pytest.raises(kp2heat.Kp2heatError, match=r"cannot be read \((500 Internal|FSTimeout)"):
        shards[700]


def test_a_damaged_stream_is_noticed_when_it_is_read(url: str, large: Plan, tmp_path: Path) -> None:
    run_remote(large, url)
    name = "shard-00000.h5"
    data = bytearray(content(url)[name])
    data[-20_000] ^= 1
    (tmp_path / name).write_bytes(data)
    Store(url).upload(tmp_path / name)
    with pytest.raises(ShardError, match=name):
        kp2heat.decode_dataset(url)
    report = verify_dataset(url)
    assert [(defect.file, defect.kind) for defect in report.defects] == [(name, "sha256")]
